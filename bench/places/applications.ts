/** UTS and weak scaling over places of this process, by what the examples print. */
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { type Context, interleave, type Row } from "../benchmark.ts";
import { heddleRun, output } from "./launch.ts";

const ROUNDS = 3;

async function figureOf(name: string, places: number, workers: number, args: readonly string[], figure: RegExp): Promise<number> {
  const file = fileURLToPath(new URL(`../../examples/places/${name}.ts`, import.meta.url));
  const [command, ...rest] = heddleRun(["-w", `${workers}`, "-p", `${places}`], file, args);
  const printed = await output(command!, rest);
  const found = figure.exec(printed);
  if (found === null) throw new Error(`${name} on ${places} places did not print what was expected:\n${printed}`);
  return Number(found[1]);
}

/** Nodes a second beside one place of as many workers. */
export async function stealing({ quick, progress }: Context): Promise<Row[]> {
  const rows: Row[] = [];
  for (const tree of quick ? ["T1"] : ["T1", "T3"]) {
    const rate = (places: number, workers: number) => {
      progress(`UTS ${tree}, places: ${places}`);
      return figureOf("uts", places, workers, ["-T", tree], /^nodes +\d+, (\d+) per second/m);
    };
    const { one, two } = await interleave(quick ? 1 : ROUNDS, { one: () => rate(1, 2), two: () => rate(2, 1) });
    const ratio = two / one;
    rows.push({
      metric: `UTS ${tree}, 2 places of 1 worker`,
      value: two / 1e6,
      unit: "million nodes/s",
      peer: "1 place of 2 workers",
      peerValue: one / 1e6,
      ratio,
      goal: ">= 0.9 x",
      ok: ratio >= 0.9,
    });
  }
  return rows;
}

interface Weak {
  readonly name: string;
  /** What each place has. */
  readonly share: string;
  readonly args: readonly string[];
  /** Finds how much of the work is done in a second. */
  readonly figure: RegExp;
  /** What the figure counts, so many at once. */
  readonly scale: number;
  readonly unit: string;
  readonly places: readonly number[];
  readonly note?: string;
}

const isCube = (places: number): boolean => Number.isInteger(Math.cbrt(places));

function programs(quick: boolean): Weak[] {
  const most = quick ? [1, 4] : [1, 2, 4, 8];
  const keys = quick ? 1 << 16 : 1 << 20;
  const [size, iterations] = quick ? [5, 20] : [15, 50];
  return [
    {
      name: "sample-sort",
      share: `${keys.toLocaleString("en-US")} keys`,
      args: ["-n", `${keys}`, "-w", quick ? "0" : "3"],
      figure: / ([\d.]+) million keys\/s/,
      scale: 1e6,
      unit: "ns x cores/key",
      places: most,
    },
    {
      name: "lulesh",
      share: `${size}^3 elements`,
      args: ["-s", `${size}`, "-i", `${iterations}`],
      figure: /FOM += (\d+)/,
      scale: 1,
      unit: "ns x cores/zone",
      places: (quick ? [1, 8] : most).filter(isCube),
      note: "its places are a cube of places: 1, 8, 27",
    },
  ];
}

/** As much for each place, however many there are: what a unit of work costs, in time of the cores that the places have together, beside one place. */
export async function weakScaling({ quick, progress }: Context): Promise<Row[]> {
  const rows: Row[] = [];
  const cores = availableParallelism();
  for (const { name, share, args, figure, scale, unit, places, note } of programs(quick)) {
    const cost = async (count: number): Promise<number> => {
      progress(`weak scaling of ${name}, places: ${count}`);
      return (1e9 * Math.min(count, cores)) / (scale * (await figureOf(name, count, 1, args, figure)));
    };
    const costs = await interleave(
      quick ? 1 : ROUNDS,
      Object.fromEntries(places.map((count) => [`p${count}`, () => cost(count)])),
    );
    const one = costs.p1!;
    for (const count of places.filter((it) => it > 1)) {
      const value = costs[`p${count}`]!;
      rows.push({
        metric: `weak scaling, ${name}, ${count} places, each of 1 worker and ${share}`,
        value,
        unit,
        peer: "1 place",
        peerValue: one,
        ratio: value / one,
        ...(note === undefined ? {} : { note }),
      });
    }
  }
  return rows;
}
