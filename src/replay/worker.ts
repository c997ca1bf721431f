/** In a worker of a recorded or replayed run: loaded before anything that defines tasks. */
import { setDirector } from "../sched/direct.ts";
import { direct } from "./direct.ts";
import type { Reel } from "./reel.ts";

export function directWorker(reel: Reel, slot: number): void {
  setDirector(direct(reel, slot));
}
