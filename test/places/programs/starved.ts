/** A place whose heap is full: calls of an object there, and whatever large comes there. */
import assert from "node:assert/strict";
import { type Future, finish, type HeddlePromise, place as here, mobile, promise, task } from "heddle";
import { placeHere } from "../../../src/place/here.ts";
import { errorOf } from "./check.ts";

class Counter {
  count = 0;
  add(n: number, _long?: string): number {
    this.count += n;
    return this.count;
  }
}
const counters = mobile(import.meta, Counter);

const taken: number[] = [];
/** What is left has room for no block of `least` bytes. */
const fill = task(import.meta, (least: number): number => {
  const { heap } = placeHere();
  for (let bytes = 2 ** 30; bytes >= least; bytes /= 2) {
    try {
      for (;;) taken.push(heap.alloc(bytes));
    } catch {}
  }
  return taken.length;
});
const empty = task(import.meta, (): void => {
  const { heap } = placeHere();
  for (const block of taken.splice(0)) heap.free(block);
});

/** Longer than a packet. */
const LONG = 100_000;
const text = (length: number): string => "x".repeat(length);
const lengthOf = task(import.meta, (it: string): number => it.length);
const repeat = task(import.meta, (length: number): string => text(length));
const codeOf = async (future: PromiseLike<unknown>): Promise<unknown> => (await errorOf(future)).code;
/** What a task gets of another place when its own has no room. */
const codeOfResult = task(import.meta, async (): Promise<unknown> => await codeOf(repeat.at(0).spawn(LONG)));
const codeOfValue = task(import.meta, async (it: Future<string>): Promise<unknown> => await codeOf(it));
const promiseOf = task(import.meta, (): { it: HeddlePromise<string> } => ({ it: promise<string>() }));
const failInScope = task(import.meta, (): void => {
  throw new Error(text(LONG));
});
const codeOfFailure = task(
  import.meta,
  async (): Promise<unknown> => await codeOf(finish(async () => void failInScope.at(0).spawn())),
);

/** Everything waits for room at the same time. */
async function largeOnes(): Promise<void> {
  const [given, { it }] = [promise<string>(), await promiseOf.at(1).spawn()];
  const counter = await counters.at(1).create();
  await fill.at(1).spawn(2 ** 16);
  const lost = [
    codeOf(lengthOf.at(1).spawn(text(LONG))),
    codeOf(counter.add(10, text(LONG))),
    codeOfResult.at(1).spawn(),
    codeOfFailure.at(1).spawn(),
    codeOfValue.at(1).spawn(given.future),
    codeOf(it.future),
  ];
  const next = counter.add(100);
  given.put(text(LONG));
  it.put(text(LONG));
  assert.deepEqual(await Promise.all(lost), Array(6).fill("HEDDLE_OUT_OF_MEMORY"));
  assert.equal(await next, 100);
  await empty.at(1).spawn();
  assert.equal(await lengthOf.at(1).spawn(text(LONG)), LONG);
  await counter.destroy();
}

export default async function main({ place }: { place: number }): Promise<void> {
  if (place !== 0) return;
  const counter = await counters.at(1).create();
  assert.equal(await counter.add(1), 1);
  assert.ok((await fill.at(1).spawn(1024)) > 0);
  const long = "x".repeat(4000);
  const refused = await Promise.all([counter.add(10, long), counter.add(100, long)].map(async (it) => (await errorOf(it)).code));
  assert.deepEqual(refused, ["HEDDLE_OUT_OF_MEMORY", "HEDDLE_OUT_OF_MEMORY"]);
  await empty.at(1).spawn();
  assert.equal(await counter.add(1000, long), 1001);
  await counter.migrate(0);
  assert.equal(await counter.add(1), 1002);
  await counter.destroy();
  await largeOnes();
  console.log(`counted at place ${here()}`);
}
