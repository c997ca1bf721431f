import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import type { CheckResult } from "../../src/check/report.ts";
import { heddle } from "../cli/child.ts";

/** The lines that end in a comment which says so race; no others do. */
function planted(folder: string, program: string): number[] {
  const lines = readFileSync(new URL(`${folder}/${program}`, import.meta.url), "utf8").split("\n");
  return lines.flatMap((line, i) => (/\/\/ race$/.test(line) ? [i + 1] : []));
}

/** The places of a race: those in a loop of heddle's count where it was spawned. */
function linesOf({ races }: CheckResult, folder: string, program: string): number[] {
  const lines = new Set<number>();
  for (const { accesses } of races) {
    for (const { at, path } of accesses) {
      const site = [at, ...path.map((step) => step.spawned)].find((it) => it?.file.includes(`/check/${folder}/`));
      if (site?.file.endsWith(`/${program}`)) lines.add(site.line);
    }
  }
  return [...lines].sort((a, b) => a - b);
}

/** All programs of a folder, in one run. */
async function checkAll(folder: string, all: string, ...options: string[]): Promise<CheckResult> {
  const file = new URL(all, import.meta.url).pathname;
  const { code, stdout, stderr } = await heddle(["check", "--json", "-", ...options, file]);
  assert.equal(code, 3, stderr);
  const result = JSON.parse(stdout) as CheckResult;
  for (const program of readdirSync(new URL(folder, import.meta.url)).sort()) {
    const lines = planted(folder, program);
    it(`${program}: ${lines.length > 0 ? "races" : "none"}`, () => {
      const found = result.races.filter((race) => race.accesses.some((it) => it.at.file.endsWith(`/${folder}/${program}`)));
      assert.deepEqual(linesOf(result, folder, program), lines, JSON.stringify(found, null, 2));
    });
  }
  return result;
}

describe("heddle check", async () => {
  const result = await checkAll("programs", "all.ts");

  it("elements of global memory are those of the array", () => {
    const race = result.races.find((it) => it.accesses[0].at.text === "r.write([1, 2], 5)")!;
    assert.deepEqual([race.element, race.length, race.array, race.place], [6, 8, "Int32Array", undefined]);
    assert.deepEqual(race.accesses[0].path[0], { name: "write", operation: true });
  });

  it("all that is spawned was seen", () => {
    assert.equal(result.moreRaces, 0);
    assert.ok(result.tasks > 500);
  });
});

describe("heddle check --places 4", async () => {
  const { races, moreRaces } = await checkAll("places", "places.ts", "--places", "4");

  it("says at which place", () => {
    assert.equal(moreRaces, 0);
    const elsewhere = races.find((race) => race.accesses[0].at.file.endsWith("/two-places-one-element.ts"))!;
    assert.deepEqual([elsewhere.place, elsewhere.element, elsewhere.length], [0, 0, 1]);
    const [one, other] = elsewhere.accesses.map(({ path }) => path.map((it) => it.place));
    assert.notEqual(one!.at(-1), other!.at(-1));
    const part = races.find((race) => race.accesses[0].at.file.endsWith("/barrier-does-not-wait.ts"))!;
    assert.deepEqual([part.shared, part.length, part.element % 8, Math.floor(part.element / 8)], [true, 32, 3, part.place]);
    const far = races.find((race) => race.accesses[0].at.file.endsWith("/put-without-order.ts"))!;
    assert.deepEqual([far.place, far.shared], [3, undefined]);
    const copied = races.find((race) => race.accesses[1].at.file.endsWith("/copied-arguments.ts"))!;
    assert.deepEqual([copied.array, copied.element, copied.length], ["Float64Array", 5, 8]);
    for (const { accesses } of races) for (const { at } of accesses) assert.doesNotMatch(at.file, /\?/);
  });
});
