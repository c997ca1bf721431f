import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { ExplorationError, type ExploreOptions, type ExploreReport, explore } from "../../src/testing/index.ts";

const run = (name: string, options: ExploreOptions = {}, file = "tiny"): Promise<ExploreReport> =>
  explore(new URL(`./classics/${file}.scenario.ts`, import.meta.url), { name, ...options });

const failsAs = (kind: string) => (error: unknown) => {
  assert.ok(error instanceof ExplorationError, String(error));
  assert.equal(error.kind, kind);
  return true;
};

suite("dfs enumerates each interleaving once", () => {
  const expected: [name: string, preemptions: number, executions: number][] = [
    ["single", Number.POSITIVE_INFINITY, 1],
    ["twoAndTwo", Number.POSITIVE_INFINITY, 6],
    ["threeAndFive", Number.POSITIVE_INFINITY, 56],
    ["oneTwoThree", Number.POSITIVE_INFINITY, 60],
    ["twoAndTwo", 0, 2],
    ["twoAndTwo", 1, 4],
    ["threeAndFive", 0, 2],
    ["threeAndFive", 1, 8],
    ["oneTwoThree", 0, 6],
  ];
  for (const [name, preemptions, executions] of expected) {
    test(`${name} with ${preemptions} preemptions: ${executions}`, async () => {
      const report = await run(name, { strategy: "dfs", preemptions });
      assert.deepEqual([report.executions, report.complete], [executions, true]);
    });
  }

  test("and stops at the limit of executions", async () => {
    const report = await run("threeAndFive", { strategy: "dfs", preemptions: Number.POSITIVE_INFINITY, executions: 55 });
    assert.deepEqual([report.executions, report.complete], [55, false]);
  });
});

suite("waiting", () => {
  test("of everybody is a deadlock that names who waits where", async () => {
    await assert.rejects(run("bothWait"), (error) => {
      assert.match(String(error), /a waits on \[5\], b waits on \[6\]/);
      return failsAs("deadlock")(error);
    });
  });

  test("ends by its time limit only when nothing else can run", async () => {
    const report = await run("coveredByTimeLimit", {}, "sleep");
    assert.ok(report.timeouts > 0);
  });

  test("does not end by its time limit where that is forbidden", async () => {
    await assert.rejects(run("coveredByTimeLimit", { timeouts: "never" }, "sleep"), failsAs("deadlock"));
  });

  test("with a time limit and spinning take turns", async () => {
    for (const strategy of ["random", "pct", "dfs"] as const) {
      const report = await run("spinnersAndSleeper", { strategy, executions: 200, steps: 100 });
      assert.ok(report.timeouts > 0);
    }
  });

  test("asynchronously on two words ends for each by itself", async () => {
    assert.ok((await run("asyncPair", { executions: 200, strategy: "pct" }, "sleep")).timeouts > 0);
  });
});

test("spinning for ever is a livelock", () => assert.rejects(run("spinsForEver", { steps: 100 }), failsAs("livelock")));

test("a thread that computes for ever is a hang", () =>
  assert.rejects(run("computesForEver", { hangMilliseconds: 300 }), failsAs("hang")));

suite("a facade of the user's own", () => {
  const scenario = new URL("./classics/own-facade.scenario.ts", import.meta.url);
  const facade = new URL("./classics/own-atomics.ts", import.meta.url);

  test("is explored, if it is named", () => assert.rejects(explore(scenario, { facade, strategy: "dfs" }), failsAs("check")));

  test("is performed at once, if it is not", async () => {
    assert.equal((await explore(scenario, { strategy: "dfs" })).executions, 2);
  });
});

test("plain accesses are steps if asked for", async () => {
  const steps = async (plain: boolean): Promise<number> => (await run("plainReads", { executions: 1, plain })).longest;
  assert.deepEqual([await steps(false), await steps(true)], [1, 3]);
});

test("a mutation must fit once", async () => {
  const mutation = { module: new URL("./classics/tiny.scenario.ts", import.meta.url), to: "" };
  for (const from of ["no such text", "scenario("]) {
    await assert.rejects(run("single", { mutations: [{ ...mutation, from }] }), /times in .*, not once/);
  }
});

test("an error that nobody handles is the thread's", () => assert.rejects(run("failsUnheard"), failsAs("error")));

test("the dice and the clock depend on the schedule alone", async () => {
  const outcome = (): Promise<unknown> => run("dice", { executions: 3 }).catch((error: ExplorationError) => error.message);
  assert.equal(typeof (await outcome()), "object");
});

test("a schedule of another program does not fit", () =>
  assert.rejects(run("twoAndTwo", { replay: "a3b" }), failsAs("mismatch")));

suite("misuse is told at the call", () => {
  const cases: [what: string, options: ExploreOptions & { name: string }, message: RegExp][] = [
    ["an export that is no scenario", { name: "nothing" }, /export "nothing" .* no array "threads"/],
    ["a bad schedule", { name: "single", replay: "a-b" }, /"a-b" is no schedule/],
    ["no execution", { name: "single", executions: 0 }, /executions: 0/],
    ["a negative bound", { name: "single", preemptions: -1 }, /preemptions: -1/],
  ];
  for (const [what, options, message] of cases) {
    test(what, () => assert.rejects(run(options.name, options), { code: "HEDDLE_USAGE", message }));
  }
});
