import { childState, rootState } from "./sha1.ts";
import { childCount, type Tree } from "./tree.ts";

export interface Counts {
  nodes: number;
  leaves: number;
  depth: number;
}

/** A node is six words: five of SHA-1 state and its depth. */
export const nodeWords = 6;

export function rootOf(tree: Tree): Int32Array {
  const root = new Int32Array(nodeWords);
  rootState(tree.seed, root, 0);
  return root;
}

/** Nodes that are known and not yet visited: the newest is visited next, the oldest can be given away. */
export class Frontier {
  readonly counts: Counts = { nodes: 0, leaves: 0, depth: 0 };
  readonly #tree: Tree;
  readonly #parent = new Int32Array(nodeWords);
  #words: Int32Array;
  #bottom = 0;
  #top: number;

  constructor(tree: Tree, nodes: Int32Array) {
    this.#tree = tree;
    this.#words = new Int32Array(Math.max(2 * nodes.length, 256 * nodeWords));
    this.#words.set(nodes);
    this.#top = nodes.length;
  }

  get size(): number {
    return (this.#top - this.#bottom) / nodeWords;
  }

  /** Visits up to `limit` nodes, depth first. */
  visit(limit: number): void {
    const { counts } = this;
    for (let visited = 0; visited < limit && this.#top > this.#bottom; visited++) {
      const children = this.#expand();
      counts.nodes++;
      if (children === 0) counts.leaves++;
    }
  }

  /** Takes the oldest nodes, which head the largest subtrees where the tree is bounded by depth. */
  takeOldest(count: number): Int32Array {
    const from = this.#bottom;
    this.#bottom += count * nodeWords;
    return this.#words.slice(from, this.#bottom);
  }

  #expand(): number {
    const parent = this.#parent;
    const at = (this.#top -= nodeWords);
    for (let i = 0; i < nodeWords; i++) parent[i] = this.#words[at + i]!;
    const depth = parent[5]!;
    if (depth > this.counts.depth) this.counts.depth = depth;
    const tree = this.#tree;
    const children = childCount(tree, depth, parent[4]!);
    this.#reserve(children);
    for (let index = 0; index < children; index++) {
      for (let times = 0; times < tree.granularity; times++) childState(parent, 0, index, this.#words, this.#top);
      this.#words[this.#top + 5] = depth + 1;
      this.#top += nodeWords;
    }
    return children;
  }

  #reserve(nodes: number): void {
    if (this.#top + nodes * nodeWords <= this.#words.length) return;
    const live = this.#words.subarray(this.#bottom, this.#top);
    const grown = new Int32Array(2 * (live.length + nodes * nodeWords));
    grown.set(live);
    this.#words = grown;
    this.#top -= this.#bottom;
    this.#bottom = 0;
  }
}

/** The plain program: the whole tree on one thread. */
export function sequential(tree: Tree): Counts {
  const frontier = new Frontier(tree, rootOf(tree));
  frontier.visit(Number.POSITIVE_INFINITY);
  return frontier.counts;
}
