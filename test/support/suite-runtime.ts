import { after, before } from "node:test";
import { type Runtime, start } from "heddle";

/** Inside a suite: starts a runtime for its tests. What comes back makes a test of a body that runs in it. */
export function suiteRuntime(workers: number): (body: () => Promise<void>) => () => Promise<void> {
  let runtime: Runtime;
  before(async () => {
    runtime = await start({ workers });
  });
  after(() => runtime.stop());
  return (body) => () => runtime.run(body);
}
