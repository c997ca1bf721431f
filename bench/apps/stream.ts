import { type Runtime, shared } from "heddle";
import { fill, holds, parallel, sequential } from "../../examples/stream.ts";
import { type Context, median, milliseconds, type Row } from "../benchmark.ts";
import { compare } from "./compare.ts";
import { openmp } from "./peer.ts";

const runs = 9;

export async function stream(context: Context, runtime: Runtime): Promise<Row[]> {
  const n = context.quick ? 100_000 : 10_000_000;
  return await runtime.run(async () => {
    using region = shared.region();
    const arrays = { a: region.float64(n), b: region.float64(n), c: region.float64(n) };
    fill(arrays);
    const measure = async (triad: () => unknown) => {
      const times: number[] = [];
      for (let run = 0; run < runs; run++) times.push(await milliseconds(triad));
      if (!holds(arrays)) throw new Error("STREAM: wrong values");
      return median(times);
    };
    return await compare(
      {
        metric: `STREAM triad, ${n.toLocaleString("en-US")} elements`,
        heddle: () => measure(() => parallel(arrays)),
        peers: {
          "one thread": () => measure(() => sequential(arrays)),
          "C++ with OpenMP": { program: openmp("stream"), args: [runtime.workers, n, runs] },
        },
        work: { amount: 24 * n, unit: "bytes" },
      },
      context,
    );
  });
}
