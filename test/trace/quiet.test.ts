/** Tasks so small that the clock is not read at each of their events: none is lost, and the work of all of them together is exact. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { EventOf, TraceEvent } from "../../src/trace/events.ts";

process.env.TRACE_AS_WORKER = "1";
const { record, takes } = await import("./virtual.ts");
const { finish, task } = await import("heddle");

const FOLD = 50_000;
const LEAF_NS = 300;

/** Numbers from 0 up to n - 1, the same ones for the same seed. */
function numbers(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return (state >>> 8) % n;
  };
}

let next = numbers(1);
let ran = 0;
const leaf = task(import.meta, (): void => {
  ran++;
  takes(LEAF_NS);
});
const fails = task(import.meta, (): void => {
  ran++;
  takes(LEAF_NS);
  throw new RangeError("planted");
});
/** Spawns, joins and waits in one of the ways in which programs do. */
const tree = task(import.meta, (depth: number): void => {
  ran++;
  takes(LEAF_NS);
  if (depth === 0) return;
  const way = next(6);
  if (way === 5) assert.throws(() => finish(() => void fails.spawn()));
  else if (way === 4) finish(() => void [tree.spawn(depth - 1), leaf.spawn(), tree.spawn(depth - 1)]);
  else if (way === 3)
    void tree.spawn(depth - 1); // ends after this one, perhaps
  else {
    const children = [tree.spawn(depth - 1), leaf.spawn(), tree.spawn(depth - 1)];
    if (way === 1) children.reverse();
    for (const child of children) child.join();
    if (way === 2) takes(LEAF_NS);
  }
});
const root = task(import.meta, (depth: number): void => {
  finish(() => void tree.spawn(depth));
});

const chain = task(import.meta, (length: number): void => {
  ran++;
  if (length > 0) chain.spawn(length - 1).join();
});
/** Spawns all its children before it joins the first. */
const wide = task(import.meta, (count: number): void => {
  ran++;
  const children = Array.from({ length: count }, () => leaf.spawn());
  for (const child of children) child.join();
});
const wider = task(import.meta, (): void => {
  ran++;
  for (const child of Array.from({ length: 20 }, () => wide.spawn(20))) child.join();
});

const of = <K extends TraceEvent["kind"]>(events: readonly TraceEvent[], kind: K): EventOf<K>[] =>
  events.filter((it) => it.kind === kind) as EventOf<K>[];

/** As many of all tasks as were told apart or folded into one that was. */
const tasksIn = (events: readonly TraceEvent[]): number => of(events, "end").reduce((sum, { folded }) => sum + folded + 1, 0);

suite("small tasks", () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    test(`in random trees, seed ${seed}`, async () => {
      next = numbers(seed);
      await record(async () => root.spawn(9), { fold: FOLD }); // from now on they are known as small
      const { events, span } = await record(
        async () => {
          ran = 0;
          for (let i = 0; i < 10; i++) await root.spawn(9);
        },
        { fold: FOLD },
      );
      const took = ran * LEAF_NS;
      assert.ok(ran > 500, `${ran} tasks`);
      assert.equal(tasksIn(events), ran + 10);
      const { tasks, readings } = of(events, "counts").at(-1)!;
      assert.ok(readings < 2 * tasks, `${readings} readings of the clock for ${tasks} tasks`); // three events have each of them
      assert.ok(span.work >= took, `work ${span.work} of ${took}`);
    });
  }

  for (const [what, spawn] of [
    ["a chain of 500", () => chain.spawn(500)],
    ["20 times 20, joined in the order of their spawns", () => wider.spawn()],
  ] as const) {
    test(what, async () => {
      for (let i = 0; i < 20; i++) await record(async () => spawn(), { fold: FOLD });
      ran = 0;
      const { events } = await record(async () => spawn(), { fold: FOLD });
      assert.equal(tasksIn(events), ran);
      assert.ok(of(events, "end").length < ran / 4, "most are folded");
    });
  }
});
