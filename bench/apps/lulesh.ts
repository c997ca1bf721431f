import { type Runtime, shared } from "heddle";
import { agrees } from "../../examples/lulesh/report.ts";
import { parallel, sedov, sequential } from "../../examples/lulesh.ts";
import { type Context, milliseconds, type Row } from "../benchmark.ts";
import { compare } from "./compare.ts";
import { openmp } from "./peer.ts";

export async function lulesh(context: Context, runtime: Runtime): Promise<Row[]> {
  const size = context.quick ? 10 : 30;
  const iterations = context.quick ? 40 : 932;
  const checked = (outcome: Parameters<typeof agrees>[0]) => {
    if (!agrees(outcome, iterations + (context.quick ? 0 : 1))) throw new Error("LULESH: not what the reference computes");
  };
  const run = async () => {
    using region = shared.region();
    const domain = sedov(size, {}, region);
    return await milliseconds(async () => checked(await parallel(domain, iterations)));
  };
  await runtime.run(async () => {
    using region = shared.region();
    await parallel(sedov(10, {}, region));
  });
  return await compare(
    {
      metric: `LULESH, size ${size}, ${iterations} iterations`,
      heddle: () => runtime.run(run),
      peers: {
        "plain TypeScript": () => {
          const domain = sedov(size);
          return milliseconds(() => checked(sequential(domain, iterations)));
        },
        "C++ with OpenMP": { program: openmp("lulesh"), args: [runtime.workers, size, iterations] },
      },
      goals: { "C++ with OpenMP": 1.5 },
      work: { amount: size ** 3 * iterations, unit: "zones" },
      rounds: 3,
    },
    context,
  );
}
