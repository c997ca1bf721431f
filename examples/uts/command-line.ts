import { readOptions } from "../lib/options.ts";
import type { Counts } from "./explore.ts";
import { Kind, type Published, publishedTrees, Shape, type Tree, treeOf } from "./tree.ts";

const usage = `Unbalanced Tree Search: counts the nodes of a tree whose shape nobody can foresee. The flags are those of the reference.

  -t N   tree: 0 binomial, 1 geometric, 2 hybrid, 3 balanced (default 1)
  -a N   shape of a geometric tree: 0 linear, 1 exponential decrease, 2 cyclic, 3 fixed branching (default 0)
  -d N   depth of a geometric tree (default 6)
  -b X   branching of the root (default 4)
  -r N   seed of the root (default 0)
  -q X   probability that a node of a binomial tree has children (default 0.234375)
  -m N   number of those children (default 4)
  -f X   a hybrid tree is geometric above this part of its depth (default 0.5)
  -g N   SHA-1 evaluations per node (default 1)
  -T NAME  one of the published trees instead, whose counts are checked

  T1  -t 1 -a 3 -d 10 -b 4 -r 19                              4,130,071 nodes
  T2  -t 1 -a 2 -d 16 -b 6 -r 502                             4,117,769 nodes
  T3  -t 0 -b 2000 -q 0.124875 -m 8 -r 42                     4,112,897 nodes
  T4  -t 2 -a 0 -d 16 -b 6 -r 1 -q 0.234375 -m 4              4,132,453 nodes
  T5  -t 1 -a 0 -d 20 -b 4 -r 34                              4,147,582 nodes
  T1L -t 1 -a 3 -d 13 -b 4 -r 29                            102,181,082 nodes
  T2L -t 1 -a 2 -d 23 -b 7 -r 220                            96,793,510 nodes
  T3L -t 0 -b 2000 -q 0.200014 -m 5 -r 7                    111,345,631 nodes`;

export interface Wanted {
  readonly tree: Tree;
  /** What is wrong with these counts: nothing when they are those published, or when none are. */
  complaint(counts: Counts): string | undefined;
}

/** The tree that the command line asks for; undefined after `--help`. */
export function readTree(args: readonly string[]): Wanted | undefined {
  const options = readOptions(args, usage, { t: 1, a: 0, d: 6, b: 4, r: 0, q: 15 / 64, m: 4, f: 0.5, g: 1, T: "" });
  if (!options) return undefined;
  if (options.T === "") return { tree: describedTree(options), complaint: () => undefined };
  const { tree, ...published } = publishedTree(options.T);
  return {
    tree,
    complaint: ({ nodes, depth, leaves }) =>
      published.nodes === nodes && published.depth === depth && published.leaves === leaves
        ? undefined
        : `${options.T} has ${published.nodes} nodes, depth ${published.depth}, ${published.leaves} leaves: this is wrong.`,
  };
}

function publishedTree(name: string): Published {
  const found = Object.entries(publishedTrees).find(([each]) => each === name);
  if (!found) throw new RangeError(`-T must be one of ${Object.keys(publishedTrees).join(", ")}, not ${name}`);
  return found[1];
}

function describedTree({ t, a, d, b, r, q, m, f, g }: Record<"t" | "a" | "d" | "b" | "r" | "q" | "m" | "f" | "g", number>): Tree {
  if (!Object.values<number>(Kind).includes(t)) throw new RangeError(`-t must be 0, 1, 2 or 3, not ${t}`);
  if (!Object.values<number>(Shape).includes(a)) throw new RangeError(`-a must be 0, 1, 2 or 3, not ${a}`);
  return treeOf({ kind: t as Kind, shape: a as Shape, depth: d, branching: b, seed: r, q, m, shift: f, granularity: g });
}
