import { Future } from "../sched/core.ts";
import type { Director } from "../sched/direct.ts";
import { joinSlow } from "../sched/join.ts";
import { orderAtomics } from "./atomics.ts";
import { type Gatekeeper, openGates } from "./gates.ts";
import type { Reel } from "./log.ts";
import { orderPhasers } from "./phasers.ts";
import { Recorder } from "./recorder.ts";
import { Replayer } from "./replayer.ts";

/** The director of a worker. */
export function direct(reel: Reel, slot: number): Director {
  const once = (): never => {
    throw new TypeError("a worker starts no runtime");
  };
  const list = reel.lists[slot]!;
  return prepared(reel.mode === "record" ? new Recorder(reel.shared, list, once) : new Replayer(reel, slot, once));
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
