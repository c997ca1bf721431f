/** `npm run bench:report`: what it runs, keeps, prints and writes. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { duration } from "../../bench/progress.ts";
import { timeLeft } from "../../bench/report/estimate.ts";
import { missingBlocks, withFigures } from "../../bench/report/pages.ts";
import type { Results } from "../../bench/report/results.ts";
import { choose, sections } from "../../bench/report/sections.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const page = "# Title\n\n<!-- figures:versions -->\n<!-- /figures -->\n<!-- figures:a -->\nold a\n<!-- /figures -->\ntext\n<!-- figures:b -->\nold b\n<!-- /figures -->\n"; // biome-ignore format: one line

describe("the sections of a report", () => {
  it("have a place in docs/performance.md, and names of their own", () => {
    for (const quick of [false, true]) {
      const all = sections(quick);
      assert.deepEqual(missingBlocks(all), []);
      assert.equal(new Set(all.map((it) => it.name)).size, all.length);
    }
  });

  it("are chosen by names, of groups too", () => {
    const all = sections(true);
    const names = choose(all, ["task-bench", "fib"]).map((it) => it.name);
    assert.deepEqual(names.slice(0, 2), ["fib", "stencil_1d"]);
    assert.ok(choose(all, ["apps"]).some((it) => it.name === "health"));
    assert.throws(() => choose(all, ["fib", "fob"]), /--only fob is not known; there are apps, task-bench, fib, /);
  });
});

describe("the time that is left", () => {
  it("is what is expected, as much longer as it has been so far", () => {
    assert.equal(timeLeft([{ expected: 10 }, { expected: 20 }]), 30);
    assert.equal(timeLeft([{ expected: 10, taken: 20 }, { expected: 20 }]), 40);
  });

  it("counts what a section says about itself", () => {
    assert.equal(timeLeft([{ expected: 10 }], { expected: 30, elapsed: 5 }), 35);
    assert.equal(timeLeft([{ expected: 10 }], { expected: 30, elapsed: 50 }), 10);
    assert.equal(timeLeft([{ expected: 10 }], { expected: 30, elapsed: 5, share: 0.25 }), 25);
  });

  it("reads well", () => {
    assert.deepEqual([0.2, 99, 100, 3_540, 3_661].map(duration), ["1 s", "99 s", "2 min", "59 min", "1 h 1 min"]);
  });
});

describe("figures in a page", () => {
  it("replace those of their own block", () => {
    const next = withFigures(page, "a", "new a");
    assert.equal(next, page.replace("old a", "new a"));
    assert.throws(() => withFigures(page, "c", "new"), /no place for the figures of c/);
  });
});

describe("a report", () => {
  let root: string;
  let file: string;
  before(() => {
    root = mkdtempSync(join(tmpdir(), "heddle-report-"));
    file = join(root, "kept", "report.json");
    mkdirSync(join(root, "docs"));
  });
  after(() => rmSync(root, { recursive: true }));
  const fake = [here("fake-report.ts")];
  const run = (...args: string[]) => spawnSync(process.execPath, [...fake, file, root, ...args], { encoding: "utf8" });
  const written = () => readFileSync(join(root, "docs", "performance.md"), "utf8");
  const kept = () => Object.keys((JSON.parse(readFileSync(file, "utf8")) as Results).sections);
  const clear = () => writeFileSync(join(root, "docs", "performance.md"), page);

  it("prints and writes the figures, with the command behind them and the versions", () => {
    clear();
    const { status, stdout, stderr } = run("a=rows,a", "b=rows,b");
    assert.equal(status, 0, stderr);
    assert.match(stdout, /\$ fake b\nb: what b measures\n/);
    assert.match(stdout, /time +2 ms +other +4 ms +0\.50 x +<= 1 x +met/);
    assert.match(stdout, /2 of 2 goals are met\.\n\n2 of 2 sections measured/);
    assert.match(stderr, /\[2\/2\] b - about \d+ s left/);
    assert.match(written(), /`fake a`: what a measures\.\n\n\| what \| heddle/);
    assert.match(written(), /\| time \| {3}2 ms \| other: 4 ms \| 0\.50 x \| <= 1 x, met \|/);
    const biome = here("../../node_modules/.bin/biome");
    const formatted = spawnSync(biome, ["format", "--stdin-file-path=performance.md"], { input: written(), encoding: "utf8" });
    assert.equal(formatted.stdout, written(), "as the formatter would write it");
    assert.match(written(), /\| Node +\| v\d+/);
    assert.doesNotMatch(written(), /old/);
  });

  it("goes on when a section fails, says so, and resumes with that one", () => {
    clear();
    const first = run("a=fail", "b=rows,b");
    assert.equal(first.status, 1);
    assert.match(first.stderr, /a FAILED: ended with 3:\nit broke/);
    assert.deepEqual(kept(), ["b"]);
    assert.match(written(), /old a[\s\S]*what b measures/);
    const second = run("--resume", "a=rows,a", "b=fail");
    assert.equal(second.status, 0, second.stderr);
    assert.match(second.stdout, /2 sections, 1 done before/);
    assert.deepEqual(kept().sort(), ["a", "b"]);
    assert.match(written(), /what a measures[\s\S]*what b measures/);
  });

  it("refuses what is no result, and pages without a place before it measures anything", () => {
    clear();
    const garbage = run("a=garbage");
    assert.equal(garbage.status, 1);
    assert.match(garbage.stderr, /a FAILED: printed no JSON: no JSON/);
    const placeless = run("c=rows,c");
    assert.notEqual(placeless.status, 0);
    assert.match(placeless.stderr, /docs\/performance\.md has no place for c/);
    assert.doesNotMatch(placeless.stdout, /what c measures/);
  });

  it("interrupted: keeps what it has, ends whatever it started, and goes on later", async () => {
    clear();
    const socket = join(root, "socket");
    const server = createServer().listen(socket);
    await once(server, "listening");
    const two = new Promise<Socket[]>((resolve) => {
      const sockets: Socket[] = [];
      server.on("connection", (it) => sockets.push(it.resume()) === 2 && resolve(sockets));
    });
    const child = spawn(process.execPath, [...fake, file, root, "a=rows,a", `b=hang,${socket}`], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
    const gone = Promise.all((await two).map((it) => once(it, "close")));
    const closed = once(child, "close");
    child.kill("SIGINT");
    assert.deepEqual((await closed)[0], 130);
    await gone;
    server.close();
    assert.match(output, /1 of 2 sections measured[\s\S]*Interrupted\.\n`--resume`/);
    assert.deepEqual(kept(), ["a"]);
    assert.equal(written(), page, "the documents are as before");
    const rest = run("--resume", "a=fail", "b=rows,b");
    assert.equal(rest.status, 0, rest.stderr);
    assert.match(written(), /what a measures[\s\S]*what b measures/);
  });

  it("resumes only what was asked for before", () => {
    clear();
    run("a=rows,a");
    const other = run("--resume", "a=rows,a", "b=rows,b");
    assert.notEqual(other.status, 0);
    assert.match(other.stderr, /holds a run of other sections: --only a/);
    const again = run("--resume", "a=rows,a");
    assert.equal(again.status, 0);
    assert.match(again.stdout, /1 section, 1 done before/);
  });
});

describe("npm run bench:report", () => {
  const main = here("../../bench/report/main.ts");
  const run = (...args: string[]) => spawnSync(process.execPath, [main, ...args], { encoding: "utf8" });

  it("says what it can do, and what it does not know", () => {
    assert.match(run("--help").stdout, /--quick .*under five minutes/);
    const unknown = run("--only", "fob");
    assert.deepEqual([unknown.status, unknown.stdout], [2, ""]);
    assert.equal(run("--quik").status, 2);
  });

  it("--quick measures, and leaves docs/performance.md alone", () => {
    const root = mkdtempSync(join(tmpdir(), "heddle-report-"));
    const before = readFileSync(here("../../docs/performance.md"), "utf8");
    const { status, stdout, stderr } = run("--quick", "--only", "stream,trivial", "--out", join(root, "report.json"));
    assert.equal(status, 0, stderr);
    assert.match(stdout, /STREAM triad, 100,000 elements/);
    assert.match(stdout, /\$ npm run metg -- -type trivial --widths 1,4/);
    assert.match(stdout, /2 of 2 sections measured/);
    assert.equal(readFileSync(here("../../docs/performance.md"), "utf8"), before);
    rmSync(root, { recursive: true });
  });
});
