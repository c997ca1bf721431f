import assert from "node:assert/strict";
import { test } from "node:test";
import { ExplorationError, type ExploreOptions, explore } from "../../src/testing/index.ts";

/** Each protocol is tried at random and by priorities, with plain accesses as steps and without, and by enumeration. */
const RUNS: ExploreOptions[] = [
  { strategy: "mixed", executions: 500 },
  { strategy: "mixed", executions: 300, plain: true },
  { strategy: "dfs", preemptions: 2, executions: 1000 },
];

/** The scenarios hold in every run; with `plain: false`, in those where plain accesses are no steps. */
export function holds(scenario: URL, names: readonly string[], options: ExploreOptions = {}): void {
  for (const name of names) {
    test(`${name} holds`, async () => {
      const runs = RUNS.filter((run) => options.plain !== false || run.plain !== true);
      for (const run of runs) await explore(scenario, { ...run, ...options, name });
    });
  }
}

/** With one place of the protocol changed, the scenario fails: so it does look at that place. */
export function needs(scenario: URL, name: string, module: string, from: string, to: string, options: ExploreOptions = {}): void {
  test(`${name} needs ${from.trim().split("\n")[0]}`, async () => {
    const mutations = [...(options.mutations ?? []), { module: new URL(`../../src/${module}.ts`, import.meta.url), from, to }];
    let found: unknown;
    for (const run of RUNS) {
      found ??= await explore(scenario, { steps: 1000, ...run, executions: 1000, ...options, name, mutations }).then(
        () => undefined,
        (error: unknown) => error,
      );
    }
    assert.ok(found instanceof ExplorationError, `not noticed: ${found}`);
    if (found.cause !== undefined) assert.match((found.cause as Error).name, /^(Assertion|Invariant)Error$/, found.message);
    assert.ok(found.repeated, found.message);
  });
}
