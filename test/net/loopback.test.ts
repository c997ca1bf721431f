import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { createLoopback, LoopbackControl, type LoopbackOptions } from "../../src/net/loopback/world.ts";
import { createMemory } from "../../src/shared/memory.ts";
import { CASES } from "./cases.ts";
import { MEMORY_BYTES, PARK_WORD } from "./place.ts";
import type { Outcome } from "./report.ts";

const SEED = Number(process.env.HEDDLE_SEED ?? Date.now() % 1e6);

/** Places as threads that run cases. */
class Threads {
  readonly control: LoopbackControl;
  readonly workers: Worker[];
  readonly outcomes: Outcome[] = [];
  readonly folder = mkdtempSync(join(tmpdir(), "heddle-net-"));
  readonly #ended: Promise<void>[];

  constructor(count: number, names: readonly string[], options: Partial<LoopbackOptions> = {}) {
    const memories = Array.from({ length: count }, () => createMemory(MEMORY_BYTES).memory);
    const world = createLoopback({ memories, parkWords: memories.map(() => PARK_WORD), ...options });
    this.control = new LoopbackControl(world);
    const file = new URL("./loopback-place.ts", import.meta.url);
    this.workers = memories.map(
      (_, place) => new Worker(file, { workerData: { world, place, names, folder: this.folder, seed: SEED } }),
    );
    this.#ended = this.workers.map((worker, place) => {
      worker.on("message", (it: Outcome) => this.outcomes.push(it));
      return new Promise((resolve) => {
        worker.on("error", (error) => this.outcomes.push({ name: "thread", place, error }));
        worker.on("exit", (code) => {
          if (code !== 0) this.control.lose(place);
          resolve();
        });
      });
    });
  }

  async signal(name: string): Promise<void> {
    while (!existsSync(join(this.folder, name))) await sleep(5);
  }

  async ended(): Promise<void> {
    await Promise.all(this.#ended);
    rmSync(this.folder, { recursive: true });
  }
}

async function conforms(count: number, options: Partial<LoopbackOptions> = {}): Promise<void> {
  const threads = new Threads(count, Object.keys(CASES), options);
  await threads.ended();
  for (const { name, place, error } of threads.outcomes)
    assert.equal(error, undefined, `${name} at place ${place}, seed ${SEED}: ${error}`);
  assert.equal(threads.outcomes.length, count * Object.keys(CASES).length);
}

suite("loopback", () => {
  test("four places", () => conforms(4));
  test("four places, small rings", () => conforms(4, { capacity: 4096 }));
  test("three places, with delay and bandwidth", () => conforms(3, { delay: 0.2, bandwidth: 1e9 }));

  test("a lost place", async () => {
    const threads = new Threads(4, ["lost"]);
    await threads.signal("kill-me");
    await threads.workers[2]!.terminate();
    await threads.ended();
    assert.deepEqual(
      threads.outcomes.map(({ error }) => error),
      [undefined, undefined, undefined],
    );
  });

  test("a frozen place", async () => {
    const threads = new Threads(4, ["frozen"]);
    await threads.signal("freeze");
    threads.control.freeze(2, true);
    threads.signal("thaw").then(() => threads.control.freeze(2, false));
    const { writeFileSync } = await import("node:fs");
    writeFileSync(join(threads.folder, "is-frozen"), "");
    await threads.ended();
    assert.deepEqual(
      threads.outcomes.map(({ error }) => error),
      [undefined, undefined, undefined, undefined],
    );
  });
});
