import { UsageError } from "../../errors.ts";
import { type VirtualThread, virtualThread } from "./virtual-thread.ts";
import { unwatched } from "./watched-memory.ts";

/** Stands in for `shared/atomics` in virtual threads: each operation waits for its turn, then is performed on the real memory. */

type Words = Int32Array<ArrayBufferLike>;

/** The thread whose turn an operation on `array` has to wait for; undefined where nobody else can see it. */
function scheduled(array: Words): VirtualThread | undefined {
  const thread = virtualThread;
  if (thread === undefined || array.buffer === thread.memory.buffer) return thread;
  if (array.buffer instanceof SharedArrayBuffer) {
    throw new UsageError("an atomic operation on another memory than the scenario's: the explorer cannot schedule it");
  }
  return undefined;
}

const wordAt = (array: Words, index: number): number => index + array.byteOffset / 4;

type Operation = (array: Words, index: number, first: number, second: number) => number;

function stepping(name: string, operation: Operation): Operation {
  return (view, index, first, second) => {
    const array = unwatched(view);
    const thread = scheduled(array);
    if (thread === undefined) return operation(array, index, first, second);
    thread.step();
    const before = array[index];
    const result = operation(array, index, first, second);
    if (array[index] !== before) thread.wrote();
    if (thread.recording) {
      const operands = [thread.nameOf(wordAt(array, index)), first, second].filter((part) => part !== undefined);
      thread.record(`${name}(${operands.join(", ")})${name === "store" ? "" : ` = ${result}`}`);
    }
    return result;
  };
}

export const load = stepping("load", Atomics.load) as typeof Atomics.load;
export const store = stepping("store", Atomics.store) as typeof Atomics.store;
export const add = stepping("add", Atomics.add) as typeof Atomics.add;
export const sub = stepping("sub", Atomics.sub) as typeof Atomics.sub;
export const and = stepping("and", Atomics.and) as typeof Atomics.and;
export const or = stepping("or", Atomics.or) as typeof Atomics.or;
export const xor = stepping("xor", Atomics.xor) as typeof Atomics.xor;
export const exchange = stepping("exchange", Atomics.exchange) as typeof Atomics.exchange;
export const compareExchange = stepping("compareExchange", Atomics.compareExchange) as typeof Atomics.compareExchange;

export const notify = ((view: Words, index: number, count = Number.POSITIVE_INFINITY): number => {
  const array = unwatched(view);
  const thread = scheduled(array);
  if (thread === undefined) return Atomics.notify(array, index, count);
  thread.step();
  const word = wordAt(array, index);
  const woken = thread.wake(word, count);
  if (thread.recording) thread.record(`notify(${thread.nameOf(word)}${Number.isFinite(count) ? `, ${count}` : ""}) = ${woken}`);
  return woken;
}) as typeof Atomics.notify;

export const wait = ((view: Words, index: number, value: number, timeout = Number.POSITIVE_INFINITY) => {
  const array = unwatched(view);
  const thread = scheduled(array);
  if (thread === undefined) throw new UsageError("wait outside the threads of a scenario would block the exploration");
  thread.step();
  const word = wordAt(array, index);
  const call = thread.recording ? `wait(${thread.nameOf(word)}, ${value})` : "";
  const atOnce = array[index] !== value ? "not-equal" : timeout <= 0 ? "timed-out" : undefined;
  if (thread.recording) thread.record(`${call} ${atOnce === undefined ? "sleeps" : `= ${atOnce}`}`);
  if (atOnce !== undefined) return atOnce;
  const woken = thread.sleep(word, Number.isFinite(timeout));
  if (thread.recording) thread.record(`${call} = ${woken}`);
  return woken;
}) as typeof Atomics.wait;

export const waitAsync = ((view: Words, index: number, value: number, timeout = Number.POSITIVE_INFINITY) => {
  const array = unwatched(view);
  const thread = scheduled(array);
  if (thread === undefined) throw new UsageError("waitAsync outside the threads of a scenario would never end");
  thread.step();
  const word = wordAt(array, index);
  const atOnce = array[index] !== value ? "not-equal" : timeout <= 0 ? "timed-out" : undefined;
  if (thread.recording) thread.record(`waitAsync(${thread.nameOf(word)}, ${value}) ${atOnce ? `= ${atOnce}` : "waits"}`);
  if (atOnce !== undefined) return { async: false, value: atOnce };
  return { async: true, value: thread.sleepAsync(word, Number.isFinite(timeout)) };
}) as typeof Atomics.waitAsync;

/** Gives way until another thread has changed a word. */
export function pause(_iterations?: number): void {
  virtualThread?.pause();
}
