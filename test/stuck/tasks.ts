import { type Future, finish, type HeddlePromise, type Phaser, promise, signal, task } from "heddle";

/** Programs that hang. Tests find the lines that they expect by the marks. */

type Steps<T = void> = Generator<Future<unknown>, T>;

export const pulls = task(import.meta, function* pulls(it: Future<number>): Steps<number> {
  return yield* it;
});

/** Waits for whom it is told to wait for. */
export const asks = task(import.meta, function* asks(whom: Future<Future<unknown>>): Steps {
  yield* yield* whom;
});

export const steps = task(import.meta, function* steps(ph: Phaser): Steps {
  yield* ph.next();
});
export const forgets = task(import.meta, function* forgets(ph: Phaser, it: Future<number>): Steps {
  yield* it;
  ph.signal();
});

export const awaits = task(import.meta, async function awaits(it: Future<number>): Promise<number> {
  return await it;
});
export const awaitsAbort = task(import.meta, async function awaitsAbort(): Promise<void> {
  await new Promise((resolve) => signal().addEventListener("abort", resolve));
});

export const adds = task(import.meta, function adds(a: number, b: number): number {
  return a + b;
});

export const gathers = task(import.meta, function gathers(it: Future<number>): void {
  // biome-ignore format: the marks are for one line each
  finish(() => { // mark: blocking finish
    pulls.spawn(it); // mark: in the blocking finish
  });
});
export const gathersDataflow = task(import.meta, function* gathersDataflow(it: Future<number>): Steps {
  // biome-ignore lint/correctness/useYield: it has nothing to wait for
  const scope = finish(function* (): Steps {
    adds.after(it, 1); // mark: dataflow in a finish
  });
  yield* scope;
});

export const spins = task(import.meta, function spins(flag: Int32Array): void {
  while (Atomics.load(flag, 0) === 0); // mark: endless
});
export const joinsSpinner = task(import.meta, function joinsSpinner(flag: Int32Array): void {
  spins.spawn(flag).join(); // mark: joins the endless one
});

export const locks = task(import.meta, function locks(word: Int32Array): void {
  Atomics.wait(word, 0, 1); // mark: lock
});

export const chain = task(import.meta, (depth: number, it: Future<number>): number => {
  if (depth === 0) return pulls.spawn(it).join(); // mark: end of the chain
  return chain.spawn(depth - 1, it).join(); // mark: link of the chain
});

export const doubles = task(import.meta, function doubles(n: number, gate: HeddlePromise<number>): number {
  if (n === 12) gate.put(n);
  return n * 2;
});
export const negates = task(import.meta, function negates(n: number): number {
  return -n;
});

const puts = task(import.meta, function* puts(into: HeddlePromise<number>, value: Future<number>): Steps {
  into.put(yield* value);
});
export const waitsForOwn = task(import.meta, function* waitsForOwn(release: Future<number>): Steps<number> {
  const own = promise<number>(); // mark: made in a task
  puts.spawn(own, release);
  return yield* own.future;
});

export const putsValue = task(import.meta, function putsValue(it: HeddlePromise<number>, value: number): void {
  it.put(value);
});
