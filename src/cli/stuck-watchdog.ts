/** A thread that makes the main thread look at itself now and then, also in the midst of a loop. See stuck.ts. */
import { Session } from "node:inspector";
import { workerData } from "node:worker_threads";

const session = new Session();
session.connectToMainThread();
setInterval(() => {
  session.post("Runtime.evaluate", { expression: 'globalThis[Symbol.for("heddle.watch")]?.()' });
}, workerData as number);
