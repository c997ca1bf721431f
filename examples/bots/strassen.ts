import { shared, task } from "heddle";
import { readOptions } from "../lib/options.ts";
import { multiplyAdd } from "../linear-algebra/kernels.ts";
import { norm } from "../linear-algebra/tiles.ts";
import { checkEdge, fill, quadrantsOf, tileEdge, times } from "./quadrants.ts";

const usage = `Matrix product by Strassen's algorithm in Winograd's form (BOTS strassen): seven products of quadrants, each a task, and fifteen
sums of quadrants.

  -n N     rows and columns, a power of 2 (default 1024)`;

type Quadrant = Float64Array;

function add(x: Quadrant, y: Quadrant, to: Quadrant): void {
  for (let i = 0; i < to.length; i++) to[i] = x[i]! + y[i]!;
}

function subtract(x: Quadrant, y: Quadrant, to: Quadrant): void {
  for (let i = 0; i < to.length; i++) to[i] = x[i]! - y[i]!;
}

/** Runs seven products, perhaps at the same time. */
type Products = (products: readonly (readonly [a: Quadrant, b: Quadrant, c: Quadrant])[]) => void;

/** C = A B, where the tiles of B are stored by rows. */
function multiply(a: Float64Array, b: Float64Array, c: Float64Array, products: Products): void {
  const edge = Math.sqrt(c.length);
  if (edge <= tileEdge) {
    c.fill(0);
    multiplyAdd(a, b, c, edge);
    return;
  }
  const [a11, a12, a21, a22] = quadrantsOf(a);
  const [b11, b12, b21, b22] = quadrantsOf(b);
  const [c11, c12, c21, c22] = quadrantsOf(c);
  const region = shared.region();
  try {
    const next = () => region.float64(c11.length);
    const [s1, s2, s3, s4] = [next(), next(), next(), next()];
    const [t1, t2, t3, t4] = [next(), next(), next(), next()];
    const [m1, m6, m7] = [next(), next(), next()];
    add(a21, a22, s1);
    subtract(s1, a11, s2);
    subtract(a11, a21, s3);
    subtract(a12, s2, s4);
    subtract(b12, b11, t1);
    subtract(b22, t1, t2);
    subtract(b22, b12, t3);
    subtract(t2, b21, t4);
    products([
      [a11, b11, m1],
      [a12, b21, c11],
      [s4, b22, c12],
      [a22, t4, c21],
      [s1, t1, c22],
      [s2, t2, m6],
      [s3, t3, m7],
    ]);
    for (let i = 0; i < m1.length; i++) {
      const first = m1[i]!;
      const second = first + m6[i]!;
      const third = second + m7[i]!;
      const fifth = c22[i]!;
      c11[i]! += first;
      c12[i]! += second + fifth;
      c21[i] = third - c21[i]!;
      c22[i] = third + fifth;
    }
  } finally {
    region.free();
  }
}

/** Products smaller than this are not divided among workers. */
const sequentialEdge = 256;

const strassen = task(import.meta, (a: Float64Array, b: Float64Array, c: Float64Array): void => {
  const alone = c.length <= sequentialEdge ** 2;
  multiply(a, b, c, (products) => {
    if (alone) return inTurn(products);
    const others = products.slice(1).map(([x, y, z]) => strassen.spawn(x, y, z));
    strassen(...products[0]!);
    for (const other of others.reverse()) other.join();
  });
});

const inTurn: Products = (products) => {
  for (const [a, b, c] of products) multiply(a, b, c, inTurn);
};

/** C = A B; all are on the heap, with quadrants that are contiguous, and the tiles of B stored by rows. */
export async function parallel(a: Float64Array, b: Float64Array, c: Float64Array): Promise<void> {
  await strassen.spawn(a, b, c);
}

/** The same operations in the same order on this thread. */
export const sequential = (a: Float64Array, b: Float64Array, c: Float64Array): void => multiply(a, b, c, inTurn);

/** |C x - A (B x)| / |C x| for a vector x. */
export function residual(a: Float64Array, b: Float64Array, c: Float64Array): number {
  const x = Float64Array.from({ length: Math.sqrt(c.length) }, (_, i) => 1 + (i % 7));
  const cx = times(c, x, false);
  const abx = times(a, times(b, x, true), false);
  return norm(abx.map((value, i) => value - cx[i]!)) / norm(cx);
}

export async function main(args: string[]): Promise<void> {
  const options = readOptions(args, usage, { n: 1024 });
  if (!options) return;
  const { n } = options;
  checkEdge(n);
  using region = shared.region();
  const [a, b, c] = [region.float64(n * n), region.float64(n * n), region.float64(n * n)];
  fill(a, 1, false);
  fill(b, 2, true);
  const begin = performance.now();
  await parallel(a, b, c);
  const ms = performance.now() - begin;
  const rest = residual(a, b, c);
  console.log(`${n} x ${n} in ${ms.toFixed(0)} ms, residual ${rest.toExponential(2)}`);
  if (!(rest < 1e-11)) process.exitCode = 1;
}
