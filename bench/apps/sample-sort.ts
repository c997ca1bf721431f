import { type Runtime, shared, sort } from "heddle";
import { checkKeys, fillRandom } from "../../examples/sample-sort/keys.ts";
import { parallel } from "../../examples/sample-sort.ts";
import { type Context, milliseconds, type Row } from "../benchmark.ts";
import { compare } from "./compare.ts";
import type { Peer } from "./peer.ts";

const program: Peer = { name: "sort-tbb", needs: "tbb/parallel_sort.h", package: "libtbb-dev", flags: ["-ltbb"] };

export async function sampleSort(context: Context, runtime: Runtime): Promise<Row[]> {
  const rows: Row[] = [];
  for (const n of context.quick ? [1 << 16] : [1 << 22, 48 << 20]) rows.push(...(await ofLength(n, context, runtime)));
  return rows;
}

async function ofLength(n: number, context: Context, runtime: Runtime): Promise<Row[]> {
  return await runtime.run(async () => {
    using region = shared.region();
    const keys = region.bigUint64(n);
    const sorted = region.bigUint64(n);
    await fillRandom(keys, 1);
    const { sum } = await checkKeys(keys);
    const checked = async (run: () => unknown) => {
      const ms = await milliseconds(run);
      const after = await checkKeys(sorted);
      if (after.descents > 0 || after.sum !== sum) throw new Error("sample sort: not sorted, or other keys");
      return ms;
    };
    const inPlace = (run: () => unknown) => {
      sorted.set(keys);
      return checked(run);
    };
    for (let i = 0; i < 3; i++) await parallel(keys.subarray(0, 1 << 16), sorted.subarray(0, 1 << 16));
    return await compare(
      {
        metric: `sample sort, ${n.toLocaleString("en-US")} keys`,
        heddle: () => checked(() => parallel(keys, sorted)),
        peers: {
          ...(n <= 1 << 22 && {
            "heddle's sort()": () => inPlace(() => sort(sorted)),
            "BigUint64Array.prototype.sort": () => inPlace(() => sorted.sort()),
            "std::sort": { program, args: ["std", 1, n, 1] },
          }),
          "oneTBB parallel_sort": { program, args: ["tbb", runtime.workers, n, 1] },
        },
        goals: { "oneTBB parallel_sort": 1 },
        rounds: n > 1 << 24 ? 3 : 5,
      },
      context,
    );
  });
}
