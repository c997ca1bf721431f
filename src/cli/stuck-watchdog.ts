/** A thread that makes the main thread look at itself when that has missed its own look, perhaps in the midst of a loop. See stuck.ts. */
import { Session } from "node:inspector";
import { workerData } from "node:worker_threads";
import { load } from "../shared/atomics.ts";

export interface WatchdogStart {
  /** Milliseconds. */
  readonly every: number;
  /** Counts the looks of the main thread. */
  readonly looks: Int32Array<SharedArrayBuffer>;
}

const { every, looks } = workerData as WatchdogStart;
let seen = -1;
let asking = false;

// Connected no longer than it takes: a process that ends says that it waits for a debugger while there is a session.
setInterval(() => {
  const now = load(looks, 0);
  if (asking || now !== seen) {
    seen = now;
    return;
  }
  asking = true;
  const session = new Session();
  session.connectToMainThread();
  session.post("Runtime.evaluate", { expression: 'globalThis[Symbol.for("heddle.watch")]?.()' }, () => {
    session.disconnect();
    asking = false;
  });
}, every);
