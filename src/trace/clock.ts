import { getPlatform, type Platform } from "../platform/platform.ts";

/** So often the two clocks are read next to each other: the first time their code is cold, and the system may stop the thread in between. */
const READINGS = 32;

/**
 * Nanoseconds since `zero` of the system's monotonic clock, by the clock of this thread that is cheapest to read. How far the two are apart
 * is taken from where the fewest time passed between their readings; it is wrong by at most half of that.
 */
export function makeClock(
  zero: number,
  { monotonicNs }: Pick<Platform, "monotonicNs"> = getPlatform(),
  now = performance.now.bind(performance),
): () => number {
  let least = Number.POSITIVE_INFINITY;
  let offset = 0.5;
  for (let i = 0; i < READINGS; i++) {
    const before = monotonicNs();
    const here = now() * 1e6;
    const after = monotonicNs();
    if (after - before >= least) continue;
    least = after - before;
    offset = before + least / 2 - here - zero;
  }
  return () => now() * 1e6 + offset;
}
