import { type Future, shared, task, whenAll, whenAny } from "heddle";

const put = task(import.meta, (a: Int32Array, i: number): number => {
  a[i] = i + 1;
  return i;
});

const fail = task(import.meta, (a: Int32Array, i: number): never => {
  a[i] = i + 1;
  throw new RangeError("on purpose");
});

const read = task(import.meta, (a: Int32Array, i: number): number => a[i]);

const readBoth = task(import.meta, (a: Int32Array, i: number, j: number): number => a[i] + a[j]);

const turn = task(import.meta, async (): Promise<void> => await new Promise((resolve) => setTimeout(resolve, 1)));

const inside = task(import.meta, function* (a: Int32Array): Generator<Future<unknown>, number> {
  const one = put.spawn(a, 4);
  yield* turn.spawn();
  return (yield* readBoth.after(a, one, put.spawn(a, 7))) + (yield* read.after(a, one));
});

/** One input has ended before, the other has not: with options, another piece of code sees to it. */
const insideWithOptions = task(import.meta, function* (a: Int32Array): Generator<Future<unknown>, number> {
  const one = put.spawn(a, 8);
  yield* turn.spawn();
  return yield* readBoth.with({ priority: "high" }).after(a, one, put.spawn(a, 9));
});

/** The second input fails. */
const failing = task(import.meta, function* (a: Int32Array): Generator<Future<unknown>, number> {
  try {
    yield* read.with({ priority: "high" }).after(a, fail.spawn(a, 10));
  } catch {
    return a[10];
  }
  return 0;
});

/** What has ended orders whoever hears of it later, in whatever way. */
export async function main() {
  const a = shared.int32(11);
  const [any, all, input] = [put.spawn(a, 0), put.spawn(a, 1), put.spawn(a, 2)];
  await turn.spawn(); // they have ended, and nobody has looked at them
  let sum = a[await whenAny([any, put.spawn(a, 3)])];
  for (const i of await whenAll([all])) sum += a[i];
  sum += await read.after(a, input);
  sum += await inside.spawn(a);
  await whenAny([fail.spawn(a, 5), fail.spawn(a, 6)]).catch(() => {});
  sum += a[5] + a[6];
  sum += (await insideWithOptions.spawn(a)) + (await failing.spawn(a));
  return sum === 67 ? 0 : 1;
}
