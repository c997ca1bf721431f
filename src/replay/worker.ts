/** In a thread that a recorded or replayed runtime has started: loaded before anything that defines tasks. */
import { setArrivals } from "../place/in-order.ts";
import { setDirector } from "../sched/direct.ts";
import { ArrivalReplayer } from "./arrival-replayer.ts";
import { direct, neverStarts } from "./direct.ts";
import { Recorder } from "./recorder.ts";
import type { Reel } from "./reel.ts";

export function directWorker(reel: Reel, slot: number): void {
  setDirector(direct(reel, slot));
}

export function directCommunication(reel: Reel, slot: number): void {
  setArrivals(reel.mode === "record" ? new Recorder(reel, slot, neverStarts) : new ArrivalReplayer(reel, slot));
}
