/** Prints an answer that depends on the schedule in every way that there is. */
import {
  type Future,
  finish,
  type HeddlePromise,
  type Phaser,
  parallel,
  parallelFor,
  phaser,
  pipeline,
  promise,
  reduce,
  serial,
  shared,
  task,
  whenAny,
} from "heddle";

const work = (i: number): number => {
  let s = 0;
  for (let k = 0; k < 20000 * (i % 7); k++) s += k % 3;
  return s;
};
const append = task(import.meta, (i: number, next: Int32Array, out: Int32Array): number => {
  work(i);
  out[Atomics.add(next, 0, 1)] = i;
  return i;
});
const many = task(import.meta, (n: number, next: Int32Array, out: Int32Array): void => {
  finish(() => {
    for (let i = 0; i < n; i++) append.spawn(i, next, out);
  });
});
const waits = task(import.meta, function* (i: number, f: Future<number>, next: Int32Array, out: Int32Array) {
  const v = yield* f;
  out[Atomics.add(next, 0, 1)] = 1000 + v + i;
  yield* append.spawn(2000 + i, next, out);
  return i;
});
const puts = task(import.meta, (p: HeddlePromise<number>, i: number): void => {
  work(i);
  p.put(i);
});
const member = task(import.meta, function* (i: number, ph: Phaser, next: Int32Array, out: Int32Array) {
  for (let s = 0; s < 4; s++) {
    work(i);
    out[Atomics.add(next, 0, 1)] = 3000 + 10 * i + s;
    yield* ph.next();
  }
});
const phased = task(import.meta, async (next: Int32Array, out: Int32Array): Promise<void> => {
  await finish(async () => {
    const ph = phaser();
    for (let i = 0; i < 5; i++) member.with({ phased: [ph] }).spawn(i, ph, next, out);
  });
});
export async function main() {
  const next = shared.int32(1),
    out = shared.int32(2000);
  await append.spawn(0, next, out);
  await many.spawn(60, next, out);
  const first = await whenAny([append.spawn(66, next, out), append.spawn(65, next, out), append.spawn(64, next, out)]);
  await parallelFor(
    60,
    (i, next, out) => {
      let s = 0;
      for (let k = 0; k < 30000; k++) s += k;
      out[Atomics.add(next, 0, 1)] = 100 + i;
      return s;
    },
    next,
    out,
  );
  const ps = Array.from({ length: 8 }, () => promise<number>());
  const ws = ps.map((p, i) => waits.spawn(i, p.future, next, out));
  for (const [i, p] of ps.entries()) puts.spawn(p, i);
  for (const w of ws) await w;
  await phased.spawn(next, out);
  const sum = await reduce(1000, { identity: 0, combine: (a: number, b: number) => a + b, map: (i) => i });
  const order: number[] = [];
  await Promise.all(Array.from({ length: 20 }, (_, i) => append.spawn(i, next, out).then((v) => order.push(v))));
  await pipeline(
    Array.from({ length: 20 }, (_, i) => i),
    parallel(append, next, out),
    serial(append, next, out),
  );
  console.log(first, sum, order.join(), [...out.subarray(0, next[0])].join());
}
