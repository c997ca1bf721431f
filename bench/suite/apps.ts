import { type Runtime, start } from "heddle";
import { linearAlgebra } from "../apps/linear-algebra.ts";
import { lulesh } from "../apps/lulesh.ts";
import { sampleSort } from "../apps/sample-sort.ts";
import { sparselu } from "../apps/sparselu.ts";
import { strassen } from "../apps/strassen.ts";
import { stream } from "../apps/stream.ts";
import { uts } from "../apps/uts.ts";
import type { Context, Row } from "../benchmark.ts";

export const name = "apps";
export const what = "applications on 2 workers, each checked, against the same algorithm in C++ and others";

const apps: ((context: Context, runtime: Runtime) => Promise<Row[]>)[] = [
  lulesh,
  sampleSort,
  uts,
  linearAlgebra,
  sparselu,
  strassen,
  stream,
];

export async function run(context: Context): Promise<Row[]> {
  await using runtime = await start({ workers: 2 });
  const rows: Row[] = [];
  for (const app of apps) rows.push(...(await app(context, runtime)));
  return rows;
}
