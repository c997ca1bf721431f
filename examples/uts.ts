import { threadId } from "node:worker_threads";
import { type Future, shared, task } from "heddle";
import { readOptions } from "./lib/options.ts";
import { showProgress } from "./lib/progress.ts";
import { type Counts, Frontier, rootOf } from "./uts/explore.ts";
import { Kind, type Published, publishedTrees, Shape, type Tree, treeOf } from "./uts/tree.ts";

export { type Counts, sequential } from "./uts/explore.ts";
export { publishedTrees } from "./uts/tree.ts";

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

/** A task visits this many nodes, then gives the older half of what it knows to a new task. */
const batch = 512;

/** Counts the subtrees below the given nodes; adds what this thread visits to its slot of `visited`. */
const explore = task(import.meta, (tree: Tree, nodes: Int32Array, visited: Int32Array): Counts => {
  const frontier = new Frontier(tree, nodes);
  const given: Future<Counts>[] = [];
  while (frontier.size > 0) {
    const before = frontier.counts.nodes;
    frontier.visit(batch);
    Atomics.add(visited, threadId % visited.length, frontier.counts.nodes - before);
    if (frontier.size > 1) given.push(explore.spawn(tree, frontier.takeOldest(frontier.size >> 1), visited));
  }
  const { counts } = frontier;
  for (let future = given.pop(); future; future = given.pop()) merge(counts, future.join());
  return counts;
});

function merge(into: Counts, { nodes, leaves, depth }: Counts): void {
  into.nodes += nodes;
  into.leaves += leaves;
  into.depth = Math.max(into.depth, depth);
}

export interface Search extends Counts {
  /** Nodes visited by each thread that took part. */
  readonly visited: readonly number[];
}

/** `watch` is called with an array in which the nodes visited so far go on being counted. */
export async function parallel(tree: Tree, watch?: (visited: Int32Array) => void): Promise<Search> {
  using region = shared.region();
  const visited = region.int32(1024);
  watch?.(visited);
  const counts = await explore.spawn(tree, rootOf(tree), visited);
  return { ...counts, visited: [...visited].filter((nodes) => nodes > 0) };
}

export async function main(args: string[]): Promise<void> {
  const options = readOptions(args, usage, { t: 1, a: 0, d: 6, b: 4, r: 0, q: 15 / 64, m: 4, f: 0.5, g: 1, T: "" });
  if (!options) return;
  const published = options.T === "" ? undefined : publishedTree(options.T);
  const tree = published?.tree ?? describedTree(options);
  const line = showProgress();
  let timer: NodeJS.Timeout | undefined;
  const begin = performance.now();
  const { nodes, depth, leaves, visited } = await parallel(tree, (visited) => {
    timer = setInterval(() => line.show(`${total(visited).toLocaleString("en-US")} nodes`), 200);
  }).finally(() => clearInterval(timer));
  const seconds = (performance.now() - begin) / 1000;
  line.clear();
  const imbalance = Math.max(...visited) / (nodes / visited.length);
  console.log(`nodes             ${nodes}
depth             ${depth}
leaves            ${leaves} (${((100 * leaves) / nodes).toFixed(2)} %)
seconds           ${seconds.toFixed(3)}
nodes per second  ${Math.round(nodes / seconds)}
imbalance         ${imbalance.toFixed(3)} (busiest thread over the mean of ${visited.length})`);
  if (published && (published.nodes !== nodes || published.depth !== depth || published.leaves !== leaves)) {
    console.error(
      `${options.T} has ${published.nodes} nodes, depth ${published.depth}, ${published.leaves} leaves: this is wrong.`,
    );
    process.exitCode = 1;
  }
}

const total = (visited: Int32Array) => visited.reduce((sum, nodes) => sum + nodes, 0);

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
