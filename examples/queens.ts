import { type Future, task } from "heddle";
import { readOptions } from "./lib/options.ts";

const usage = `Counts the ways to place n queens on an n by n board so that none attacks another.

  -n N     size of the board (default 13)`;

/** Below this many free rows a subtree is searched by plain recursion. */
const smallest = 8;

/** Solutions with the given columns and diagonals taken, one bit each, in the rows that are left. */
function count(all: number, columns: number, left: number, right: number): number {
  if (columns === all) return 1;
  let solutions = 0;
  for (let free = all & ~(columns | left | right); free !== 0; free &= free - 1) {
    const queen = free & -free;
    solutions += count(all, columns | queen, (left | queen) << 1, (right | queen) >> 1);
  }
  return solutions;
}

const search = task(import.meta, (all: number, rows: number, columns: number, left: number, right: number): number => {
  if (rows <= smallest) return count(all, columns, left, right);
  const branches: Future<number>[] = [];
  for (let free = all & ~(columns | left | right); free !== 0; free &= free - 1) {
    const queen = free & -free;
    branches.push(search.spawn(all, rows - 1, columns | queen, (left | queen) << 1, (right | queen) >> 1));
  }
  return branches.reduce((solutions, branch) => solutions + branch.join(), 0);
});

export function sequential(n: number): number {
  return count(boardMask(n), 0, 0, 0);
}

export async function parallel(n: number): Promise<number> {
  return await search.spawn(boardMask(n), n, 0, 0, 0);
}

function boardMask(n: number): number {
  if (!Number.isInteger(n) || n < 1 || n > 30) throw new RangeError(`the board must have 1 to 30 rows, not ${n}`);
  return 2 ** n - 1;
}

export async function main(args: string[]): Promise<void> {
  const options = readOptions(args, usage, { n: 13 });
  if (options) console.log(`${options.n} queens: ${await parallel(options.n)} solutions`);
}
