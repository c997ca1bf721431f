/** Every kind of loop, each in a line of its own that its mark names; run on one place or on several. */
import {
  distribute,
  map,
  mapStream,
  parallelFor,
  pipeline,
  places,
  reduce,
  scan,
  serial,
  shared,
  sharedArray,
  sort,
  spawn,
  task,
  world,
} from "heddle";

export const halve = task(import.meta, function halve(i: number, a: Float64Array): void {
  a[i] = a[i]! / 2;
});
const sum = { identity: 0, combine: (x: number, y: number) => x + y };

export const nested = task(import.meta, function nested(i: number, a: Float64Array): void {
  parallelFor([i * 10, i * 10 + 10], halve, a).join(); // mark: parallelFor in a loop
});

/** Many calls with one body from one line: not each of them looks at the stack. */
export const manyTimes = task(import.meta, function manyTimes(a: Float64Array): void {
  for (let k = 0; k < 3; k++) {
    parallelFor(10, halve, a).join(); // mark: parallelFor by turns
    parallelFor(10, halve, a).join(); // mark: parallelFor by turns with this
  }
  for (let k = 0; k < 100; k++) parallelFor(10, halve, a).join(); // mark: parallelFor many times
  for (let k = 0; k < 100; k++) parallelFor(10, halve, a).join(); // mark: parallelFor many times elsewhere
});

async function onePlace(): Promise<void> {
  const n = 5000;
  const a = shared.float64(n);
  await parallelFor(n, (i, a) => void (a[i] = Math.sin(i)), a); // mark: parallelFor
  await parallelFor({ to: n, tile: 1000, mode: "chunked" }, halve, a); // mark: parallelForTile
  await parallelFor.blocks(n, (lo, hi, a) => void a.fill(1, lo, hi), a); // mark: parallelFor of blocks
  await parallelFor(20, nested, a); // mark: parallelFor outside
  await manyTimes.spawn(a);
  await map(["a", "bc"], (text) => text.length); // mark: map
  await map.into(a, a, (x) => x + 1); // mark: map into
  await reduce(a, sum); // mark: reduce
  await reduce(100, { ...sum, map: (i) => i * i }); // mark: reduce of a range
  await scan(a, sum); // mark: scan
  await scan.into(a, a, sum); // mark: scan into
  await sort(a); // mark: sort
  await sort(["b", "a"], { by: (text) => text.length }); // mark: sort by
  await spawn([3], (n) => Math.sqrt(n)); // mark: lambda
  for await (const _ of mapStream([1, 2, 3], (n) => n * 2)); // mark: lambda of mapStream
  const addOne = serial((n: number) => n + 1); // mark: lambda of a pipeline
  await pipeline([1, 2, 3], addOne);
}

async function overPlaces(): Promise<void> {
  const all = distribute(100);
  const a = await sharedArray("float64", 100);
  await world.once(() => parallelFor(all, (_i) => {})); // mark: parallelFor over places
  await parallelFor.spmd(all, (_i) => {}); // mark: parallelFor spmd
  await world.once(() => map(a, (x) => x + 1)); // mark: map over places
  await world.once(() => reduce(a, sum)); // mark: reduce over places
  await world.once(() => sort(a)); // mark: sort over places
  await spawn([1], (n) => n + 1, { place: places() - 1 }); // mark: lambda elsewhere
}

export const main = (): Promise<void> => (places() > 1 ? overPlaces() : onePlace());
