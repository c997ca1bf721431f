/** The programs over places in serial mode: all places in one thread. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { after, before, suite, test } from "node:test";
import { fileURLToPath } from "node:url";
import { takeApart, textOf } from "../docs/pages.ts";
import { BIN, expectMixesTold, onLoopback, run, testAll } from "./run.ts";

const PAGES = [
  "places",
  "mobile-objects",
  "latency-hiding",
  "global-memory",
  "collectives",
  "distributed-loops",
  "finish-over-places",
  "anywhere",
];
/** Inside the checkout, where programs find the package by its name. */
const folder = fileURLToPath(new URL(`../../build/serial-places-${process.pid}/`, import.meta.url));

const LIFE = fileURLToPath(new URL("./programs/life.ts", import.meta.url));

const life = (way: string, ...options: string[]) => onLoopback("life", { places: 3, workers: 0, args: [way], options });

suite("places in serial mode", () => {
  for (const places of [2, 4]) test(`${places} places`, (t) => testAll(t, onLoopback, { places, workers: 0 }));

  test("the same order every time", async () => {
    const how = { places: 3, workers: 0, args: ["memory", "teams"] }; // which set no timers
    const order = async (): Promise<string> => (await onLoopback("all", how)).stdout.replaceAll(/\(\d+ ms\)/g, "");
    assert.equal(await order(), await order());
  });

  test("each place has its own modules, copies and memberships", async () => {
    const { stdout, stderr, code } = await onLoopback("serial", { places: 3, workers: 0 });
    const lines = [
      "variables of modules: [0,1,2]",
      "places of code that has awaited: [[0,1],[1,2],[2,0]]",
      "arrays of the heap: [[0,0],false]",
      'arguments and results: [{"of":[0]},{"of":[0,1]}]',
      'promises: {"by":0}',
      'accumulators: "HEDDLE_CANNOT_CROSS"',
      'other accumulators: "HEDDLE_CANNOT_CROSS"',
      "the action of a phaser: 2",
      "workers of another runtime: 0",
      'modules that the others have not imported: "HEDDLE_CANNOT_CROSS"',
    ];
    assert.deepEqual(stdout.trimEnd().split("\n"), lines, stderr);
    assert.equal(code, 0);
  });

  test("main runs on every place, or on place 0", async () => {
    const all = [0, 1, 2].map((p) => `main ${p} of 3: \n`);
    assert.equal((await life("where")).stdout, all.join(""));
    assert.equal((await life("where", "--root-only")).stdout, all[0]);
  });

  test("--root-only: main cannot begin what all places must take part in; tasks can", async () => {
    const code = "HEDDLE_COLLECTIVE";
    assert.equal((await life("alone", "--root-only")).stdout, `0: ${[code, code, code, code].join(" ")}, 3 3 3\n`);
  });

  test("members of a team that call different operations are told", () =>
    expectMixesTold(async (way) => (await life(way)).stdout));

  test("how programs end", async () => {
    assert.equal((await life("code")).code, 7);
    assert.equal((await life("leftOpen")).code, 0);
    assert.equal((await life("detached")).stdout, "wandered to 1\n");
    const failure = await life("throw");
    assert.equal(failure.code, 1);
    assert.match(failure.stderr, /^The program failed at place 1\.\nRangeError: too bad\n.*life\.ts:\d/);
    const unseen = await life("unhandled");
    assert.equal(unseen.code, 1);
    assert.match(
      unseen.stderr,
      /^The program failed at place \d\.\nTypeError: nobody looks[\s\S]*thrown at place 0[\s\S]*Nobody waited for it/,
    );
    const twice = await life("putTwice");
    assert.equal(twice.code, 1);
    assert.match(twice.stderr, /HEDDLE_PROMISE_SETTLED[\s\S]*thrown at place [12]/);
  });
});

suite("serial mode that cannot be", () => {
  const refused = (environment: Readonly<Record<string, string>>, ...args: string[]) => {
    const env = { ...process.env, HEDDLE_WORKERS: "0", NO_COLOR: "1", ...environment };
    const { status, stderr } = spawnSync(process.execPath, [BIN, "run", ...args, LIFE, "where"], { env, encoding: "utf8" });
    return [status, stderr] as const;
  };

  test("in a process that a launcher has started as one place of several: said once", () => {
    const rank = (it: string) => refused({ OMPI_COMM_WORLD_RANK: it, OMPI_COMM_WORLD_SIZE: "2" });
    const [status, stderr] = rank("0");
    assert.equal(status, 2);
    assert.match(stderr, /^error: Each place that a launcher starts needs workers\. .*--places/);
    assert.deepEqual(rank("1"), [0, ""]);
  });

  test("with --record", () => {
    const [status, stderr] = refused({}, "--places", "2", "--record", "never-written");
    assert.equal(status, 2);
    assert.match(stderr, /--record needs workers: in serial mode the order is the same each time/);
  });
});

suite("what waits in serial mode", () => {
  test("for a place that does not come", async () => {
    const { code, stderr } = await onLoopback("stuck", { places: 2, workers: 0, args: ["collective"] });
    assert.equal(code, 1);
    assert.match(stderr, /^Nothing runs any more, but main at places 0, 1 has not ended/);
    assert.match(stderr, /main of place 0 waits for\n +the collective operation barrier: place 1 has not called it\n/);
  });

  test("for each other's locks", async () => {
    const { stderr } = await onLoopback("stuck", { places: 2, workers: 0, args: ["locks"] });
    assert.match(stderr, /A cycle: .*\n.*takesBoth, .*which waits for\n +a lock, which is held by\n.*takesBoth, /);
  });
});

suite("the guide's pages about places, in serial mode", () => {
  before(() => mkdirSync(folder, { recursive: true }));
  after(() => rmSync(folder, { recursive: true }));

  for (const page of PAGES) {
    const programs = takeApart(textOf(`docs/guide/${page}.md`)).blocks.filter(({ code }) =>
      /export (default )?async function main/.test(code),
    );
    for (const { code, line } of programs) {
      test(`${page}, line ${line}`, async () => {
        const file = `${folder}${page}-${line}.ts`;
        writeFileSync(file, code);
        const { stdout, stderr, code: exit } = await run(process.execPath, [BIN, "run", "-w", "0", "-p", "3", file]);
        const expected = [...code.matchAll(/\/\/ => (.*)$/gm)].map(([, text]) => text!.trim());
        // Some say it at each place.
        assert.deepEqual(new Set(stdout.trimEnd().split("\n")), new Set(expected), stderr);
        assert.equal(exit, 0);
      });
    }
  }
});
