/** What comes before what, by the program alone: edges between its operations, and which of them paths connect. */
export class Graph {
  readonly #before: number[][] = [];

  /** An operation that comes after these. */
  node(...before: readonly number[]): number {
    return this.#before.push([...before]) - 1;
  }

  edge(from: number, to: number): void {
    this.#before[to]!.push(from);
  }

  /** Whether a path leads from one to the other. */
  leads(from: number, to: number): boolean {
    const seen = new Set<number>();
    const open = [to];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (at === from) return true;
      if (seen.has(at)) continue;
      seen.add(at);
      open.push(...this.#before[at]!);
    }
    return false;
  }

  ordered(a: number, b: number): boolean {
    return this.leads(a, b) || this.leads(b, a);
  }
}

/** Random numbers from a seed: `below(n)` is 0 to n - 1. */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
    for (let i = 0; i < 4; i++) this.below(2);
  }

  below(n: number): number {
    this.#state = (this.#state + 0x6d2b_79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * n);
  }

  /** True once in `n` times. */
  once(n: number): boolean {
    return this.below(n) === 0;
  }

  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  /** One of the keys, by their weights. */
  weighted<K extends string>(weights: Readonly<Record<K, number>>): K {
    const entries = Object.entries(weights) as [K, number][];
    let at = this.below(entries.reduce((sum, [, weight]) => sum + weight, 0));
    return entries.find(([, weight]) => (at -= weight) < 0)![0];
  }
}
