/** The sweeps of a report as one measurement, and what the tables of `npm run metg` do not have: goals, and the size of each program. */
import { figure } from "../tables.ts";
import { linesOfCode } from "../task-bench/implementations/implementation.ts";
import { implementations } from "../task-bench/implementations/list.ts";
import { overPlaces } from "../task-bench/implementations/places.ts";
import type { Curve, Measurement } from "../task-bench/metg/measure.ts";
import { fitOverhead } from "../task-bench/metg/metg.ts";
import type { Table } from "../task-bench/metg/tables.ts";
import { peerPrograms } from "../task-bench/peers/build.ts";

/** Costs are fitted over the patterns of all of them. */
export function together(all: readonly Measurement[]): Measurement {
  const curves = all.flatMap((it) => it.curves);
  const unique = <T>(values: readonly T[]): T[] => [...new Set(values)];
  const costs = unique(curves.map((it) => it.system)).flatMap((system) =>
    unique(curves.map((it) => it.width)).flatMap((width) => {
      const own = curves.filter((it) => it.system === system && it.width === width);
      return own.length > 0 ? [{ system, width, ...fitOverhead(own) }] : [];
    }),
  );
  return { ...all[0]!, missing: unique(all.flatMap((it) => it.missing)), curves, costs };
}

const withGoals: ReadonlySet<string> = new Set(["stencil_1d", "nearest", "fft", "spread", "all_to_all"]);
const rivals: ReadonlySet<string> = new Set(["openmp", "tbb", "starpu"]);
const BEST_AT_MOST_US = 3;
const FUTURES_AT_MOST_US = 5;

/** The best of heddle against the best of OpenMP, oneTBB and StarPU, for each pattern and width that has a goal. */
export function goalTable({ curves }: Measurement): Table {
  const rows = [...new Set(curves.filter((it) => withGoals.has(it.pattern)).map(keyOf))].map((key) => {
    const row = curves.filter((it) => keyOf(it) === key);
    const best = least(row.filter((it) => it.system.startsWith("heddle ")));
    const rival = least(row.filter((it) => rivals.has(it.system)));
    const futures = row.find((it) => it.system === "heddle futures");
    return [
      key,
      best ? `${best.system.slice("heddle ".length)}: ${figure(best.us)} us` : "none",
      rival ? `${rival.system}: ${figure(rival.us)} us` : "none",
      met(best && rival && best.us < rival.us),
      met(best && best.us <= BEST_AT_MOST_US),
      met(futures && (typeof futures.metg === "number" ? futures.metg <= FUTURES_AT_MOST_US : undefined)),
    ];
  });
  const goals = ["below the peer", `at most ${BEST_AT_MOST_US} us`, `futures at most ${FUTURES_AT_MOST_US} us`];
  return [["pattern, width", "best of heddle", "best of OpenMP, oneTBB, StarPU", ...goals], ...rows];
}

const keyOf = ({ pattern, width }: Curve): string => `${pattern}, ${width}`;
const met = (it: boolean | undefined): string => (it === undefined ? "-" : it ? "met" : "not met");

function least(curves: readonly Curve[]): { system: string; us: number } | undefined {
  const known = curves.flatMap(({ system, metg }) => (typeof metg === "number" ? [{ system, us: metg }] : []));
  return known.length === 0 ? undefined : known.reduce((a, b) => (b.us < a.us ? b : a));
}

/** Lines of code that say how the tasks run, and the constructs of the library in them. */
export function sizeTable(): Table {
  const own = [...implementations, overPlaces].map((it) => ({ ...it, name: `heddle ${it.name}` }));
  return [
    ["program", "lines of code", "constructs", "which"],
    ...[...own, ...peerPrograms].map((it) => [
      it.name,
      String(linesOfCode(it)),
      String(it.constructs.length),
      it.constructs.join(", "),
    ]),
  ];
}
