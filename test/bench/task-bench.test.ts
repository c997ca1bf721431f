/** The tables of Task Bench in a report. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { machine } from "../../bench/machine.ts";
import { goalsOf } from "../../bench/report/goals.ts";
import { writePages } from "../../bench/report/pages.ts";
import type { Results } from "../../bench/report/results.ts";
import { type Section, sections } from "../../bench/report/sections.ts";
import { goalTable, sizeTable, together } from "../../bench/report/task-bench.ts";
import { implementations } from "../../bench/task-bench/implementations/list.ts";
import { overPlaces } from "../../bench/task-bench/implementations/places.ts";
import type { Curve, Measurement } from "../../bench/task-bench/metg/measure.ts";
import { markdown, plain } from "../../bench/task-bench/metg/tables.ts";
import { peerPrograms } from "../../bench/task-bench/peers/build.ts";

const point = { iterations: 1, runs: 1, seconds: 1, granularity: 1, flopsPerSecond: 1, efficiency: 1 };

function curve(system: string, pattern: string, edgesPerTask: number, metg: number | string): Curve {
  const overhead = 2 + 0.5 * edgesPerTask;
  return { system, pattern, width: 2, edgesPerTask, metg, overhead, points: [point, { ...point, granularity: 2 }] };
}

const measurement = (...curves: Curve[]): Measurement => ({
  machine: machine(),
  date: "2026-01-01",
  workers: 2,
  args: [],
  missing: ["mpi: no mpirun"],
  curves,
  costs: [],
});

const one = measurement(
  curve("heddle futures", "stencil_1d", 2, 4),
  curve("heddle phasers", "stencil_1d", 2, 2.5),
  curve("openmp", "stencil_1d", 2, 3),
  curve("mpi", "stencil_1d", 2, 1),
);
const other = measurement(
  curve("heddle futures", "all_to_all", 6, 9),
  curve("heddle phasers", "all_to_all", 6, "no size reaches 50 %"),
  curve("openmp", "all_to_all", 6, 3),
);

describe("sweeps together", () => {
  it("have costs that are fitted over all patterns", () => {
    const { costs, curves } = together([one, other]);
    assert.equal(curves.length, 7);
    const futures = costs.find((it) => it.system === "heddle futures")!;
    assert.deepEqual([futures.perTask.toFixed(6), futures.perEdge.toFixed(6)], ["2.000000", "0.500000"]);
    assert.deepEqual(together([one, other]).missing, ["mpi: no mpirun"]);
  });

  it("are held against the goals; MPI is none of the systems to be below", () => {
    assert.deepEqual(goalTable(together([one, other])).slice(1), [
      ["stencil_1d, 2", "phasers: 2.50 us", "openmp: 3 us", "met", "met", "met"],
      ["all_to_all, 2", "futures: 9 us", "openmp: 3 us", "not met", "not met", "not met"],
    ]);
    const rows = [
      { metric: "a", value: 3, unit: "ms", peer: "p", peerValue: 1, ratio: 3, goal: "<= 2 x", ok: false },
      { metric: "b", value: 0, unit: "%", goal: "0 %", ok: true },
      { metric: "c", value: 0, unit: "%" },
    ];
    const { met, of, unmet } = goalsOf([{ quick: false, benchmarks: [{ name: "x", what: "y", rows }] }], together([one, other]));
    assert.deepEqual([met, of], [4, 8]);
    assert.deepEqual(unmet, [
      "a, against p: 3 x, goal <= 2 x",
      "Task Bench, all_to_all, 2: futures: 9 us, against openmp: 3 us, goals below the peer, at most 3 us, futures at most 5 us",
    ]);
    const [, alone] = goalTable(measurement(curve("heddle rows", "fft", 2, 2)));
    assert.deepEqual(alone, ["fft, 2", "rows: 2 us", "none", "-", "met", "-"]);
  });
});

describe("the sizes of the programs", () => {
  it("name constructs that the programs use", () => {
    for (const { name, file, constructs } of [...implementations, overPlaces, ...peerPrograms]) {
      const text = readFileSync(file, "utf8");
      for (const construct of constructs) assert.ok(text.includes(construct), `${name}: ${construct}`);
      assert.equal(new Set(constructs).size, constructs.length);
    }
    const rows = sizeTable().slice(1);
    assert.equal(rows.length, implementations.length + 1 + peerPrograms.length);
    assert.ok(rows.every(([, lines]) => Number(lines) > 10));
  });

  it("leave out nothing that an implementation imports", () => {
    for (const { name, file, constructs } of implementations) {
      const imported = /import \{([^}]*)\} from "heddle";/
        .exec(readFileSync(file, "utf8"))![1]!
        .split(",")
        .map((it) => it.trim());
      for (const it of imported) if (!it.startsWith("type ") && it !== "") assert.ok(constructs.includes(it), `${name}: ${it}`);
    }
  });
});

describe("tables", () => {
  it("align figures at their right, words at their left", () => {
    const table = [
      ["system", "cost", "which"],
      ["a", "2.50 us", "b"],
      ["long name", "-", "12 c d"],
    ];
    assert.equal(plain(table), "  system        cost  which\n  a          2.50 us  b\n  long name        -  12 c d");
    assert.equal(markdown(table).split("\n")[1], "| --------- | ------: | ------ |");
  });
});

describe("the pages", () => {
  const sweeps = sections(false).filter((it) => it.group === "task-bench");
  const results = (measured: readonly Section[]): Results => ({
    format: 1,
    quick: false,
    started: "2026-01-01T10:00:00.000Z",
    commit: "abc",
    machine: machine(),
    versions: [{ name: "StarPU", missing: "install it" }],
    planned: sweeps.map((it) => it.name),
    sections: Object.fromEntries(
      measured.map(({ name, command }, i) => [
        name,
        { command, ended: "2026-01-02T10:00:00.000Z", seconds: 1, value: i === 0 ? one : other },
      ]),
    ),
  });
  const page = ["versions", "task-bench"].map((it) => `<!-- figures:${it} -->\nold\n<!-- /figures -->\n`).join("");

  it("have Task Bench whole or not at all, with a plot for each width", () => {
    const root = mkdtempSync(join(tmpdir(), "heddle-pages-"));
    const file = join(root, "docs", "performance.md");
    mkdirSync(join(root, "docs"));
    writeFileSync(file, page);
    const at = pathToFileURL(`${root}/`);
    assert.deepEqual(writePages(sweeps, results(sweeps.slice(1)), at), { blocks: [], kept: ["task-bench"] });
    assert.equal(readFileSync(file, "utf8"), page);
    assert.deepEqual(writePages(sweeps, results(sweeps), at), { blocks: ["task-bench"], kept: [] });
    const text = readFileSync(file, "utf8");
    assert.match(text, /Measured on 2026-01-02: .*`npm run metg -- -type NAME --widths 1,4 --median --runs 3 --from 12 --to 4`/s);
    assert.match(text, /\| stencil_1d, 2 +\| +4 us \| +2\.50 us \| +3 us \| 1 us \|/);
    assert.match(text, /- left out: mpi: no mpirun/);
    assert.match(text, /\| StarPU +\| left out: install it +\|/);
    assert.match(text, /!\[Efficiency against granularity, stencil_1d, width 2\]\(task-bench\.svg\)/);
    assert.match(readFileSync(join(root, "docs", "task-bench.svg"), "utf8"), /heddle phasers/);
    rmSync(root, { recursive: true });
  });
});
