import { type Future, finish, type HeddlePromise, promise, task } from "heddle";

type Steps<T> = Generator<Future<unknown>, T>;

export const count = task(import.meta, (counter: Int32Array, _i: number): void => {
  Atomics.add(counter, 0, 1);
});
export const square = task(import.meta, (n: number): number => n * n);
export const depth = task(import.meta, (n: number): number => (n === 0 ? 0 : 1 + depth.spawn(n - 1).join()));
export const depthOfGenerators = task(import.meta, function* (n: number): Steps<number> {
  return n === 0 ? 0 : 1 + (yield* depthOfGenerators.spawn(n - 1));
});
export const fib = task(import.meta, (n: number): number => {
  if (n < 2) return n;
  const left = fib.spawn(n - 1);
  return fib(n - 2) + left.join();
});
export const fanOut = task(import.meta, (counter: Int32Array, n: number): void => {
  finish(() => {
    for (let i = 0; i < n; i++) count.spawn(counter, i);
  });
});
export const manyScopes = task(import.meta, (counter: Int32Array, n: number): void => {
  for (let i = 0; i < n; i++) {
    finish(() => {
      count.spawn(counter, i);
      count.spawn(counter, i);
    });
  }
});
const answers = task(import.meta, function* (questions: HeddlePromise<number>[], answers: HeddlePromise<number>[]): Steps<void> {
  for (let i = 0; i < questions.length; i++) answers[i]!.put(1 + (yield* questions[i]!.future));
});
/** Two tasks that take turns `n` times. */
export const pingPong = task(import.meta, function* (n: number): Steps<number> {
  const questions = Array.from({ length: n }, () => promise<number>());
  const replies = Array.from({ length: n }, () => promise<number>());
  const other = answers.with({ affinity: 1 }).spawn(questions, replies);
  let value = 0;
  for (let i = 0; i < n; i++) {
    questions[i]!.put(value);
    value = yield* replies[i]!.future;
  }
  yield* other;
  return value;
});
/** Spawns in bursts between awaits. */
export const storm = task(import.meta, async (counter: Int32Array, bursts: number, size: number): Promise<number> => {
  let sum = 0;
  for (let burst = 0; burst < bursts; burst++) {
    const futures = Array.from({ length: size }, (_, i) => square.spawn(i));
    await new Promise((resolve) => setImmediate(resolve));
    for (const it of futures) sum += await it;
    Atomics.add(counter, 0, size);
  }
  return sum;
});
/** A tree of tasks of random kind, width and weight; returns the number of its leaves. */
export const tree = task(import.meta, (seed: number, levels: number): number => {
  if (levels === 0) return spin(seed);
  const children: Future<number>[] = [];
  for (let i = 0; i <= next(seed) % 4; i++) {
    const it = next(seed + i);
    children.push(it % 3 === 0 ? treeOfGenerators.spawn(it, levels - 1) : tree.spawn(it, levels - 1));
  }
  return children.reduce((sum, it) => sum + it.join(), 0);
});
const treeOfGenerators = task(import.meta, function* (seed: number, levels: number): Steps<number> {
  if (levels === 0) return spin(seed);
  let sum = 0;
  const children: Future<number>[] = [];
  for (let i = 0; i <= next(seed) % 4; i++) {
    const it = next(seed + i);
    children.push(it % 2 === 0 ? treeOfGenerators.spawn(it, levels - 1) : tree.spawn(it, levels - 1));
  }
  for (const it of children) sum += yield* it;
  return sum;
});

const next = (seed: number): number => {
  let x = Math.imul(seed ^ (seed >>> 15), 0x2c1b_3c6d);
  x = Math.imul(x ^ (x >>> 12), 0x297a_2d39);
  return (x ^ (x >>> 15)) >>> 0;
};
function spin(seed: number): number {
  let x = seed;
  for (let i = 0; i < seed % 500; i++) x = next(x + i);
  return x < -1 ? 0 : 1;
}
/** The same count, sequentially. */
export function leaves(seed: number, levels: number): number {
  if (levels === 0) return 1;
  let sum = 0;
  for (let i = 0; i <= next(seed) % 4; i++) sum += leaves(next(seed + i), levels - 1);
  return sum;
}
