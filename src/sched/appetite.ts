/** What loops ask between two pieces of their work, which no other task interrupts. */
import { load } from "../shared/atomics.ts";
import { Control } from "../shared/layout.ts";
import { workerHere } from "./here.ts";
import { countLooking } from "./hunger.ts";
import { State } from "./state.ts";
import { getPort, syncFrame } from "./thread.ts";

/** So many stealable tasks are enough, however many are hungry: those who take them split them again. */
const ENOUGH = 2;

/**
 * Whether some worker looks for work that only this task can give: nothing stealable lies here, and nothing that could be
 * made so. One plain read while nobody is hungry.
 */
export function someoneIsHungry(): boolean {
  const here = workerHere();
  if (here === null) return false;
  const { i32 } = here.mem;
  if (i32[Control.HUNGRY] === 0) return false;
  getPort()?.feed(true); // after which this worker is not counted itself
  return here.stealable() < countLooking(i32, here.map.slots, 0, ENOUGH);
}

let epoch = 0;

/** Whether the task that runs, or the finish scope that it has open, was cancelled; also by another thread. */
export function cancelledMeanwhile(): boolean {
  const here = workerHere();
  if (here !== null) {
    const now = load(here.mem.i32, Control.CANCEL_EPOCH);
    if (now !== epoch) {
      epoch = now;
      getPort()?.lookForCancellation();
    }
  }
  const frame = syncFrame();
  return frame !== null && (frame.state === State.CANCELLED || frame.scope?.state === State.CANCELLED);
}
