import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import type { CheckResult } from "../../src/check/report.ts";
import { heddle } from "../cli/child.ts";

const folder = new URL("programs/", import.meta.url);
const programs = readdirSync(folder).sort();

/** The lines that end in a comment which says so race; no others do. */
function planted(program: string): number[] {
  const lines = readFileSync(new URL(program, folder), "utf8").split("\n");
  return lines.flatMap((line, i) => (/\/\/ race$/.test(line) ? [i + 1] : []));
}

/** The places of a race: those in a loop of heddle's count where it was spawned. */
function linesOf({ races }: CheckResult, program: string): number[] {
  const lines = new Set<number>();
  for (const { accesses } of races) {
    for (const { at, path } of accesses) {
      const site = [at, ...path.map((step) => step.spawned)].find((it) => it?.file.includes("/programs/"));
      if (site?.file.endsWith(`/${program}`)) lines.add(site.line);
    }
  }
  return [...lines].sort((a, b) => a - b);
}

describe("heddle check", async () => {
  const { code, stdout, stderr } = await heddle(["check", "--json", "-", new URL("all.ts", import.meta.url).pathname]);
  assert.equal(code, 3, stderr);
  const result = JSON.parse(stdout) as CheckResult;

  for (const program of programs) {
    it(`${program}: ${planted(program).length > 0 ? "races" : "none"}`, () => {
      const found = result.races.filter((race) => race.accesses.some((it) => it.at.file.endsWith(`/${program}`)));
      assert.deepEqual(linesOf(result, program), planted(program), JSON.stringify(found, null, 2));
    });
  }

  it("all that is spawned was seen", () => {
    assert.equal(result.moreRaces, 0);
    assert.ok(result.tasks > 500);
  });
});
