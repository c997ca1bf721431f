import { type Runtime, shared } from "heddle";
import { fillRandom, isSorted, parallel, sequential } from "../../examples/merge-sort.ts";
import { type Context, milliseconds, type Row } from "../benchmark.ts";
import { compare } from "./compare.ts";
import { openmp } from "./peer.ts";

const program = { ...openmp("merge-sort"), also: ["tiles.hpp"] };

export async function mergeSort(context: Context, runtime: Runtime): Promise<Row[]> {
  const rows: Row[] = [];
  for (const n of context.quick ? [100_000] : [4_000_000, 16_000_000]) rows.push(...(await ofLength(n, context, runtime)));
  return rows;
}

async function ofLength(n: number, context: Context, runtime: Runtime): Promise<Row[]> {
  return await runtime.run(async () => {
    using region = shared.region();
    const data = region.float64(n);
    const measure = async (run: typeof parallel | typeof sequential) => {
      fillRandom(data, 1);
      const ms = await milliseconds(() => run(data));
      if (!isSorted(data)) throw new Error("merge sort: not sorted");
      return ms;
    };
    return await compare(
      {
        metric: `BOTS sort, ${n.toLocaleString("en-US")} numbers`,
        heddle: () => measure(parallel),
        peers: {
          "plain TypeScript": () => measure(sequential),
          "C++ with OpenMP tasks": { program, args: [runtime.workers, n] },
        },
        rounds: n > 1e7 ? 3 : 5,
      },
      context,
    );
  });
}
