import { type Runtime, start } from "heddle";
import type { Benchmark, Context, Row } from "../benchmark.ts";
import type { ApplicationName } from "../names.ts";
import { health } from "./health.ts";
import { linearAlgebra } from "./linear-algebra.ts";
import { lulesh } from "./lulesh.ts";
import { mergeSort } from "./merge-sort.ts";
import { queens } from "./queens.ts";
import { sampleSort } from "./sample-sort.ts";
import { sparselu } from "./sparselu.ts";
import { strassen } from "./strassen.ts";
import { stream } from "./stream.ts";
import { uts } from "./uts.ts";

type Application = (context: Context, runtime: Runtime) => Promise<Row[]>;

const list: Readonly<Record<ApplicationName, readonly [what: string, run: Application]>> = {
  lulesh: ["LULESH 2.0, the Sedov problem", lulesh],
  "sample-sort": ["sample sort of 64-bit keys", sampleSort],
  uts: ["Unbalanced Tree Search, the published trees", uts],
  "linear-algebra": ["Cholesky factorization and matrix product in tiles", linearAlgebra],
  queens: ["n queens (BOTS)", queens],
  "merge-sort": ["merge sort (BOTS)", mergeSort],
  strassen: ["Strassen's matrix product (BOTS)", strassen],
  sparselu: ["LU factorization of a sparse matrix of blocks (BOTS)", sparselu],
  health: ["health care in a country of villages (BOTS)", health],
  stream: ["the STREAM triad, limited by memory", stream],
};

/** An application as a benchmark, in a runtime of its own. */
export function application(name: ApplicationName): Benchmark {
  const [what, app] = list[name];
  return {
    name,
    what: `${what}, on 2 workers, each run checked`,
    run: async (context) => {
      await using runtime = await start({ workers: 2 });
      return await app(context, runtime);
    },
  };
}
