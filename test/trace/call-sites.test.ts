/** Loops and lambdas are known by the line where they were called and given, in reports and in drawings, wherever their tasks run. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suite, type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { readTrace } from "../../src/trace/read.ts";
import { analyse, type Report, reportOf } from "../../src/trace/report/report.ts";
import { folderWith, heddle } from "../cli/child.ts";
import { linesOf } from "./format.ts";

const PROGRAM = fileURLToPath(new URL("./programs/loops.ts", import.meta.url));

/** By the first word of its mark, the lines of each loop. */
const marks = readFileSync(PROGRAM, "utf8")
  .split("\n")
  .flatMap((text, i) => {
    const mark = /\/\/ mark: (.+)$/.exec(text)?.[1];
    return mark === undefined ? [] : [{ mark, name: mark.split(" ")[0]!, at: `loops.ts:${i + 1}` }];
  });
const LOOPS = new Set(["parallelFor", "parallelForTile", "map", "map_", "mapInto", "reduce", "scan", "sort", "cut", "fill"]);

interface Seen {
  readonly report: Report;
  /** What slices are called. */
  readonly drawn: ReadonlySet<string>;
}

async function run(t: TestContext, options: readonly string[]): Promise<Seen> {
  const cwd = folderWith({}, t);
  const file = join(cwd, "out.json");
  const { code, stderr } = await heddle(["run", PROGRAM, ...options, "--trace", file], { cwd });
  assert.equal(code, 0, stderr);
  const report = reportOf(analyse(readTrace(file)), fileURLToPath(new URL("./programs", import.meta.url)));
  const drawn = new Set(linesOf(file).flatMap((it) => (it.ph === "X" ? [String(it.name)] : [])));
  return { report, drawn };
}

function check({ report, drawn }: Seen, wanted: (mark: string) => boolean): void {
  const seen = new Set(report.sizes.map(({ name, at }) => `${name} ${at}`));
  for (const { mark, name, at } of marks)
    assert.equal(seen.has(`${name} ${at}`), wanted(mark), `${mark}: ${[...seen].join(", ")}`);
  for (const { name, at } of [...report.sizes, ...report.criticalPath]) {
    if (LOOPS.has(name) || name === "lambda") assert.match(at, /^loops\.ts:\d+$/, name);
    assert.doesNotMatch(name, /heddle-lambda/);
  }
  // What was folded into others is not drawn by itself.
  const titles = [...drawn].filter((it) => /^(\d+ × )?(parallelFor|lambda|sort|map)/.test(it));
  assert.ok(titles.length > 0, [...drawn].join(", "));
  for (const title of titles) assert.match(title, / at loops\.ts:\d+$/);
}

const elsewhere = (mark: string): boolean => /over places|spmd|elsewhere$/.test(mark) && !/many times/.test(mark);

suite("call sites in traces", { concurrency: 2 }, () => {
  for (const workers of ["0", "2"]) {
    test(`${workers} workers`, async (t) => {
      const seen = await run(t, ["-w", workers, "--trace-detail", "0"]);
      check(seen, (mark) => !elsewhere(mark));
    });
  }

  test("two places", async (t) => {
    check(await run(t, ["--places", "2", "-w", "1", "--trace-detail", "0"]), elsewhere);
  });
});
