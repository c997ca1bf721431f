/** The first module of every worker thread on Node. */
import { enableCompileCache } from "node:module";
import { fileURLToPath } from "node:url";
import { getEnvironmentData, parentPort, workerData } from "node:worker_threads";
import type { ThreadStart } from "./platform/platform.ts";
import { declareNoTests } from "./platform/test-runner-node.ts";
import { REEL, type Reel } from "./replay/reel.ts";

const port = parentPort!;
// A listener keeps the thread alive while it sleeps with its event loop turning, see parking.ts.
port.on("message", () => {});

const { heddle: start, withoutTests } = workerData as { heddle: ThreadStart; withoutTests: boolean };
if (withoutTests) declareNoTests();

// Sources, whose types Node removes, take three times as long to load as what it has kept of them. See docs/decisions/0016-joined-files.md.
if (import.meta.url.endsWith(".ts")) enableCompileCache(fileURLToPath(new URL("../build/compile-cache", import.meta.url)));

async function work(): Promise<void> {
  const reel = getEnvironmentData(REEL) as Reel | undefined;
  const isCommunication = start.communication !== undefined;
  if (reel !== undefined) {
    const { directCommunication, directWorker } = await import("./replay/worker.ts");
    (isCommunication ? directCommunication : directWorker)(reel, start.slot);
  }
  const { runCommunication, runWorker } = await import("./worker-thread.ts");
  await (isCommunication ? runCommunication : runWorker)(start, () => port.postMessage("ready"));
  port.close();
}

void work();
