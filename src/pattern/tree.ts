/**
 * The shape in which reductions combine, which depends on the number of elements alone: so results are the same, bit for bit,
 * whoever computes which part.
 *
 * n elements form blocks of ceil(n / 1024); a block is folded from left to right, beginning with the identity. Blocks are the
 * leaves of a binary tree: node m of level k stands for the blocks m * 2 ** k to (m + 1) * 2 ** k - 1. Nodes that are left over,
 * since the number of blocks is no power of two, are combined from the right.
 */
import type { Shipped } from "./body.ts";

const MOST_BLOCKS = 1024;

export const blockSize = (n: number): number => Math.max(1, Math.ceil(n / MOST_BLOCKS));
export const blockCount = (n: number): number => Math.ceil(n / blockSize(n));

/** As it travels: the nodes that stand for the blocks from `first` on, in order, each as large as it can be. */
export interface NodeList {
  readonly first: number;
  readonly levels: number[];
  readonly values: unknown[];
}

export class Nodes implements NodeList {
  readonly first: number;
  readonly levels: number[] = [];
  readonly values: unknown[] = [];
  readonly #combine: Shipped;
  /** The number of the block that follows. */
  #end: number;

  constructor(first: number, combine: Shipped) {
    this.first = this.#end = first;
    this.#combine = combine;
  }

  /** Appends the node that follows, and makes parents of siblings. */
  add(level: number, value: unknown): void {
    let start = this.#end;
    this.#end += 2 ** level;
    while (this.levels.at(-1) === level && (start / 2 ** level) % 2 === 1) {
      this.levels.pop();
      value = this.#combine(this.values.pop(), value);
      start -= 2 ** level;
      level++;
    }
    this.levels.push(level);
    this.values.push(value);
  }

  addAll({ levels, values }: NodeList): void {
    levels.forEach((level, i) => {
      this.add(level, values[i]);
    });
  }

  /** What crosses. */
  list(): NodeList {
    return { first: this.first, levels: this.levels, values: this.values };
  }

  /** The value of all nodes. There is at least one. */
  value(): unknown {
    return this.values.reduceRight((right, left) => this.#combine(left, right));
  }
}
