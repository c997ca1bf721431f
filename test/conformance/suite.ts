import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type Runtime, start } from "heddle";
import { checkLeaks } from "heddle/testing";
import { runtimeProbes } from "../support/leaks.ts";
import type { Case } from "./case.ts";
import { arguments_ } from "./cases/arguments.ts";
import { cancellation } from "./cases/cancellation.ts";
import { dataflow } from "./cases/dataflow.ts";
import { failures } from "./cases/failures.ts";
import { finishes } from "./cases/finish.ts";
import { io } from "./cases/io.ts";
import { lambdas } from "./cases/lambdas.ts";
import { many } from "./cases/many.ts";
import { misuse } from "./cases/misuse.ts";
import { placement } from "./cases/placement.ts";
import { promises } from "./cases/promises.ts";
import { spawning } from "./cases/spawning.ts";
import { suspending } from "./cases/suspending.ts";

const GROUPS: Record<string, readonly Case[]> = {
  arguments: arguments_,
  spawning,
  many,
  suspending,
  promises,
  dataflow,
  io,
  lambdas,
  finish: finishes,
  cancellation,
  placement,
  failures,
  misuse,
};

/** Every program means the same on any number of workers: the same cases for each. 0 is the serial scheduler. */
export function conformance(workers: number): void {
  describe(workers === 0 ? "serial" : `${workers} worker${workers === 1 ? "" : "s"}`, { timeout: 120_000 }, () => {
    let runtime: Runtime;
    before(async () => {
      runtime = await start({ workers });
    });
    after(() => runtime.stop());
    for (const [group, cases] of Object.entries(GROUPS)) {
      describe(group, () => {
        for (const { name, run, skip } of cases) {
          it(name, { skip: skip?.(workers) ?? false, timeout: 30_000 }, async (t) => {
            checkLeaks(t, runtimeProbes(runtime));
            await run(runtime);
          });
        }
      });
    }
    it("leaves nothing behind", () => {
      assert.equal(runtime.client?.outstanding ?? 0, 0);
    });
  });
}
