import { type Runtime, shared } from "heddle";
import { agrees, type Country, census, emptyCountry, fill, published } from "../../examples/bots/health/country.ts";
import { parallel, STEPS, sequential } from "../../examples/bots/health.ts";
import { type Context, milliseconds, type Row } from "../benchmark.ts";
import { compare } from "./compare.ts";
import { openmp } from "./peer.ts";

const program = { ...openmp("health"), also: ["tiles.hpp"] };

export async function health(context: Context, runtime: Runtime): Promise<Row[]> {
  const rows: Row[] = [];
  for (const input of context.quick ? ["test"] : ["small", "medium"]) rows.push(...(await ofInput(input, context, runtime)));
  return rows;
}

async function ofInput(input: string, context: Context, runtime: Runtime): Promise<Row[]> {
  const { levels, cities, census: expected } = published[input]!;
  return await runtime.run(async () => {
    using region = shared.region();
    const country = emptyCountry(levels, cities, (length) => region.int32(length));
    const measure = async (run: (country: Country) => unknown) => {
      fill(country);
      const ms = await milliseconds(() => run(country));
      if (!agrees(census(country), expected)) throw new Error(`health, input ${input}: not what BOTS publishes`);
      return ms;
    };
    return await compare(
      {
        metric: `BOTS health, ${input}, ${expected.people.toLocaleString("en-US")} people`,
        heddle: () => measure((it) => parallel(it)),
        peers: {
          "plain TypeScript": () => measure((it) => sequential(it)),
          "C++ with OpenMP tasks": {
            program,
            args: [runtime.workers, levels, cities, STEPS],
            isRight: (found) => found.people === expected.people && found.checkIns === expected.checkIns,
          },
        },
        rounds: 3,
      },
      context,
    );
  });
}
