/** Slices and arrows where clocks differ, tasks run inside waits, and others are cancelled: what is drawn keeps the rules of the format. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { finish, task } from "heddle";
import { ChromeLines } from "../../src/trace/chrome.ts";
import { Dep, type EventName, type EventOf, type TraceEvent } from "../../src/trace/events.ts";
import { faultsOf, type Line } from "./format.ts";
import { record, takes } from "./virtual.ts";

const FOLD = 50_000;
const small = task(import.meta, (): void => takes(20_000));
const large = task(import.meta, (): void => takes(100_000));
const waits = task(import.meta, (): void => {
  takes(100_000);
  small.spawn().join();
  finish(() => {
    large.spawn();
    small.spawn();
  });
});

/** Events of a main thread and a worker, written down by hand. */
class Drawing {
  readonly #lines: string[] = [];
  readonly #chrome = new ChromeLines((line) => this.#lines.push(line));

  constructor() {
    this.#chrome.begin({});
    for (const thread of [0, 1]) this.#chrome.thread(thread);
    this.add(0, "spawn", { n: 1, time: 0 }).add(0, "begin", { n: 1, time: 0 });
  }

  add(slot: number, kind: EventName, values: Record<string, number>): this {
    const zeros = { def: 0, parent: 0, begin: -1, folded: 0, status: 0 };
    this.#chrome.add({ ...zeros, ...values, kind, slot } as unknown as TraceEvent);
    return this;
  }

  /** Main spawns task `n`, which the worker runs from `begin` to `end` by its clock. */
  stolen(n: number, spawned: number, begin: number, end: number): this {
    this.add(0, "spawn", { n, parent: 1, time: spawned }).add(0, "promote", { n, time: spawned });
    this.add(1, "steal", { n: n + 100, from: 0, origin: n, time: begin }).add(1, "begin", { n: n + 100, time: begin });
    return this.add(1, "end", { n: n + 100, begin, time: end });
  }

  joined(n: number, time: number): this {
    return this.add(0, "segment", { n: 1, dep: Dep.NODE, on: n, time });
  }

  lines(): Line[] {
    this.add(0, "end", { n: 1, begin: 0, time: 1e6 });
    return this.#lines.map((line) => JSON.parse(line));
  }
}

const arrows = (lines: readonly Line[]): unknown[] => lines.filter(({ ph }) => ph === "s").map(({ name }) => name);

suite("slices and arrows", () => {
  test("the clocks of two threads are a little apart", () => {
    const lines = new Drawing().stolen(2, 2000, 1400, 1700).stolen(3, 3000, 4000, 4100).joined(3, 3900).lines();
    assert.deepEqual(faultsOf(lines), []);
    assert.deepEqual(arrows(lines), ["spawn", "spawn", "join"]);
  });

  test("who goes on because a task was cancelled has not waited for the end of its body", () => {
    const lines = new Drawing().stolen(2, 1000, 2000, 9000).add(0, "cancel", { n: 2, time: 3000 }).joined(2, 3100).lines();
    assert.deepEqual(faultsOf(lines), []);
    assert.deepEqual(arrows(lines), ["spawn"]);
  });

  test("small tasks before a wait and in it are not drawn as one", async () => {
    const { events } = await record(() => waits.spawn(), { fold: FOLD });
    const batches = events.filter(({ kind }) => kind === "batch") as EventOf<"batch">[];
    assert.deepEqual(
      batches.map(({ count }) => count),
      [1, 1],
    );
  });
});
