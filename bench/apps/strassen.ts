import { type Runtime, shared } from "heddle";
import { fill } from "../../examples/bots/quadrants.ts";
import { parallel, residual, sequential } from "../../examples/bots/strassen.ts";
import { type Context, milliseconds, type Row } from "../benchmark.ts";
import { compare } from "./compare.ts";
import { openmp } from "./peer.ts";

const program = { ...openmp("strassen"), also: ["tiles.hpp"] };

export async function strassen(context: Context, runtime: Runtime): Promise<Row[]> {
  const rows: Row[] = [];
  for (const n of context.quick ? [256] : [1024, 2048]) rows.push(...(await ofSize(n, context, runtime)));
  return rows;
}

async function ofSize(n: number, context: Context, runtime: Runtime): Promise<Row[]> {
  return await runtime.run(async () => {
    using region = shared.region();
    const [a, b, c] = [region.float64(n * n), region.float64(n * n), region.float64(n * n)];
    fill(a, 1, false);
    fill(b, 2, true);
    const measure = async (run: typeof parallel | typeof sequential) => {
      const ms = await milliseconds(() => run(a, b, c));
      if (!(residual(a, b, c) < 1e-11)) throw new Error("strassen: a wrong product");
      return ms;
    };
    return await compare(
      {
        metric: `BOTS strassen, ${n} x ${n}`,
        heddle: () => measure(parallel),
        peers: {
          "one thread, the same kernels": () => measure(sequential),
          "C++ with OpenMP tasks": { program, args: [runtime.workers, n] },
        },
        rounds: 3,
      },
      context,
    );
  });
}
