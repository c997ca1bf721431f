import type { Runtime } from "heddle";
import { type Published, publishedTrees } from "../../examples/uts/tree.ts";
import { type Counts, parallel, sequential } from "../../examples/uts.ts";
import { type Context, milliseconds, type Row } from "../benchmark.ts";
import { compare } from "./compare.ts";
import { plain } from "./peer.ts";

/** The trees of four million nodes; those of a hundred million are run by `examples/uts.ts -T`. */
export async function uts(context: Context, runtime: Runtime): Promise<Row[]> {
  const rows: Row[] = [];
  for (const name of context.quick ? (["T1"] as const) : (["T1", "T2", "T3"] as const)) {
    rows.push(...(await ofTree(name, publishedTrees[name], context, runtime)));
  }
  return rows;
}

async function ofTree(
  name: string,
  { tree, nodes, depth, leaves }: Published,
  context: Context,
  runtime: Runtime,
): Promise<Row[]> {
  const checked = (counts: Counts) => {
    if (counts.nodes !== nodes || counts.depth !== depth || counts.leaves !== leaves)
      throw new Error(`UTS ${name}: wrong counts`);
  };
  const { kind, shape, depth: d, branching, seed, q, m, shift } = tree;
  return await compare(
    {
      metric: `UTS, tree ${name}, ${nodes.toLocaleString("en-US")} nodes`,
      heddle: () => milliseconds(async () => checked(await runtime.run(() => parallel(tree)))),
      peers: {
        "plain TypeScript": () => milliseconds(() => checked(sequential(tree))),
        "C++ on one thread": { program: plain("uts"), args: [kind, shape, d, branching, seed, q, m, shift] },
      },
    },
    context,
  );
}
