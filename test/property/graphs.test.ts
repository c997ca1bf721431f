import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import fc from "fast-check";
import { type Future, finish, type Runtime, shared, start } from "heddle";
import { chooseSeed, expectNoLeaks } from "heddle/testing";
import { runtimeProbes } from "../support/leaks.ts";
import { BODIES, type GraphNode } from "./nodes.ts";

// The failing graph and its seed are printed; HEDDLE_SEED repeats a run.
const seed = chooseSeed() | 0;
const RUNS = 120;
const HANG_MS = 10_000;
/** A graph that hangs leaves runtimes behind in which smaller ones cannot be tried: HEDDLE_SHRINK=1 tries all the same. */
const shrinking = { endOnFailure: process.env.HEDDLE_SHRINK === undefined };

type Draft = Omit<GraphNode, "id" | "children"> & { children: Draft[] };

const graphOf = (levels: number): fc.Arbitrary<Draft> =>
  fc.record({
    kind: fc.constantFrom("plain", "plain", "generator", "async"),
    waiting: fc.constantFrom("each", "one by one", "finish", "finish, cancel", "after"),
    children: levels === 0 ? fc.constant([]) : fc.array(graphOf(levels - 1), { maxLength: 5, size: "max" }),
    value: fc.integer(),
    fails: fc.nat(9).map((n) => n === 9),
    cancels: fc.nat(30).map((n) => (n > 27 ? n - 28 : -1)),
    work: fc.nat(6).map((n) => n ** 5),
    priority: fc.constantFrom("normal", "normal", "normal", "high", "low"),
    affinity: fc.nat(15).map((n) => (n > 11 ? n - 12 : -1)),
  });
const graph = graphOf(4);

/** What a graph must be for its result to be the same on any schedule. */
function settle(draft: Draft): { root: GraphNode; size: number; certain: Set<number> } {
  let size = 0;
  const certain = new Set<number>();
  const build = (draft: Draft, belowPlain: boolean, cancellable: boolean): GraphNode => {
    const id = size++;
    // A plain task that waits blocks the event loop that async tasks below it need.
    const kind = belowPlain && draft.kind === "async" ? "generator" : draft.kind;
    const direct = draft.waiting === "one by one" || draft.waiting === "after";
    const cancels = !direct && draft.cancels < draft.children.length ? draft.cancels : -1;
    const failing =
      draft.waiting === "finish, cancel" &&
      draft.children.some((child) => failsBelow(child, draft.children.indexOf(child) === cancels));
    const children = draft.children.map((child, i) =>
      build(i === cancels ? harmless(child) : child, belowPlain || kind === "plain", cancellable || failing || i === cancels),
    );
    if (!cancellable) certain.add(id);
    return { ...draft, id, kind, cancels, children };
  };
  const root = build(draft, false, false);
  return { root, size, certain };
}

/** Whether the failure of some task comes to the scope around it. */
function failsBelow(draft: Draft, cancelled: boolean): boolean {
  if (cancelled) return false;
  const inScope = draft.waiting.startsWith("finish") ? [] : draft.children;
  return draft.fails || inScope.some((child) => failsBelow(child, false));
}

/** Whether a cancelled task fails depends on when it is cancelled, so it had better not. */
const harmless = (draft: Draft): Draft => ({ ...draft, fails: false, children: draft.children.map(harmless) });

async function inTime<T>(what: string, result: PromiseLike<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} hangs`)), HANG_MS);
  });
  try {
    return await Promise.race([result, late]);
  } finally {
    clearTimeout(timer);
  }
}

let runtimes: Runtime[] = [];
before(async () => {
  // Where no scope waits, a failure that nobody looks at is reported: a parent that fails at its first child looks at no other.
  const reporters = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection");
  process.on("unhandledRejection", (reason, promise) => {
    if (!/^node \d+$/.test((reason as Error).message)) for (const report of reporters) report(reason, promise);
  });
  runtimes = [];
  for (const workers of [0, 1, 2, 4]) runtimes.push(await start({ workers }));
});
after(() => Promise.all(runtimes.map((it) => it.stop())));

const messageOf = (error: Error & { code?: string }): string => (error.code === "HEDDLE_CANCELLED" ? "cancelled" : error.message);

/** Runs a graph inside a finish scope, which ends when all of it has ended; `meanwhile` may cancel. */
async function runEnclosed(root: GraphNode, ran: Int32Array, meanwhile: (root: Future<number>) => unknown): Promise<string> {
  let future: Future<number> | undefined;
  const failures = await finish(
    async () => {
      future = BODIES[root.kind].spawn(root, ran);
      await meanwhile(future);
    },
    { onFailure: "continue" },
  ).then(
    () => [],
    (error: Error & { errors?: Error[] }) => (error.errors ?? [error]).map(messageOf).sort(),
  );
  assert.notEqual(future!.status, "pending");
  return `${await outcomeOf(future!)}; failures: ${failures}`;
}

const outcomeOf = (future: Future<number>): Promise<string> =>
  future.then(
    (value) => `value ${value}`,
    (error: Error) => `error ${messageOf(error)}`,
  );

/** Runs a graph without a scope: what nobody waits for may end later. */
async function runBare(root: GraphNode, ran: Int32Array, certain: Set<number>): Promise<string> {
  const result = await outcomeOf(BODIES[root.kind].spawn(root, ran));
  while ([...certain].some((id) => Atomics.load(ran, id) === 0)) await new Promise((resolve) => setTimeout(resolve, 1));
  return result;
}

it(`every graph means the same on 0, 1, 2 and 4 workers (HEDDLE_SEED=${seed >>> 0})`, { timeout: 110_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(graph, fc.boolean(), async (draft, enclosed) => {
      const { root, size, certain } = settle(draft);
      let expected: string | undefined;
      for (const runtime of runtimes) {
        const probes = runtimeProbes(runtime).filter((it) => enclosed || it.name !== "heap blocks");
        await expectNoLeaks(probes, () =>
          runtime.run(async () => {
            const where = `${runtime.workers} workers`;
            const ran = shared.int32(size);
            const result = await inTime(where, enclosed ? runEnclosed(root, ran, () => {}) : runBare(root, ran, certain));
            expected ??= result;
            assert.equal(result, expected, where);
            for (let id = 0; id < size; id++) {
              assert.ok(ran[id]! <= 1, `${where}: node ${id} ran ${ran[id]} times`);
              if (certain.has(id)) assert.equal(ran[id], 1, `${where}: node ${id} did not run`);
            }
            if (enclosed) shared.free(ran); // else some that nobody waits for may be about to run
          }),
        );
      }
    }),
    { seed, numRuns: RUNS, interruptAfterTimeLimit: 60_000, ...shrinking },
  );
});

it(`a graph that is cancelled ends, and runs nothing twice (HEDDLE_SEED=${seed >>> 0})`, { timeout: 110_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(graph, fc.nat(20), async (draft, delay) => {
      const { root, size } = settle(draft);
      for (const runtime of runtimes) {
        await expectNoLeaks(runtimeProbes(runtime), () =>
          runtime.run(async () => {
            const ran = shared.int32(size);
            let cancelled = false;
            const result = await inTime(
              `${runtime.workers} workers`,
              runEnclosed(root, ran, async (future) => {
                for (let i = 0; i < delay; i++) await new Promise((resolve) => setImmediate(resolve));
                cancelled = future.cancel();
              }),
            );
            assert.equal(result.startsWith("error cancelled"), cancelled);
            assert.ok(ran.every((it) => it <= 1));
            shared.free(ran);
          }),
        );
      }
    }),
    { seed, numRuns: RUNS / 2, interruptAfterTimeLimit: 40_000, ...shrinking },
  );
});

it(`so does one that no scope waits for (HEDDLE_SEED=${seed >>> 0})`, { timeout: 110_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(graph, fc.nat(20), async (draft, delay) => {
      const { root, size } = settle(draft);
      for (const runtime of runtimes) {
        // The counters stay allocated: what nobody waits for may be about to run.
        const probes = runtimeProbes(runtime).filter((it) => it.name !== "heap blocks");
        await expectNoLeaks(probes, () =>
          runtime.run(async () => {
            const ran = shared.int32(size);
            const future = BODIES[root.kind].spawn(root, ran);
            const outcome = outcomeOf(future);
            for (let i = 0; i < delay; i++) await new Promise((resolve) => setImmediate(resolve));
            const cancelled = future.cancel();
            assert.equal((await inTime(`${runtime.workers} workers`, outcome)) === "error cancelled", cancelled);
            assert.ok(ran.every((it) => it <= 1));
          }),
        );
      }
    }),
    { seed, numRuns: RUNS / 2, interruptAfterTimeLimit: 40_000, ...shrinking },
  );
});
