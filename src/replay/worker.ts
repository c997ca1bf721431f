/** In a worker of a recorded or replayed run, before anything that defines tasks. */
import { getEnvironmentData, workerData } from "node:worker_threads";
import type { ThreadStart } from "../platform/platform.ts";
import { setDirector } from "../sched/direct.ts";
import { direct } from "./direct.ts";
import { REEL, type Reel } from "./log.ts";

const reel = getEnvironmentData(REEL) as Reel | undefined;
const start = (workerData as { heddle?: ThreadStart } | null)?.heddle;
if (reel !== undefined && start !== undefined && start.communication === undefined) setDirector(direct(reel, start.slot));
