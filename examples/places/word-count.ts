import { readdir, readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { place, task, world } from "heddle";
import { readOptions } from "../lib/options.ts";

const usage = `Counts the words of all text files under a folder, which every place sees. Files are read wherever there is nothing to do.

  --dir DIR   where to look (default docs)
  --ext LIST  which files (default .md,.ts,.js)
  --top N     how many of the most frequent words to list (default 10)`;

export type Counts = Map<string, number>;

const add = (counts: Counts, word: string, count: number): Counts => counts.set(word, (counts.get(word) ?? 0) + count);

export function countWords(text: string): Counts {
  const counts: Counts = new Map();
  for (const [word] of text.toLowerCase().matchAll(/\p{L}+/gu)) add(counts, word, 1);
  return counts;
}

const countFile = task(import.meta, async (path: string): Promise<Counts> => countWords(await readFile(path, "utf8")));

export function merge(into: Counts, counts: Counts): Counts {
  for (const [word, count] of counts) add(into, word, count);
  return into;
}

/** Which place counts a word together. */
function ownerOf(word: string): number {
  let hash = 0;
  for (let i = 0; i < word.length; i++) hash = (Math.imul(hash, 31) + word.charCodeAt(i)) >>> 0;
  return hash % world.size;
}

/**
 * Every place calls it with the same paths, and gets the counts of the words that are its own; a word belongs to one place. The tasks of a place's share of
 * the files run anywhere and come home; then each place gives every other one its words.
 */
export async function countOverPlaces(paths: readonly string[]): Promise<Counts> {
  const share = paths.filter((_, i) => i % world.size === place());
  const parts = Array.from({ length: world.size }, (): Counts => new Map());
  await Promise.all(
    share.map(async (path) => {
      for (const [word, count] of await countFile.anywhere.spawn(path)) add(parts[ownerOf(word)]!, word, count);
    }),
  );
  return (await world.allToAll(parts)).reduce(merge);
}

/** The files under a folder with one of the extensions, in one order everywhere. */
export async function filesUnder(folder: string, extensions: readonly string[]): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && extensions.includes(extname(entry.name)))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

const mostFrequent = (counts: Iterable<readonly [string, number]>, top: number): (readonly [string, number])[] =>
  [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).slice(0, top);

export async function main(args: string[]): Promise<void> {
  const options = readOptions(args, usage, { dir: "docs", ext: ".md,.ts,.js", top: 10 });
  if (!options) return;
  const { dir, ext, top } = options;
  const paths = await world.broadcast(place() === 0 ? await filesUnder(dir, ext.split(",")) : []);
  const begin = performance.now();
  const counts = await countOverPlaces(paths);
  const own = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const [words, different, frequent] = await Promise.all([
    world.reduce(own, "sum"),
    world.reduce(counts.size, "sum"),
    world.gather(mostFrequent(counts, top)),
  ]);
  if (place() !== 0) return;
  console.log(`${paths.length} files, ${words} words, ${different} different, in ${(performance.now() - begin).toFixed(0)} ms`);
  for (const [word, count] of mostFrequent(frequent.flat(), top)) console.log(`${String(count).padStart(9)}  ${word}`);
}
