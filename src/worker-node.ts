/** The first module of every worker thread on Node. */
import { parentPort, workerData } from "node:worker_threads";
import "./replay/worker.ts";
import "./index.ts";
import type { ThreadStart } from "./platform/platform.ts";
import { declareNoTests } from "./platform/test-runner-node.ts";
import { runWorker } from "./sched/worker.ts";

const port = parentPort!;
// A listener keeps the thread alive while it sleeps with its event loop turning, see parking.ts.
port.on("message", () => {});

const { heddle: start, withoutTests } = workerData as { heddle: ThreadStart; withoutTests: boolean };
if (withoutTests) declareNoTests();
const run: typeof runWorker =
  start.communication === undefined
    ? runWorker
    : (...args) => import("./place/communication.ts").then(({ runCommunication }) => runCommunication(...args));

void run(start, () => {
  port.postMessage("ready");
}).then(() => {
  port.close();
});
