/** Work and span of graphs for which both are known in closed form, for each way in which tasks can depend on each other. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { type Future, finish, phaser, promise, task, whenAll } from "heddle";
import { record, takes } from "./virtual.ts";

const C = 1000;
const R = 300;

/** n stencil tasks and a reduction tree over them. */
const T1 = (n: number): number => n * C + (n - 1) * R;
const TINF = (n: number): number => C + Math.log2(n) * R;

const stencil = task(import.meta, (_i: number): number => {
  takes(C);
  return 1;
});

const combine = task(import.meta, (a: number, b: number): number => {
  takes(R);
  return a + b;
});

const forkJoin = task(import.meta, (from: number, to: number): number => {
  if (to - from === 1) return stencil(from);
  const middle = (from + to) >> 1;
  const left = forkJoin.spawn(from, middle);
  const right = forkJoin.spawn(middle, to);
  const sum = right.join() + left.join();
  takes(R);
  return sum;
});

const futures = task(import.meta, (from: number, to: number): number => {
  if (to - from === 1) return stencil.spawn(from).join();
  const middle = (from + to) >> 1;
  const left = futures.spawn(from, middle);
  const right = futures(middle, to);
  takes(R);
  return left.join() + right;
});

const dataflow = task(import.meta, function* (n: number) {
  let level: Future<number>[] = Array.from({ length: n }, (_, i) => stencil.spawn(i));
  while (level.length > 1)
    level = Array.from({ length: level.length / 2 }, (_, i) => combine.after(level[2 * i]!, level[2 * i + 1]!));
  return yield* level[0]!;
});

/** The same from outside of tasks, where a future stands for each task that is to be spawned later; and with options. */
async function flowFromMain(n: number): Promise<number> {
  let level: Future<number>[] = Array.from({ length: n }, (_, i) => stencil.spawn(i));
  while (level.length > 1)
    level = Array.from({ length: level.length / 2 }, (_, i) => combine.after(level[2 * i]!, level[2 * i + 1]!));
  return await level[0]!;
}
const flowWithOptions = task(import.meta, function* (n: number) {
  let level: Future<number>[] = Array.from({ length: n }, (_, i) => stencil.spawn(i));
  while (level.length > 1)
    level = Array.from({ length: level.length / 2 }, (_, i) =>
      combine.with({ priority: "high" }).after(level[2 * i]!, level[2 * i + 1]!),
    );
  return yield* level[0]!;
});

const putter = task(import.meta, (i: number, to: { put(value: number): void }) => to.put(stencil(i)));
const reducer = task(import.meta, function* (a: Future<number>, b: Future<number>, to: { put(value: number): void }) {
  const sum = (yield* a) + (yield* b);
  takes(R);
  to.put(sum);
});
const promises = task(import.meta, function* (n: number) {
  let level = Array.from({ length: n }, () => promise<number>());
  // Readers first: they wait for what nobody has computed.
  const leaves = level;
  while (level.length > 1) {
    const next = Array.from({ length: level.length / 2 }, () => promise<number>());
    next.forEach((to, i) => {
      reducer.spawn(level[2 * i]!.future, level[2 * i + 1]!.future, to);
    });
    level = next;
  }
  leaves.forEach((to, i) => {
    putter.spawn(i, to);
  });
  return yield* level[0]!.future;
});

const asyncStencil = task(import.meta, async (): Promise<number> => {
  await null;
  takes(C);
  return 1;
});
const asyncTree = task(import.meta, async (n: number): Promise<number> => {
  if (n === 1) return await asyncStencil.spawn();
  const left = asyncTree.spawn(n / 2);
  const right = asyncTree.spawn(n / 2);
  const sum = (await left) + (await right);
  takes(R);
  return sum;
});

const finishTree = task(import.meta, (n: number): number => {
  finish(() => {
    for (let i = 0; i < n; i++) stencil.spawn(i);
  });
  takes(R);
  return n;
});

/** n tasks that take i * C in the phase i, twice over. */
const member = task(import.meta, function* (ph: ReturnType<typeof phaser>, n: number, i: number) {
  for (let phase = 0; phase < n; phase++) {
    takes(phase === i ? C : R);
    yield* ph.next();
  }
});
// biome-ignore lint/correctness/useYield: its end is not what the others wait for
const phases = task(import.meta, function* (n: number) {
  const ph = phaser();
  for (let i = 0; i < n; i++) member.with({ phased: [ph] }).spawn(ph, n, i);
  ph.drop();
  return n;
});

const all = task(import.meta, function* (n: number) {
  const values = yield* whenAll(Array.from({ length: n }, (_, i) => stencil.spawn(i)));
  takes(R);
  return values.length;
});

const scopes = task(import.meta, function* (n: number) {
  // biome-ignore lint/correctness/useYield: its tasks are what is waited for
  yield* finish(function* () {
    for (let i = 0; i < n; i++) inner.spawn(i);
  });
  takes(R);
  return n;
});
const inner = task(import.meta, (i: number): void => {
  takes(R);
  stencil.spawn(i); // the scope waits for it, this task does not
});

const inLine = task(import.meta, (n: number): number => {
  for (let i = 0; i < n; i++) stencil.spawn(i).join();
  return n;
});

const trees: Record<string, (n: number) => PromiseLike<number>> = {
  "fork-join": (n) => forkJoin.spawn(0, n),
  futures: (n) => futures.spawn(0, n),
  after: (n) => dataflow.spawn(n),
  "after, from outside of tasks": (n) => flowFromMain(n),
  "after, with options": (n) => flowWithOptions.spawn(n),
  promises: (n) => promises.spawn(n),
  "async tasks": (n) => asyncTree.spawn(n),
};

/** Other graphs: work and span for n. */
const others: Record<string, { run: (n: number) => Future<number>; work: (n: number) => number; span: (n: number) => number }> = {
  "finish waits for all": { run: (n) => finishTree.spawn(n), work: (n) => n * C + R, span: () => C + R },
  "finish waits for grandchildren": { run: (n) => scopes.spawn(n), work: (n) => n * (C + R) + R, span: () => C + 2 * R },
  "a phase ends when its slowest member has signalled": {
    run: (n) => phases.spawn(n),
    work: (n) => n * (C + (n - 1) * R),
    span: (n) => n * C,
  },
  "whenAll is as late as the last": { run: (n) => all.spawn(n), work: (n) => n * C + R, span: () => C + R },
  "one after the other": { run: (n) => inLine.spawn(n), work: (n) => n * C, span: (n) => n * C },
};

suite("work and span of n stencil tasks and a reduction tree", () => {
  for (const [name, tree] of Object.entries(trees)) {
    for (const n of [2, 16, 64]) {
      test(`${name}, n = ${n}: n c + (n-1) r, c + log2(n) r`, async () => {
        const { span } = await record(async () => assert.equal(await tree(n), n));
        assert.deepEqual([span.work, span.span, span.unresolved], [T1(n), TINF(n), 0]);
      });
    }
  }
  for (const name of ["fork-join", "futures"]) {
    test(`${name}: folding changes neither`, async () => {
      for (const fold of [1500, 5000, 20_000, 1e9]) {
        const { span, events } = await record(() => Promise.resolve(trees[name]!(64)), { fold });
        assert.deepEqual([span.work, span.span], [T1(64), TINF(64)], `fold ${fold}`);
        const ends = events.filter((it) => it.kind === "end").length;
        assert.ok(ends < 128, `${ends} tasks were told apart`);
      }
    });
  }
});

suite("work and span of other graphs", () => {
  for (const [name, { run, work, span }] of Object.entries(others)) {
    for (const fold of [0, 2500, 1e9]) {
      test(`${name}${fold === 0 ? "" : `, subtrees below ${fold} ns folded`}`, async () => {
        for (const n of [1, 2, 7, 32]) {
          const recorded = await record(async () => assert.equal(await run(n), n), { fold });
          assert.deepEqual([recorded.span.work, recorded.span.span, recorded.span.unresolved], [work(n), span(n), 0], `n = ${n}`);
        }
      });
    }
  }

  test("from outside of tasks: what is awaited in turn comes in turn, the rest does not", async () => {
    const inTurn = await record(async () => {
      for (let i = 0; i < 5; i++) await stencil.spawn(i);
    });
    assert.deepEqual([inTurn.span.work, inTurn.span.span], [5 * C, 5 * C]);
    const together = await record(() => Promise.all(Array.from({ length: 5 }, (_, i) => stencil.spawn(i))));
    assert.deepEqual([together.span.work, together.span.span], [5 * C, C]);
  });

  test("the burdened span has the burden of each spawn on the path", async () => {
    const { span } = await record(() => Promise.resolve(forkJoin.spawn(0, 16)), { burden: 100 });
    assert.equal(span.burdened - span.span, 5 * 100); // one for the root, one a level
  });

  test("the critical path by name", async () => {
    const { span } = await record(() => Promise.resolve(dataflow.spawn(16)));
    const path = span.path.map(({ def, ns, count }) => [def?.name, ns, count]);
    assert.deepEqual(path, [
      ["combine", 4 * R, 4],
      ["stencil", C, 1],
    ]);
    assert.ok(span.path.every(({ def }) => def!.url.endsWith("span.test.ts") && def!.line > 0));
  });
});
