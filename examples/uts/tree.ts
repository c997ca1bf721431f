/** The Unbalanced Tree Search benchmark's trees: the number of children of a node follows from its SHA-1 state alone. */
export interface Tree {
  readonly kind: Kind;
  readonly shape: Shape;
  /** `-d`: depth at which the branching of a geometric tree ends or repeats. */
  readonly depth: number;
  /** `-b`: branching of the root. */
  readonly branching: number;
  readonly seed: number;
  /** `-q`, `-m`: a node of a binomial tree has m children with probability q. */
  readonly q: number;
  readonly m: number;
  /** `-f`: a hybrid tree is geometric above this part of `depth`, binomial below. */
  readonly shift: number;
  /** `-g`: SHA-1 evaluations per node. */
  readonly granularity: number;
}

export const Kind = { binomial: 0, geometric: 1, hybrid: 2, balanced: 3 } as const;
export type Kind = (typeof Kind)[keyof typeof Kind];
export const Shape = { linear: 0, exponential: 1, cyclic: 2, fixed: 3 } as const;
export type Shape = (typeof Shape)[keyof typeof Shape];

export interface Published {
  readonly tree: Tree;
  readonly nodes: number;
  readonly depth: number;
  readonly leaves: number;
}

const plain = { kind: Kind.geometric, shape: Shape.linear, depth: 6, branching: 4, seed: 0, q: 15 / 64, m: 4, shift: 0.5 };

export function treeOf(changes: Partial<Tree>): Tree {
  return { ...plain, granularity: 1, ...changes };
}

/** The sample trees of the reference, with the counts that it publishes. */
export const publishedTrees: Record<"T1" | "T2" | "T3" | "T4" | "T5" | "T1L" | "T2L" | "T3L", Published> = {
  T1: { tree: treeOf({ shape: Shape.fixed, depth: 10, seed: 19 }), nodes: 4_130_071, depth: 10, leaves: 3_305_118 },
  T2: {
    tree: treeOf({ shape: Shape.cyclic, depth: 16, branching: 6, seed: 502 }),
    nodes: 4_117_769,
    depth: 81,
    leaves: 2_342_762,
  },
  T3: {
    tree: treeOf({ kind: Kind.binomial, branching: 2000, q: 0.124875, m: 8, seed: 42 }),
    nodes: 4_112_897,
    depth: 1572,
    leaves: 3_599_034,
  },
  T4: {
    tree: treeOf({ kind: Kind.hybrid, depth: 16, branching: 6, seed: 1, q: 0.234375, m: 4 }),
    nodes: 4_132_453,
    depth: 134,
    leaves: 3_108_986,
  },
  T5: { tree: treeOf({ depth: 20, seed: 34 }), nodes: 4_147_582, depth: 20, leaves: 2_181_318 },
  T1L: { tree: treeOf({ shape: Shape.fixed, depth: 13, seed: 29 }), nodes: 102_181_082, depth: 13, leaves: 81_746_377 },
  T2L: {
    tree: treeOf({ shape: Shape.cyclic, depth: 23, branching: 7, seed: 220 }),
    nodes: 96_793_510,
    depth: 67,
    leaves: 53_791_152,
  },
  T3L: {
    tree: treeOf({ kind: Kind.binomial, branching: 2000, q: 0.200014, m: 5, seed: 7 }),
    nodes: 111_345_631,
    depth: 17_844,
    leaves: 89_076_904,
  },
};

const mostChildren = 100;

/** Number of children of a node at this depth whose state ends in the word `random`. */
export function childCount(tree: Tree, depth: number, random: number): number {
  const u = (random & 0x7fffffff) / 2147483648;
  switch (tree.kind) {
    case Kind.binomial:
      return depth === 0 ? Math.floor(tree.branching) : binomial(tree, u);
    case Kind.geometric:
      return geometric(tree, depth, u);
    case Kind.hybrid:
      return depth < tree.shift * tree.depth ? geometric(tree, depth, u) : Math.min(binomial(tree, u), mostChildren);
    case Kind.balanced:
      return depth < tree.depth ? Math.floor(tree.branching) : 0;
  }
}

function binomial(tree: Tree, u: number): number {
  return u < tree.q ? tree.m : 0;
}

function geometric(tree: Tree, depth: number, u: number): number {
  const expected = depth === 0 ? tree.branching : branchingAt(tree, depth);
  const p = 1 / (1 + expected);
  return Math.min(Math.floor(Math.log(1 - u) / Math.log(1 - p)), mostChildren);
}

function branchingAt({ shape, branching, depth: end }: Tree, depth: number): number {
  switch (shape) {
    case Shape.exponential:
      return branching * depth ** (-Math.log(branching) / Math.log(end));
    case Shape.cyclic:
      return depth > 5 * end ? 0 : branching ** Math.sin((2 * Math.PI * depth) / end);
    case Shape.fixed:
      return depth < end ? branching : 0;
    case Shape.linear:
      return branching * (1 - depth / end);
  }
}
