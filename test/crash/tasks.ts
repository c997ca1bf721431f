import { type Future, finish, task } from "heddle";

export const square = task(import.meta, function square(n: number): number {
  return n * n;
});
export const exits = task(import.meta, function exits(code: number): number {
  process.exit(code);
});
export const throwsLater = task(import.meta, async function throwsLater(): Promise<void> {
  setTimeout(() => {
    throw new RangeError("in a callback");
  }, 1);
  await new Promise(() => {});
});
/** Suspended, and ready to be lost with its worker. */
export const waitsFor = task(import.meta, async function waitsFor(flag: Int32Array): Promise<number> {
  Atomics.add(flag, 1, 1);
  while (Atomics.load(flag, 0) === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  return 5;
});
export const spinsUntil = task(import.meta, function spinsUntil(flag: Int32Array): number {
  Atomics.add(flag, 1, 1);
  while (Atomics.load(flag, 0) === 0);
  return 7;
});
const codeOf = (error: unknown): string => (error as { code?: string }).code ?? String(error);
/** `other` is the number of a worker that is not this one, so that the child dies there. */
export const joinsLost = task(import.meta, function joinsLost(other: number): string {
  const child = exits.with({ affinity: other }).spawn(1);
  try {
    return `joined ${child.join()}`;
  } catch (error) {
    return codeOf(error);
  }
});
export const finishLost = task(import.meta, function finishLost(other: number): string {
  try {
    finish(() => {
      exits.with({ affinity: other }).spawn(1);
      for (let i = 0; i < 10; i++) square.spawn(i);
    });
    return "finished";
  } catch (error) {
    return codeOf(error);
  }
});
export const yieldsLost = task(import.meta, function* yieldsLost(other: number): Generator<Future<unknown>, string> {
  try {
    yield* exits.with({ affinity: other }).spawn(1);
  } catch (error) {
    return codeOf(error);
  }
  return "nothing";
});
/** Hands out tasks, then dies: its children may run elsewhere. */
export const orphans = task(import.meta, function orphans(counter: Int32Array, count: number): void {
  for (let i = 0; i < count; i++) slowly.with({ priority: "high" }).spawn(counter);
  const until = performance.now() + 20;
  while (performance.now() < until);
  process.exit(0);
});
export const slowly = task(import.meta, function slowly(counter: Int32Array): number[] {
  const until = performance.now() + 1;
  while (performance.now() < until);
  Atomics.add(counter, 0, 1);
  slowChild.spawn(counter);
  return Array.from({ length: 200 }, (_, i) => i);
});
const slowChild = task(import.meta, function slowChild(counter: Int32Array): void {
  Atomics.add(counter, 0, 1);
});
export const sleepsFirst = task(import.meta, async function sleepsFirst(ms: number): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, ms));
  return ms;
});
