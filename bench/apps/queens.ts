import type { Runtime } from "heddle";
import { parallel, sequential } from "../../examples/queens.ts";
import { type Context, milliseconds, type Row } from "../benchmark.ts";
import { compare } from "./compare.ts";
import { openmp } from "./peer.ts";

const program = { ...openmp("queens"), also: ["tiles.hpp"] };
const solutions: Readonly<Record<number, number>> = { 10: 724, 13: 73_712, 14: 365_596 };

export async function queens(context: Context, runtime: Runtime): Promise<Row[]> {
  const rows: Row[] = [];
  for (const n of context.quick ? [10] : [13, 14]) {
    const checked = (found: number) => {
      if (found !== solutions[n]) throw new Error(`${n} queens: ${found} solutions`);
    };
    rows.push(
      ...(await compare(
        {
          metric: `BOTS queens, ${n} queens`,
          heddle: () => milliseconds(async () => checked(await runtime.run(() => parallel(n)))),
          peers: {
            "plain TypeScript": () => milliseconds(() => checked(sequential(n))),
            "C++ with OpenMP tasks": {
              program,
              args: [runtime.workers, n],
              isRight: (found) => found.solutions === solutions[n],
            },
          },
        },
        context,
      )),
    );
  }
  return rows;
}
