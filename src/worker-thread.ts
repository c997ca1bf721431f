/** All that a worker thread on Node runs, once it is known who directs it. */
import "./index.ts";
import type { runCommunication as Communication } from "./place/communication.ts";

export { runWorker } from "./sched/worker.ts";

export const runCommunication: typeof Communication = async (...args) =>
  (await import("./place/communication.ts")).runCommunication(...args);
