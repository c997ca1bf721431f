/**
 * A clock: for each strand, how many of its steps come before. Clocks are values: they share all parts in which they are
 * equal, so a copy costs nothing and a union what differs. Parts in which every strand is known to its end are one token, so
 * that the past of a program that forks and joins is small however many tasks it has had.
 *
 * A trie over the strands' numbers, 32 to a node. Null stands for "nothing of these", FULL for "all of these, to their ends".
 */
const BITS = 5;
const WIDTH = 1 << BITS;
const MASK = WIDTH - 1;

/** More steps than a strand can have: all of them, those to come as well. */
export const ALL = 0x7fff_ffff;

type Leaf = number[];
type Inner = (Node | null)[];
type Node = Leaf | Inner;

const FULL: Node = [];

export class Clock {
  /** Levels of nodes above the leaves. */
  readonly height: number;
  readonly root: Node | null;

  constructor(height: number, root: Node | null) {
    this.height = height;
    this.root = root;
  }

  /** How many steps of a strand come before. */
  get(strand: number): number {
    let { root: node, height } = this;
    if (strand >>> (BITS * height) >= WIDTH) return 0;
    for (; height > 0; height--) {
      if (node === null) return 0;
      if (node === FULL) return ALL;
      node = (node as Inner)[(strand >>> (BITS * height)) & MASK]!;
    }
    if (node === null) return 0;
    return node === FULL ? ALL : (node as Leaf)[strand & MASK]!;
  }

  /** With at least so many steps of a strand. */
  with(strand: number, steps: number): Clock {
    if (this.get(strand) >= steps) return this;
    const { height, root } = this.reaching(strand);
    return new Clock(height, setIn(root, height, strand, steps));
  }

  /** With all of the strands `from` to `to` - 1. */
  withAll(from: number, to: number): Clock {
    if (to - from < 2) return to > from ? this.with(from, ALL) : this;
    const { height, root } = this.reaching(to - 1);
    return new Clock(height, fill(root, height, 0, from, to));
  }

  /** What comes before either. */
  union(other: Clock): Clock {
    if (this === other || other.root === null) return this;
    if (this.root === null) return other;
    const [low, high] = this.height < other.height ? [this, other] : [other, this];
    const lifted = low.lift(high.height);
    const root = unite(this === low ? lifted.root : this.root, other === low ? lifted.root : other.root, high.height);
    return root === this.root && this.height === high.height ? this : new Clock(high.height, root);
  }

  private reaching(strand: number): Clock {
    let { height } = this;
    while (strand >>> (BITS * height) >= WIDTH) height++;
    return this.lift(height);
  }

  private lift(height: number): Clock {
    if (this.height === height) return this;
    let { root } = this;
    for (let level = this.height; level < height; level++) {
      if (root === null) break;
      const node: Inner = new Array(WIDTH).fill(null);
      node[0] = root;
      root = node;
    }
    return new Clock(height, root);
  }
}

export const NOTHING: Clock = new Clock(0, null);

const emptyNode = (level: number): Node => (level === 0 ? new Array<number>(WIDTH).fill(0) : new Array<null>(WIDTH).fill(null));

/** The token where the node says no more than it. */
function packed(node: Node, level: number): Node {
  const full = level === 0 ? ALL : FULL;
  for (let i = 0; i < WIDTH; i++) if (node[i] !== full) return node;
  return FULL;
}

function setIn(node: Node | null, level: number, strand: number, steps: number): Node {
  if (node === FULL) return FULL;
  const copy = node === null ? emptyNode(level) : node.slice();
  const at = (strand >>> (BITS * level)) & MASK;
  if (level === 0) (copy as Leaf)[at] = Math.max((copy as Leaf)[at]!, steps);
  else (copy as Inner)[at] = setIn((copy as Inner)[at]!, level - 1, strand, steps);
  return steps === ALL ? packed(copy as Node, level) : (copy as Node);
}

/** `base` is the first strand of the node. */
function fill(node: Node | null, level: number, base: number, from: number, to: number): Node {
  const size = WIDTH ** (level + 1);
  if (node === FULL || (from <= base && base + size <= to)) return FULL;
  const copy = (node === null ? emptyNode(level) : node.slice()) as Node;
  const each = size / WIDTH;
  const first = Math.max(0, Math.floor((from - base) / each));
  const last = Math.min(WIDTH - 1, Math.floor((to - 1 - base) / each));
  for (let at = first; at <= last; at++) {
    if (level === 0) (copy as Leaf)[at] = ALL;
    else (copy as Inner)[at] = fill((copy as Inner)[at]!, level - 1, base + at * each, from, to);
  }
  return packed(copy, level);
}

/** One of the two where it says as much as both. */
function unite(a: Node | null, b: Node | null, level: number): Node | null {
  if (a === b || b === null || a === FULL) return a;
  if (a === null || b === FULL) return b;
  let result: Node = a;
  let likeA = true;
  let likeB = true;
  for (let i = 0; i < WIDTH; i++) {
    const inA = a[i] as never;
    const inB = b[i] as never;
    if (inA === inB) continue;
    const both = level === 0 ? Math.max(inA, inB) : unite(inA, inB, level - 1);
    likeA &&= both === inA;
    likeB &&= both === inB;
    if (!likeA) {
      if (result === a) result = a.slice() as Node;
      (result as unknown[])[i] = both;
    }
  }
  if (likeA) return a;
  return likeB ? b : packed(result, level);
}
