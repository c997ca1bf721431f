import { compareExchange, load, notify } from "../shared/atomics.ts";

/** The value of a park word whose owner is awake; see ../sched/parking.ts. */
const AWAKE = 0;

/** Wakes whoever sleeps on a park word, or is about to. Any thread. */
export function ringDoorbell(i32: Int32Array, word: number): void {
  const kind = load(i32, word);
  if (kind !== AWAKE && compareExchange(i32, word, kind, AWAKE) === kind) notify(i32, word, 1);
}
