import { type Runtime, shared } from "heddle";
import { emptyMatrix, fill, residual, type SparseMatrix } from "../../examples/bots/sparse-matrix.ts";
import { parallel, sequential } from "../../examples/bots/sparselu.ts";
import { type Context, milliseconds, type Row } from "../benchmark.ts";
import { compare } from "./compare.ts";
import { openmp } from "./peer.ts";

const program = { ...openmp("sparselu"), also: ["tiles.hpp"] };

export async function sparselu(context: Context, runtime: Runtime): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [n, m] of context.quick ? [[10, 16] as const] : [[50, 100] as const, [100, 48] as const]) {
    rows.push(...(await ofSize(n, m, context, runtime)));
  }
  return rows;
}

async function ofSize(n: number, m: number, context: Context, runtime: Runtime): Promise<Row[]> {
  return await runtime.run(async () => {
    using region = shared.region();
    const matrix = emptyMatrix(n, m, { float64: (length) => region.float64(length), int32: (length) => region.int32(length) });
    const measure = async (run: (matrix: SparseMatrix) => unknown) => {
      fill(matrix);
      const ms = await milliseconds(() => run(matrix));
      if (!(residual(matrix) < 1e-12)) throw new Error("sparselu: wrong factors");
      return ms;
    };
    return await compare(
      {
        metric: `BOTS sparselu, ${n} x ${n} blocks of ${m} x ${m}`,
        heddle: () => measure(parallel),
        peers: {
          "one thread, the same kernels": () => measure(sequential),
          "C++ with OpenMP tasks": { program, args: [runtime.workers, n, m] },
        },
      },
      context,
    );
  });
}
