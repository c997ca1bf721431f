import assert from "node:assert/strict";
import { test } from "node:test";
import { ExplorationError, type ExploreOptions, explore } from "../../src/testing/index.ts";

const MIXED: ExploreOptions = { strategy: "mixed", executions: 500 };
const ENUMERATED: ExploreOptions = { strategy: "dfs", preemptions: 2, executions: 1000 };

/** The scenarios hold: at random and by priorities, with plain accesses as steps unless `plain` is false; and by enumeration. */
export function holds(scenario: URL, names: readonly string[], options: ExploreOptions = {}): void {
  const { plain = true, ...rest } = options;
  for (const name of names) {
    test(`${name} holds`, async () => {
      await explore(scenario, { ...MIXED, ...rest, name, plain });
      await explore(scenario, { ...ENUMERATED, ...rest, name });
    });
  }
}

/** The seed of control experiments: what they find once, they find in every run. */
const CONTROL_SEED = 1;

/** With one place of the protocol changed, the scenario fails: so it does look at that place. */
export function needs(scenario: URL, name: string, module: string, from: string, to: string, options: ExploreOptions = {}): void {
  test(`${name} needs ${from.trim().split("\n")[0]}`, async () => {
    const mutations = [...(options.mutations ?? []), { module: new URL(`../../src/${module}.ts`, import.meta.url), from, to }];
    let found: unknown;
    for (const run of [MIXED, { ...MIXED, plain: true }, ENUMERATED]) {
      found ??= await explore(scenario, {
        seed: CONTROL_SEED,
        steps: 1000,
        ...run,
        executions: 1000,
        ...options,
        name,
        mutations,
      }).then(
        () => undefined,
        (error: unknown) => error,
      );
    }
    assert.ok(found instanceof ExplorationError, `not noticed: ${found}`);
    if (found.cause !== undefined) assert.match((found.cause as Error).name, /^(Assertion|Invariant)Error$/, found.message);
    assert.ok(found.repeated, found.message);
  });
}
