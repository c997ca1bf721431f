import type { TraceEntry } from "./messages.ts";
import { threadName } from "./schedule.ts";

const LONGEST_PERIOD = 8;
const FEWEST_REPEATS = 3;

/** One line for each operation; what repeats, as in a spin loop, only once. */
export function formatTrace(entries: readonly TraceEntry[]): string[] {
  const width = Math.max(0, ...entries.map(({ text }) => text.length));
  const line = ({ step, thread, text, place }: TraceEntry): string =>
    `  ${String(step).padStart(5)}  ${threadName(thread)}  ${text.padEnd(width)}  ${place}`.trimEnd();
  const lines: string[] = [];
  for (let at = 0; at < entries.length; ) {
    const { period, times } = repetition(entries, at);
    lines.push(...entries.slice(at, at + period).map(line));
    if (times > 1) lines.push(`         ${period === 1 ? "this" : `these ${period} lines`} ${times} times`);
    at += period * times;
  }
  return lines;
}

const same = (a: TraceEntry, b: TraceEntry): boolean => a.thread === b.thread && a.text === b.text && a.place === b.place;

/** The shortest group of entries from `at` on that follows itself several times; else one entry, once. */
function repetition(entries: readonly TraceEntry[], at: number): { period: number; times: number } {
  for (let period = 1; period <= LONGEST_PERIOD; period++) {
    let end = at + period;
    while (end < entries.length && same(entries[end]!, entries[end - period]!)) end++;
    const times = Math.floor((end - at) / period);
    if (times >= FEWEST_REPEATS) return { period, times };
  }
  return { period: 1, times: 1 };
}
