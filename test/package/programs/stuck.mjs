import { shared, start, task, whyStuck } from "heddle";

const inner = task(import.meta, (word) => {
  Atomics.store(word, 0, 1);
  while (Atomics.load(word, 0) === 1);
});
const outer = task(import.meta, (word) => inner.spawn(word).join());

if (import.meta.main) {
  await using _ = await start({ workers: 1 });
  const word = shared.int32(1);
  const future = outer.spawn(word);
  while (Atomics.load(word, 0) === 0) await new Promise((resolve) => setImmediate(resolve));
  console.log(String(await whyStuck()));
  Atomics.store(word, 0, 2);
  await future;
}
