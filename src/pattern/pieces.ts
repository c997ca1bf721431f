/** Lazy splitting: a task runs its range piece by piece, and gives half of what is left to whoever is hungry. */
import { CancelledError } from "../errors.ts";
import { cancelledMeanwhile, someoneIsHungry } from "../sched/appetite.ts";
import { director } from "../sched/direct.ts";
import { finishHere } from "../sched/join.ts";
import { State } from "../sched/state.ts";
import { tracer } from "../sched/tracing.ts";
import { watch } from "../sched/watch.ts";

/** A piece should take so long (ms): long enough to make looking around cheap, short for somebody who is hungry. */
const PIECE_MS = 0.03;
/** A piece that takes less (ms) says little about those that follow. */
const TRUST_MS = 0.003;
/** What is given away should take so long (ms): until it has come back, as much is lost. */
const WORTH_MS = 0.02;
/** A piece is at most so many times as large as the one before. */
const GROWTH = 4;

/**
 * Runs the units `lo` to `hi` - 1 by `run`, in pieces whose size adapts, except those that it hands to `give`, with the size of
 * the piece that whoever gets them should begin with. Nothing is given that is less than a piece: taking it would cost more.
 */
export function inPieces(
  lo: number,
  hi: number,
  run: (lo: number, hi: number) => void,
  give: (lo: number, hi: number, size: number) => void,
  size = 1,
): void {
  if (watch !== null) return watch.loop(() => run(lo, hi));
  let began = performance.now();
  for (;;) {
    const end = hi - lo > size ? lo + size : hi;
    const units = end - lo;
    if (units > 0) tracer.piece(units, run, lo, end);
    lo = end;
    if (lo >= hi) return tracer.loopEnds();
    const now = performance.now();
    const took = now - began;
    const grown = Math.max(1, Math.floor(size * Math.min(GROWTH, PIECE_MS / took)));
    size = director === null ? grown : director.value(() => grown);
    const worth = (): boolean => took >= TRUST_MS && hi - lo > 1 && (took / units) * (hi - lo) >= 2 * WORTH_MS;
    const wanted = (): boolean => worth() && someoneIsHungry();
    began = now;
    if (cancelledMeanwhile()) throw new CancelledError("this part of the work was cancelled");
    if (director === null ? wanted() : director.value(() => Number(wanted())) === 1) {
      const middle = integer(lo + Math.ceil((hi - lo) / 2));
      give(middle, hi, Math.ceil(size / GROWTH));
      hi = middle;
      began = performance.now();
    }
  }
}

/** The same number, in the form in which engines count fastest. */
export const integer = (value: number): number => ((value | 0) === value ? value | 0 : value);

/**
 * Runs `body` with all that it spawns as one piece of work: the first failure cancels the rest, and is what is thrown. That a
 * part was cancelled may be heard of before the failure that was the reason.
 */
export function asOne<T>(body: () => T): T {
  const { value, scope } = finishHere(body, false);
  if (scope.failures.length > 0) throw scope.failures.find((it) => !isCancellation(it)) ?? scope.failures[0];
  if (scope.state === State.CANCELLED) throw scope.reason;
  return value as T;
}

const isCancellation = (error: unknown): boolean => (error as { code?: unknown } | null)?.code === "HEDDLE_CANCELLED";
