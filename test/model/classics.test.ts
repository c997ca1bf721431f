import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { ExplorationError, type ExploreOptions, explore, type FailureKind } from "../../src/testing/index.ts";

/** The explorer finds the mistakes that every textbook names, and accepts the right versions. */

type Case = readonly [file: string, name: string, kind: FailureKind];

const WRONG: Case[] = [
  ["update", "loadThenStore", "check"],
  ["sleep", "looksThenAnnounces", "deadlock"],
  ["sleep", "looksThenAnnouncesAsync", "deadlock"],
  ["lock", "petersonWithoutTurn", "error"],
  ["lock", "spinLockNeverLeft", "livelock"],
  ["stack", "naive", "check"],
];

const RIGHT: [file: string, name: string][] = [
  ["update", "atomicAdd"],
  ["sleep", "announcesThenLooks"],
  ["sleep", "announcesThenLooksAsync"],
  ["lock", "peterson"],
  ["lock", "spinLock"],
  ["stack", "tagged"],
];

const scenario = (file: string): URL => new URL(`./classics/${file}.scenario.ts`, import.meta.url);

async function failureOf(file: string, options: ExploreOptions): Promise<ExplorationError> {
  const error = await explore(scenario(file), { steps: 300, ...options }).catch((thrown: unknown) => thrown);
  assert.ok(error instanceof ExplorationError, `no failure was found: ${JSON.stringify(error)}`);
  return error;
}

for (const strategy of ["random", "pct", "dfs"] as const) {
  suite(`${strategy}`, () => {
    for (const [file, name, kind] of WRONG) {
      test(`finds the ${kind} in ${name}`, async () => {
        const error = await failureOf(file, { name, strategy, executions: 20_000 });
        assert.equal(error.kind, kind);
        assert.equal(error.repeated, true);
      });
    }
    for (const [file, name] of RIGHT) {
      test(`accepts ${name}`, async () => {
        const report = await explore(scenario(file), { name, strategy, executions: strategy === "dfs" ? 100_000 : 500 });
        assert.equal(report.complete, strategy === "dfs");
        assert.equal(report.timeouts, 0);
      });
    }
  });
}

suite("a failure", () => {
  for (const [file, name] of WRONG.filter(([, , kind]) => kind !== "livelock")) {
    test(`of ${name} is the same each time its schedule is replayed`, async () => {
      const { schedule, cause, kind, trace } = await failureOf(file, { name });
      for (let time = 0; time < 3; time++) {
        const again = await failureOf(file, { name, replay: schedule });
        assert.deepEqual([again.schedule, again.kind, again.trace], [schedule, kind, trace]);
        assert.equal((again.cause as Error | undefined)?.message, (cause as Error | undefined)?.message);
      }
    });
  }

  test("of one seed is found again by the same seed", async () => {
    const first = await failureOf("stack", { name: "naive", seed: 7, executions: 20_000 });
    const second = await failureOf("stack", { name: "naive", seed: 7, executions: 20_000 });
    assert.deepEqual([first.execution, first.schedule], [second.execution, second.schedule]);
  });

  test("tells seed, schedule and operations in its message", async () => {
    const error = await failureOf("update", { name: "loadThenStore", strategy: "dfs" });
    assert.equal(error.code, "HEDDLE_EXPLORATION");
    assert.match(error.message, new RegExp(`seed ${error.seed}`));
    assert.match(error.message, /replay: "ab2a"/);
    assert.match(error.message, /2 {2}b {2}load\(count\) = 0 {2}update\.scenario\.ts:\d+/);
  });

  test("that depends on more than the schedule is told so", async () => {
    const error = await failureOf("tiny", { name: "dependsOnHistory" });
    assert.equal(error.repeated, false);
    assert.match(error.message, /did not fail again/);
  });
});
