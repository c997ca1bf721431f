import { performance } from "node:perf_hooks";

export interface Row {
  readonly metric: string;
  readonly value: number;
  readonly unit: string;
  /** What the value is compared with, its figure in the same unit, and their ratio as the goal reads it. */
  readonly peer?: string;
  readonly peerValue?: number;
  readonly ratio?: number;
  readonly goal?: string;
  readonly ok?: boolean;
  readonly note?: string;
}

export interface Context {
  /** Small sizes and one repeat: shows that the benchmark works, its figures mean little. */
  readonly quick: boolean;
  progress(text: string): void;
}

export interface Benchmark {
  readonly name: string;
  readonly what: string;
  run(context: Context): Promise<Row[]>;
}

export type Measure = () => number | Promise<number>;

/** Runs every candidate once per round, in turn, so that a noisy minute hits them all; the median of each. */
export async function interleave<K extends string>(rounds: number, candidates: Record<K, Measure>): Promise<Record<K, number>> {
  const samples = new Map<K, number[]>();
  for (let round = 0; round < rounds; round++) {
    for (const name of Object.keys(candidates) as K[]) {
      const list = samples.get(name) ?? [];
      list.push(await candidates[name]());
      samples.set(name, list);
    }
  }
  return Object.fromEntries([...samples].map(([name, list]) => [name, median(list)])) as Record<K, number>;
}

export async function milliseconds(body: () => unknown): Promise<number> {
  const begin = performance.now();
  await body();
  return performance.now() - begin;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
