import { milliseconds } from "../benchmark.ts";
import { pools } from "../pools/list.ts";
import type { Pool, Use } from "../pools/pool.ts";

const [key, use, workers, count, warmMs, leastMs] = process.argv.slice(2) as [keyof typeof pools, Use, ...string[]];
const pool = await pools[key](Number(workers), use);

async function batch(size: number): Promise<void> {
  if (use === "roundTrip") for (let i = 0; i < size; i++) await pool.empty();
  else await all(pool, size);
}

function all({ empty, all }: Pool, size: number): PromiseLike<unknown> {
  const results: PromiseLike<unknown>[] = [];
  for (let i = 0; i < size; i++) results.push(empty());
  return all === undefined ? Promise.all(results) : all(results);
}

const warm = performance.now() + Number(warmMs);
while (performance.now() < warm) await batch(use === "roundTrip" ? 10 : 4000);
let ms = 0;
let done = 0;
do {
  ms += await milliseconds(() => batch(Number(count)));
  done += Number(count);
} while (ms < Number(leastMs));
console.log(JSON.stringify({ name: pool.name, us: (ms * 1000) / done }));
process.exit(); // some pools do not always come to an end
