import { after, before, describe, it } from "node:test";
import { type Runtime, start } from "heddle";
import { checkLeaks } from "heddle/testing";
import { runtimeProbes } from "../support/leaks.ts";

type Test = (name: string, body: (runtime: Runtime) => Promise<void>) => void;

/** The same tests on the serial scheduler and on 1, 2 and 4 workers, each with a look for leaks. */
export function onWorkers(pattern: string, define: (test: Test, workers: number) => void): void {
  for (const workers of [0, 1, 2, 4]) {
    describe(`${pattern}, ${workers === 0 ? "serial" : `${workers} workers`}`, { timeout: 120_000 }, () => {
      let runtime: Runtime;
      before(async () => {
        runtime = await start({ workers });
      });
      after(() => runtime.stop());
      define((name, body) => {
        it(name, { timeout: 30_000 }, async (t) => {
          checkLeaks(t, runtimeProbes(runtime));
          await runtime.run(() => body(runtime));
        });
      }, workers);
    });
  }
}
