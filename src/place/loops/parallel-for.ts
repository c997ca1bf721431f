/** `parallelFor.spmd`: every place calls it, and runs its own part. */
import type { Distribution } from "../../pattern/distribution.ts";
import { parallelFor as here, type ParallelFor, shareOfLoop } from "../../pattern/parallel-for.ts";
import type { Future } from "../../sched/core.ts";
import { finish } from "../finish.ts";
import { placeHere } from "../here.ts";

/** How `parallelFor.spmd` can be called. */
export interface SpmdFor {
  <A extends unknown[]>(domain: Distribution<1>, body: (i: number, ...args: A) => unknown, ...args: A): Future<void>;
  <A extends unknown[]>(domain: Distribution<2>, body: (i: number, j: number, ...args: A) => unknown, ...args: A): Future<void>;
  <A extends unknown[]>(
    domain: Distribution<3>,
    body: (i: number, j: number, k: number, ...args: A) => unknown,
    ...args: A
  ): Future<void>;

  /** The same for a body that gets blocks of indices, as `parallelFor.blocks`. */
  blocks: {
    <A extends unknown[]>(
      domain: Distribution<1>,
      body: (lo: number, hi: number, ...args: A) => unknown,
      ...args: A
    ): Future<void>;
    <A extends unknown[]>(
      domain: Distribution<2>,
      body: (iLo: number, iHi: number, jLo: number, jHi: number, ...args: A) => unknown,
      ...args: A
    ): Future<void>;
    <A extends unknown[]>(
      domain: Distribution<3>,
      body: (iLo: number, iHi: number, jLo: number, jHi: number, kLo: number, kHi: number, ...args: A) => unknown,
      ...args: A
    ): Future<void>;
  };
}

/**
 * The collective loop (UPC's `upc_forall`): every place calls it, in the same order with its other scopes of all places, and runs the indices that belong to it, with its own
 * arguments. It ends, at every place, when all have. Failures are those of `finish.spmd`.
 *
 * @throws UsageError `HEDDLE_USAGE` for a domain that is not dealt out, and as `parallelFor`.
 */
const spmd: SpmdFor = Object.assign(
  (domain: unknown, body: unknown, ...args: unknown[]) => run("parallelFor.spmd", domain, false, body, args, spmd),
  {
    blocks: (domain: unknown, body: unknown, ...args: unknown[]) =>
      run("parallelFor.spmd.blocks", domain, true, body, args, spmd.blocks),
  },
);

function run(name: string, domain: unknown, blocks: boolean, body: unknown, args: unknown[], callee: Function): Future<void> {
  const start = shareOfLoop(name, domain, blocks, body, args, callee);
  return finish.spmd(async () => {
    await start(placeHere().place);
  });
}

/** `parallelFor`, and `parallelFor.spmd` over all places. */
export const parallelFor: ParallelFor & { readonly spmd: SpmdFor } = Object.assign(here, { spmd });
