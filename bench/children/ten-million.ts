import { finish, shared, start, task } from "heddle";

const mark = task(import.meta, (i: number, marks: Uint8Array): void => {
  marks[i] = marks[i]! + 1;
});

const spawnAll = task(import.meta, (count: number, marks: Uint8Array): void => {
  finish(() => {
    for (let i = 0; i < count; i++) mark.spawn(i, marks);
  });
});

export async function main(count: number, workers: number): Promise<void> {
  await using runtime = await start({ workers });
  await runtime.run(async () => {
    const marks = shared.uint8(count);
    await spawnAll.spawn(1000, marks);
    marks.fill(0);
    const rssBefore = process.memoryUsage.rss();
    const begin = performance.now();
    await spawnAll.spawn(count, marks);
    const ms = performance.now() - begin;
    const lost = marks.reduce((sum, times) => sum + (times === 1 ? 0 : 1), 0);
    const rssPeak = process.resourceUsage().maxRSS * 1024;
    console.log(JSON.stringify({ ms, lost, rssBefore, rssPeak }));
  });
}

if (import.meta.main) {
  const [count, workers] = process.argv.slice(2).map(Number) as [number, number];
  await main(count, workers);
}
