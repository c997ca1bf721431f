/** How long the rest of a report takes. */

export interface Part {
  /** Seconds that it took the last time, or that somebody has measured. */
  readonly expected: number;
  /** Seconds that it took this time. */
  readonly taken?: number;
}

export interface Current {
  readonly expected: number;
  readonly elapsed: number;
  /** How much of it is done, 0 to 1, where it says so. */
  readonly share?: number;
}

/** Seconds. What is still to come takes as much longer than expected as what is done has taken. */
export function timeLeft(parts: readonly Part[], current?: Current): number {
  const sum = (values: readonly number[]): number => values.reduce((total, it) => total + it, 0);
  const done = parts.filter((it) => it.taken !== undefined);
  const scale = done.length === 0 ? 1 : sum(done.map((it) => it.taken!)) / sum(done.map((it) => it.expected));
  const rest = scale * sum(parts.filter((it) => it.taken === undefined).map((it) => it.expected));
  if (current === undefined) return rest;
  const { expected, elapsed, share = 0 } = current;
  return rest + (share > 0.05 ? (elapsed / share) * (1 - share) : Math.max(0, scale * expected - elapsed));
}
