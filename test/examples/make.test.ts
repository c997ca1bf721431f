import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { type Built, type Failed, parallel, sequential } from "../../examples/make/make.ts";
import { inOrder, parseRules } from "../../examples/make/rules.ts";

const rules = parseRules(`
# two files joined, compressed, digested
all: both.gz digests
digests: both.sha b.sha
\tconcat
both.sha: both.gz
\tsha256
both.gz: both
\tgzip
both: a.txt b.txt
\tconcat
b.sha: b.txt
\tsha256
`);

const outcomes = (results: readonly (Built | Failed)[]) =>
  Object.fromEntries(results.map((result) => [result.target, "reason" in result ? "failed" : result.outcome]));

describe("rules", () => {
  test("are read with their line numbers in errors", () => {
    assert.deepEqual(rules[1], { target: "digests", inputs: ["both.sha", "b.sha"], recipe: "concat" });
    assert.throws(() => parseRules("x: y\n\tbake"), /line 2: no recipe is called "bake"; there are concat, gzip/);
    assert.throws(() => parseRules("\tgzip"), /line 1: the recipe "gzip" belongs to no rule/);
    assert.throws(() => parseRules("x: y\n\tgzip\n\tgzip"), /line 3: x already has the recipe/);
    assert.throws(() => parseRules("x: y\nx: z"), /line 2: x has a rule already, on line 1/);
    assert.throws(() => parseRules("nonsense"), /line 1: expected "target: inputs"/);
  });

  test("are ordered inputs first, only those that the goal needs", () => {
    const order = inOrder(rules, "digests").map(({ target }) => target);
    assert.deepEqual(order, ["both", "both.gz", "both.sha", "b.sha", "digests"]);
    assert.throws(() => inOrder(rules, "a.txt"), /no rule makes a.txt/);
    assert.throws(() => inOrder(parseRules("a: b\nb: c\nc: b"), "a"), /b needs c needs b: a circle/);
  });
});

describe("building", () => {
  let folder: string;
  let folders: { from: string; out: string };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "heddle-"));
    folders = { from: folder, out: join(folder, "out") };
    writeFileSync(join(folder, "a.txt"), "warp ");
    writeFileSync(join(folder, "b.txt"), "weft");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test("makes every target once, from made inputs", async () => {
    const results = await parallel(rules, "all", folders);
    assert.deepEqual(outcomes(results), {
      both: "made",
      "both.gz": "made",
      "both.sha": "made",
      "b.sha": "made",
      digests: "made",
      all: "grouped",
    });
    assert.equal(gunzipSync(readFileSync(join(folders.out, "both.gz"))).toString(), "warp weft");
    assert.match(readFileSync(join(folders.out, "digests"), "utf8"), /^[0-9a-f]{64}\n[0-9a-f]{64}\n$/);
  });

  test("makes the same files as the plain program", async () => {
    const other = { ...folders, out: join(folder, "plain") };
    assert.deepEqual(outcomes(await parallel(rules, "all", folders)), outcomes(sequential(rules, "all", other)));
    for (const name of readdirSync(other.out)) {
      assert.deepEqual(readFileSync(join(folders.out, name)), readFileSync(join(other.out, name)), name);
    }
  });

  test("leaves alone what is newer than its inputs", async () => {
    await parallel(rules, "all", folders);
    assert.equal(outcomes(await parallel(rules, "all", folders)).digests, "up to date");
    const later = new Date(Date.now() + 10_000);
    utimesSync(join(folder, "b.txt"), later, later);
    const again = outcomes(await parallel(rules, "all", folders));
    assert.equal(again["b.sha"], "made");
    assert.equal(again.both, "made");
  });

  test("a recipe that fails stops what needs its target, and nothing else", async () => {
    rmSync(join(folder, "a.txt"));
    const expected = {
      both: "failed",
      "both.gz": "failed",
      "both.sha": "failed",
      "b.sha": "made",
      digests: "failed",
      all: "failed",
    };
    const results = await parallel(rules, "all", folders);
    assert.deepEqual(outcomes(results), expected);
    assert.deepEqual(outcomes(sequential(rules, "all", { ...folders, out: join(folder, "plain") })), expected);
    for (const result of results) if ("reason" in result) assert.match((result.reason as Error).message, /ENOENT.*a\.txt/);
  });
});
