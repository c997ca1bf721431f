/** That the program does something else than the record says: told once, for all threads of all places in this process. */
import { compareExchange, load, store } from "../shared/atomics.ts";
import { SHARED_BYTES, Shared } from "./log.ts";

const MOST_BYTES = SHARED_BYTES - 4 * Shared.TEXT;

/** From now on all threads schedule as usual. `job` is the control block of the first place. */
export function giveUp(job: Int32Array, why: string): void {
  if (compareExchange(job, Shared.DIVERGED, 0, 1) !== 0) return;
  const bytes = new TextEncoder().encode(`${why} (HEDDLE_REPLAY)`).slice(0, MOST_BYTES);
  new Uint8Array(job.buffer).set(bytes, Shared.TEXT * 4);
  store(job, Shared.TEXT_BYTES, bytes.length);
}

/** Where and why, when anybody has given up. */
export function divergence(job: Int32Array): string | undefined {
  if (load(job, Shared.DIVERGED) === 0) return undefined;
  const start = Shared.TEXT * 4;
  return new TextDecoder().decode(new Uint8Array(job.buffer).slice(start, start + load(job, Shared.TEXT_BYTES)));
}

/** A thread; `place` where there are several. */
export function whoIs(slot: number, place: number | undefined, isCommunication = false): string {
  const who = slot === 0 ? "the main thread" : isCommunication ? "the communication thread" : `worker ${slot}`;
  return place === undefined ? who : `${who} of place ${place}`;
}
