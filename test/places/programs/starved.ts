/** Calls of an object at a place whose heap is full. */
import assert from "node:assert/strict";
import { place as here, mobile, task } from "heddle";
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
/** What is left has room for no block of the size of a long text. */
const fill = task(import.meta, (): number => {
  const { heap } = placeHere();
  for (let bytes = 2 ** 30; bytes >= 1024; bytes /= 2) {
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

export default async function main({ place }: { place: number }): Promise<void> {
  if (place !== 0) return;
  const counter = await counters.at(1).create();
  assert.equal(await counter.add(1), 1);
  assert.ok((await fill.at(1).spawn()) > 0);
  const long = "x".repeat(4000);
  const refused = await Promise.all([counter.add(10, long), counter.add(100, long)].map(async (it) => (await errorOf(it)).code));
  assert.deepEqual(refused, ["HEDDLE_OUT_OF_MEMORY", "HEDDLE_OUT_OF_MEMORY"]);
  await empty.at(1).spawn();
  assert.equal(await counter.add(1000, long), 1001);
  await counter.migrate(0);
  assert.equal(await counter.add(1), 1002);
  await counter.destroy();
  console.log(`counted at place ${here()}`);
}
