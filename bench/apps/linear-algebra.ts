import { type Runtime, shared } from "heddle";
import * as cholesky from "../../examples/linear-algebra/cholesky.ts";
import * as product from "../../examples/linear-algebra/product.ts";
import { fill, type Matrix, matrixOf } from "../../examples/linear-algebra/tiles.ts";
import { type Context, milliseconds, type Row } from "../benchmark.ts";
import { compare } from "./compare.ts";
import { openmp, type Peer } from "./peer.ts";

const tiles = { ...openmp("tiles"), also: ["tiles.hpp"] };
const blas: Peer = { name: "blas", needs: "cblas.h", package: "libopenblas-dev", flags: ["-lopenblas"], also: ["tiles.hpp"] };

export async function linearAlgebra(context: Context, runtime: Runtime): Promise<Row[]> {
  const n = context.quick ? 256 : 2048;
  const edge = context.quick ? 64 : 128;
  return await runtime.run(async () => {
    using region = shared.region();
    const [a, b, c] = [0, 1, 2].map(() => matrixOf(n, edge, (length) => region.float64(length))) as [Matrix, Matrix, Matrix];
    return [...(await factored(a, c, context, runtime)), ...(await multiplied(a, b, c, context, runtime))];
  });
}

async function factored(a: Matrix, c: Matrix, context: Context, runtime: Runtime): Promise<Row[]> {
  const { n, edge } = a;
  await fill(a, 1, true);
  const measure = async (run: (matrix: Matrix) => unknown) => {
    c.values.set(a.values);
    const ms = await milliseconds(() => run(c));
    refuse(await cholesky.residual(a, c), "Cholesky");
    return ms;
  };
  return await compare(
    {
      metric: `Cholesky, ${n} x ${n}, tiles of ${edge}`,
      heddle: () => measure(cholesky.parallel),
      peers: {
        "one thread, the same kernels": () => measure(cholesky.sequential),
        "C++ with OpenMP tasks": { program: tiles, args: ["cholesky", runtime.workers, n, edge] },
        OpenBLAS: { program: blas, args: ["cholesky", runtime.workers, n] },
      },
    },
    context,
  );
}

async function multiplied(a: Matrix, b: Matrix, c: Matrix, context: Context, runtime: Runtime): Promise<Row[]> {
  const { n, edge } = a;
  await fill(a, 1);
  await fill(b, 2);
  const measure = async (run: (a: Matrix, b: Matrix, c: Matrix) => unknown) => {
    const ms = await milliseconds(() => run(a, b, c));
    refuse(await product.residual(a, b, c), "product");
    return ms;
  };
  return await compare(
    {
      metric: `product, ${n} x ${n}, tiles of ${edge}`,
      heddle: () => measure(product.parallel),
      peers: {
        "one thread, the same kernels": () => measure(product.sequential),
        "C++ with OpenMP tasks": { program: tiles, args: ["product", runtime.workers, n, edge] },
        OpenBLAS: { program: blas, args: ["product", runtime.workers, n] },
      },
      rounds: 3,
    },
    context,
  );
}

function refuse(residual: number, what: string): void {
  if (!(residual < 1e-12)) throw new Error(`${what}: the residual is ${residual}`);
}
