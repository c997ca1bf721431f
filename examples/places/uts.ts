import { finish, place, type SharedArray, sharedArray, task, world } from "heddle";
import { readTree } from "../uts/command-line.ts";
import { type Counts, Frontier, rootOf } from "../uts/explore.ts";
import type { Tree } from "../uts/tree.ts";

/** Three for each place: nodes, leaves, depth. */
type Counters = SharedArray<Int32Array<SharedArrayBuffer>>;
const perPlace = 3;

/** Visits `batch` nodes, then offers the older half of what it knows to whoever has nothing to do, here or elsewhere, and so on. */
const explore = task(import.meta, (tree: Tree, nodes: Int32Array, counters: Counters, batch: number): void => {
  const frontier = new Frontier(tree, nodes);
  while (frontier.size > 0) {
    frontier.visit(batch);
    if (frontier.size > 1) explore.anywhere.spawn(tree, frontier.takeOldest(frontier.size >> 1), counters, batch);
  }
  const { counts } = frontier;
  const here = counters.pointerTo(perPlace * place()); // memory of this place: done when the calls return
  here.add(counts.nodes);
  here.add(counts.leaves, 1);
  here.max(counts.depth, 2);
});

export interface Search extends Counts {
  /** Nodes visited at each place. */
  readonly visited: readonly number[];
  readonly seconds: number;
}

/** Every place calls it and gets the same counts. The tree begins at place 0; the others steal. */
export async function search(tree: Tree, batch = 2048): Promise<Search> {
  const counters = await sharedArray("int32", perPlace * world.size, { block: perPlace });
  const begin = performance.now();
  await finish.spmd(async () => {
    if (place() === 0) explore.spawn(tree, rootOf(tree), counters, batch);
  });
  const seconds = (performance.now() - begin) / 1000;
  const counted = await counters.read();
  await counters.free();
  const each = (field: number): number[] => [...counted.filter((_, i) => i % perPlace === field)];
  const visited = each(0);
  return { nodes: total(visited), leaves: total(each(1)), depth: Math.max(...each(2)), visited, seconds };
}

export async function main(args: string[]): Promise<void> {
  const wanted = readTree(args);
  if (!wanted) return;
  const { visited, seconds, ...counts } = await search(wanted.tree);
  if (place() !== 0) return;
  const perSecond = (nodes: number): string => `${nodes}, ${Math.round(nodes / seconds)} per second`;
  console.log(`nodes    ${perSecond(counts.nodes)}`);
  for (const [p, nodes] of visited.entries()) console.log(`place ${p}  ${perSecond(nodes)}`);
  console.log(`depth    ${counts.depth}\nleaves   ${counts.leaves}\nseconds  ${seconds.toFixed(3)}`);
  const complaint = wanted.complaint(counts);
  if (complaint === undefined) return;
  console.error(complaint);
  process.exitCode = 1;
}

const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);
