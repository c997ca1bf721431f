/** What a report consists of. Each section is a command of its own, so that it can be repeated by itself. */
import { applications, basics } from "../names.ts";

export interface Section {
  /** As `--only` takes it. */
  readonly name: string;
  /** Of which block of docs/performance.md it is a part. */
  readonly group: string;
  /** What to type for the same figures. */
  readonly command: string;
  readonly program: URL;
  readonly args: readonly string[];
  /** How many seconds it takes on a small machine: the first estimate of the time left. */
  readonly seconds: number;
}

const bench = new URL("../main.ts", import.meta.url);
const metg = new URL("../task-bench/metg/main.ts", import.meta.url);

/** The patterns with a goal, and two with fewer edges for each task, without which tasks and edges could not be told apart. */
export const patterns = ["stencil_1d", "nearest", "fft", "spread", "all_to_all", "no_comm", "trivial"] as const;

const fullSeconds: Readonly<Record<string, number>> = {
  fib: 60,
  pools: 60,
  speedup: 60,
  loop: 5,
  startup: 15,
  "ten-million": 10,
  trace: 20,
  simulate: 70,
  dashboard: 60,
  places: 300,
  latency: 40,
  lulesh: 100,
  "sample-sort": 60,
  uts: 300,
  "linear-algebra": 60,
  queens: 10,
  "merge-sort": 60,
  strassen: 30,
  sparselu: 60,
  health: 60,
  stream: 10,
};

export function sections(quick: boolean): Section[] {
  const benchmarks = [...basics, ...applications].map((name): Section => {
    const args = [name, ...(quick ? ["--quick"] : [])];
    const seconds = quick ? 4 : fullSeconds[name]!;
    return {
      name,
      group: name,
      program: bench,
      args: [...args, "--json"],
      command: `npm run bench -- ${args.join(" ")}`,
      seconds,
    };
  });
  const sweep = quick ? "--runs 1 --warm-up 300 --from 8 --to 4 -- -steps 200" : "--median --runs 3 --from 12 --to 4";
  const sweeps = patterns.map((name): Section => {
    const args = ["-type", name, "--widths", "1,4", ...sweep.split(" ")];
    const seconds = quick ? 10 : 90;
    const command = `npm run metg -- ${args.join(" ")}`;
    return { name, group: "task-bench", program: metg, args: ["--json", ...args], command, seconds };
  });
  return [...benchmarks, ...sweeps];
}

const groups: Readonly<Record<string, readonly string[]>> = { apps: applications, "task-bench": patterns };

/** The sections that a list of names asks for. @throws UnknownSectionError */
export function choose(all: readonly Section[], names: readonly string[]): Section[] {
  const wanted = names.flatMap((name) => groups[name] ?? [name]);
  const unknown = wanted.filter((name) => !all.some((it) => it.name === name));
  if (unknown.length > 0) throw new UnknownSectionError(unknown, all);
  return all.filter(({ name }) => wanted.includes(name));
}

export class UnknownSectionError extends Error {
  override readonly name = "UnknownSectionError";
  constructor(names: readonly string[], all: readonly Section[]) {
    const known = [...Object.keys(groups), ...all.map((it) => it.name)].join(", ");
    super(`--only ${names.join(",")} is not known; there are ${known}`);
  }
}
