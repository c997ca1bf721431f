import { setEnvironmentData } from "node:worker_threads";
import { UsageError } from "../errors.ts";
import { Future } from "../sched/core.ts";
import { type Director, setDirector } from "../sched/direct.ts";
import { joinSlow } from "../sched/join.ts";
import { orderAtomics } from "./atomics.ts";
import { type Gatekeeper, openGates } from "./gates.ts";
import { orderPhasers } from "./phasers.ts";
import { Recorder } from "./recorder.ts";
import { REEL, type Reel } from "./reel.ts";
import { Replayer } from "./replayer.ts";

export const neverStarts = (): never => {
  throw new TypeError("a worker starts no runtime");
};

/** The director of a worker. */
export function direct(reel: Reel, slot: number): Director {
  return prepared(reel.mode === "record" ? new Recorder(reel, slot, neverStarts) : new Replayer(reel, slot, neverStarts));
}

/** Directs the main thread of a place among several, before anything that defines tasks is loaded; and the threads that it starts. */
export function directPlace(reel: Reel): void {
  const onRuntime = (workers: number): SharedArrayBuffer => {
    const own = reel.lists[reel.place]!;
    refuseRuntime(`--${reel.mode}`, workers);
    if (workers !== own.length - 2) throw new UsageError(`the program starts a runtime of its own, with ${workers} workers`);
    setEnvironmentData(REEL, reel as never);
    return own[0]!;
  };
  setDirector(prepared(reel.mode === "record" ? new Recorder(reel, 0, onRuntime) : new Replayer(reel, 0, onRuntime)));
}

let runtimes = 0;

/** Of the runtimes that the program starts, the first one is recorded or replayed. */
export function refuseRuntime(what: string, workers: number): void {
  if (workers === 0) throw new UsageError(`${what} needs workers: in serial mode the order is the same each time.`);
  if (++runtimes > 1) throw new UsageError(`${what} knows one runtime, but the program starts another one.`);
}

/** What belongs to every thread that is directed. */
export function prepared(director: Director & Gatekeeper): Director {
  orderAtomics();
  orderPhasers();
  openGates(director);
  if (director.replaying) {
    // The short way would run the task where the record may say something else.
    Future.prototype.join = function <T>(this: Future<T>): T {
      return joinSlow(this as Future<unknown>) as T;
    };
  }
  return director;
}
