const begin = performance.now();
const { empty } = await import("../tasks.ts");
const imported = performance.now();
await empty.spawn();
const done = performance.now();
console.log(JSON.stringify({ import: imported - begin, first: done - begin, process: done }));
