import { threadId } from "node:worker_threads";
import { type Future, shared, task } from "heddle";
import { showProgress } from "./lib/progress.ts";
import { readTree } from "./uts/command-line.ts";
import { type Counts, Frontier, rootOf } from "./uts/explore.ts";
import type { Tree } from "./uts/tree.ts";

export { type Counts, sequential } from "./uts/explore.ts";
export { publishedTrees } from "./uts/tree.ts";

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
  const wanted = readTree(args);
  if (!wanted) return;
  const line = showProgress();
  let timer: NodeJS.Timeout | undefined;
  const begin = performance.now();
  const { nodes, depth, leaves, visited } = await parallel(wanted.tree, (visited) => {
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
  const complaint = wanted.complaint({ nodes, depth, leaves });
  if (complaint === undefined) return;
  console.error(complaint);
  process.exitCode = 1;
}

const total = (visited: Int32Array) => visited.reduce((sum, nodes) => sum + nodes, 0);
