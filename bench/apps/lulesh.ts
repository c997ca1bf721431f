import { type Runtime, shared } from "heddle";
import { agrees } from "../../examples/lulesh/report.ts";
import { type Language, parallel, sedov, sequential } from "../../examples/lulesh.ts";
import { type Context, milliseconds, type Row } from "../benchmark.ts";
import { compare } from "./compare.ts";
import { openmp } from "./peer.ts";

export async function lulesh(context: Context, runtime: Runtime): Promise<Row[]> {
  const size = context.quick ? 10 : 30;
  const iterations = context.quick ? 40 : 932;
  const checked = (outcome: Parameters<typeof agrees>[0]) => {
    if (!agrees(outcome, iterations + (context.quick ? 0 : 1))) throw new Error("LULESH: not what the reference computes");
  };
  const run = (language: Language) => async () => {
    using region = shared.region();
    const domain = sedov(size, {}, region);
    return await milliseconds(async () => checked(await parallel(domain, iterations, language)));
  };
  for (const language of ["wasm", "typescript"] as const) {
    await runtime.run(async () => {
      using region = shared.region();
      await parallel(sedov(10, {}, region), Number.POSITIVE_INFINITY, language);
    });
  }
  const metric = `LULESH, size ${size}, ${iterations} iterations`;
  const work = { amount: size ** 3 * iterations, unit: "zones" };
  const cpp = { program: openmp("lulesh"), args: [runtime.workers, size, iterations] };
  return [
    ...(await compare(
      {
        metric,
        heddle: () => runtime.run(run("wasm")),
        peers: { "C++ with OpenMP": cpp },
        goals: { "C++ with OpenMP": 1.5 },
        work,
        rounds: 3,
      },
      context,
    )),
    ...(await compare(
      {
        metric: `${metric}, loops in TypeScript`,
        heddle: () => runtime.run(run("typescript")),
        peers: {
          "plain TypeScript": () => {
            const domain = sedov(size);
            return milliseconds(() => checked(sequential(domain, iterations)));
          },
          "C++ with OpenMP": cpp,
        },
        goals: { "C++ with OpenMP": 1.5 },
        work,
        rounds: 3,
      },
      context,
    )),
  ];
}
