import { type Future, finish, type Phaser, shared, type Task, task } from "heddle";
import { workerHere } from "../../src/sched/here.ts";
import type { Station } from "../../src/sched/station.ts";
import { HeapWord } from "../../src/shared/heap/words.ts";
import { Control } from "../../src/shared/layout.ts";

type Steps<T> = Generator<Future<unknown>, T>;

export const square = task(import.meta, function square(n: number): number {
  return n * n;
});

/** Takes the heap's lock as if in the middle of a change, and never gives it back. */
export const holdsLock = task(import.meta, function holdsLock(flag: Int32Array): void {
  const { mem, slot } = workerHere() as Station;
  while (Atomics.compareExchange(mem.i32, Control.HEAP + HeapWord.LOCK, 0, slot + 1) !== 0);
  mem.i32[Control.HEAP + HeapWord.DIRTY] = 1;
  Atomics.store(flag, 0, 1);
  for (;;);
});

export const allocates = task(import.meta, function allocates(flag: Int32Array, count: number): number {
  const held: Float64Array<SharedArrayBuffer>[] = [];
  for (let i = 0; i < count; i++) {
    Atomics.add(flag, 1, 1);
    held.push(shared.float64(1 + ((i * 37) % 300)));
    if (held.length > 8) shared.free(held.shift()!);
  }
  for (const it of held) shared.free(it);
  return count;
});

export const tree: Task<(depth: number) => number> = task(import.meta, function treeOf(depth: number): number {
  if (depth === 0) return 1;
  const left = tree.spawn(depth - 1);
  const right = tree.spawn(depth - 1);
  return left.join() + right.join();
});

export const scoped = task(import.meta, function scoped(n: number): number {
  finish(() => {
    for (let i = 0; i < n; i++) square.with({ priority: i % 2 === 0 ? "high" : "low" }).spawn(i);
  });
  return n;
});

export const twice = task(import.meta, function twice(text: string): string {
  return text + text;
});

export const sleeps = task(import.meta, async function sleeps(ms: number): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, ms));
  return square.spawn(ms);
});

export const member = task(import.meta, function* member(ph: Phaser, rounds: number): Steps<number> {
  for (let i = 0; i < rounds; i++) yield* ph.next(i % 2 === 0 ? undefined : () => {});
  return rounds;
});

/** Dies at the boundary between two phases. */
export const exitsInAction = task(import.meta, function* exitsInAction(ph: Phaser): Steps<void> {
  yield* ph.next(() => process.exit(0));
});

export const dropsOut = task(import.meta, function dropsOut(ph: Phaser): void {
  ph.drop();
});

export const exits = task(import.meta, function exits(): void {
  process.exit(0);
});

export const registersLate = task(import.meta, async function registersLate(ph: Phaser): Promise<void> {
  ph.register();
});
