import type { Runtime } from "heddle";
import { type Published, publishedTrees } from "../../examples/uts/tree.ts";
import { type Counts, parallel, sequential } from "../../examples/uts.ts";
import { type Context, milliseconds, type Row } from "../benchmark.ts";
import { compare } from "./compare.ts";
import { plain } from "./peer.ts";

/** All published trees; those of a hundred million nodes once or twice, and not in plain TypeScript, since they take long. */
export async function uts(context: Context, runtime: Runtime): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [name, published] of Object.entries(publishedTrees)) {
    if (context.quick && name !== "T1") continue;
    rows.push(...(await ofTree(name, published, context, runtime)));
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
  const large = nodes > 1e7;
  const { kind, shape, depth: d, branching, seed, q, m, shift } = tree;
  return await compare(
    {
      metric: `UTS, tree ${name}, ${nodes.toLocaleString("en-US")} nodes`,
      heddle: () => milliseconds(async () => checked(await runtime.run(() => parallel(tree)))),
      peers: {
        ...(!large && { "plain TypeScript": () => milliseconds(() => checked(sequential(tree))) }),
        "C++ on one thread": {
          program: plain("uts"),
          args: [kind, shape, d, branching, seed, q, m, shift],
          isRight: (found) => found.nodes === nodes && found.depth === depth && found.leaves === leaves,
        },
      },
      rounds: large ? 2 : 5,
      work: { amount: nodes, unit: "nodes" },
    },
    context,
  );
}
