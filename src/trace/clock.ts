import { getPlatform } from "../platform/platform.ts";

/** Nanoseconds since `zero` of the system's monotonic clock, by the clock of this thread that is cheapest to read. */
export function makeClock(zero: number): () => number {
  const now = performance.now.bind(performance);
  const offset = getPlatform().monotonicNs() - now() * 1e6 - zero;
  return () => now() * 1e6 + offset;
}
