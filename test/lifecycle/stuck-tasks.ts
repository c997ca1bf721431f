import { type Future, finish, type HeddlePromise, promise, task } from "heddle";

type Steps<T> = Generator<Future<unknown>, T>;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export const square = task(import.meta, (n: number): number => n * n);
export const io = task(import.meta, async function io(n: number): Promise<number> {
  await sleep(5);
  return n;
});
export const putsLater = task(import.meta, async function putsLater(it: HeddlePromise<number>): Promise<void> {
  await sleep(200);
  it.put(7);
});
export const puts = task(import.meta, function puts(it: HeddlePromise<number>): void {
  it.put(7);
});

const waitsForIo = task(import.meta, function* waitsForIo(n: number): Steps<number> {
  return yield* io.spawn(n);
});
const waitsFor = task(import.meta, function* waitsFor(future: Future<number>): Steps<number> {
  return yield* future;
});

export const joinsIo = task(import.meta, function joinsIo(n: number): number {
  return waitsForIo.spawn(n).join();
});
export const joins = task(import.meta, function joins(future: Future<number>): number {
  return waitsFor.spawn(future).join();
});
export const finishes = task(import.meta, function finishes(future: Future<number>): number {
  finish(() => void waitsFor.spawn(future));
  return 1;
});
/** Goes on after the wait was given up, as any task does after an error. */
export const catches = task(import.meta, function catches(n: number): string {
  try {
    return String(waitsForIo.spawn(n).join());
  } catch (error) {
    return `${(error as { code?: string }).code} ${square.spawn(n).join()}`;
  }
});
/** All in one worker: the promise is put by an async task that lies below the wait. */
export const ownPromise = task(import.meta, function ownPromise(): number {
  const it = promise<number>();
  putsLater.spawn(it);
  return waitsFor.spawn(it.future).join();
});
