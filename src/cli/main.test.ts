import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { folderWith, heddle } from "../../test/cli/child.ts";

const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));

describe("the command line", { concurrency: true }, () => {
  test("no arguments: help, and success", async () => {
    const { code, stdout } = await heddle([]);
    assert.equal(code, 0);
    assert.match(stdout, /Usage: heddle/);
  });

  test("--help teaches: a program, how to run it, exit codes", async () => {
    const { code, stdout } = await heddle(["--help"]);
    assert.equal(code, 0);
    assert.match(stdout, /fib\.spawn\(n - 1\)/);
    assert.match(stdout, /heddle run fib\.ts --stats/);
    assert.match(stdout, /130 +ended by Ctrl-C/);
  });

  test("help run explains the options and the program's main", async () => {
    const { code, stdout } = await heddle(["help", "run"]);
    assert.equal(code, 0);
    for (const part of ["--workers <n>", "--stats", "export async function main(args: string[])", "HEDDLE_WORKERS"]) {
      assert.ok(stdout.includes(part), part);
    }
  });

  test("--version", async () => {
    assert.deepEqual(await heddle(["--version"]), { code: 0, signal: null, stdout: `${version}\n`, stderr: "" });
  });

  test("an unknown command, with the one that was meant", async () => {
    const { code, stderr } = await heddle(["inof"]);
    assert.equal(code, 2);
    assert.match(stderr, /unknown command 'inof'\s+\(Did you mean info\?\)/);
  });

  test("help for a command that there is not", async () => {
    const { code, stderr } = await heddle(["help", "inof"]);
    assert.equal(code, 2);
    assert.match(stderr, /There is no command inof; there are run,/);
  });

  test("a program in the place of the command", async (t) => {
    const { code, stderr } = await heddle(["prog.ts"], { cwd: folderWith({ "prog.ts": "" }, t) });
    assert.equal(code, 2);
    assert.match(stderr, /To run it: heddle run prog\.ts/);
  });

  test("an unknown option, and a wrong number of workers", async () => {
    const unknown = await heddle(["run", "prog.ts", "--worker", "2"]);
    assert.equal(unknown.code, 2);
    assert.match(unknown.stderr, /unknown option '--worker'\s+\(Did you mean --workers\?\)/);
    assert.match(unknown.stderr, /goes after --: heddle run/);
    const negative = await heddle(["run", "prog.ts", "--workers", "many"]);
    assert.equal(negative.code, 2);
    assert.match(negative.stderr, /'many' is invalid.*whole number/);
    const many = await heddle(["run", "prog.ts", "--workers", "129"]);
    assert.equal(many.code, 2);
    assert.match(many.stderr, /128 at most/);
  });

  test("colours only where they are wanted", async () => {
    const coloured = async (env: Record<string, string>) => (await heddle(["info"], { env })).stdout.includes("\x1b[");
    assert.deepEqual(
      [await coloured({}), await coloured({ FORCE_COLOR: "1" }), await coloured({ NO_COLOR: "1" })],
      [false, true, false],
    );
  });
});

describe("heddle info", { concurrency: true }, () => {
  test("says how to get an MPI library where there is none", async () => {
    const { code, stdout } = await heddle(["info"], { env: { HEDDLE_MPI: "libnowhere.so" } });
    assert.equal(code, 0);
    assert.match(stdout, /^MPI library +none found$/m);
    assert.match(stdout, /an MPI library +places over MPI +.*(libopenmpi3|open-mpi)/);
  });

  test("a page", async () => {
    const { code, stdout } = await heddle(["info"]);
    assert.equal(code, 0);
    assert.match(stdout, new RegExp(`^heddle +${version.replaceAll(".", "\\.")}$`, "m"));
    assert.match(stdout, new RegExp(`^Node +${process.versions.node}`, "m"));
    assert.match(stdout, /^Cores +\d+ usable of \d+/m);
    assert.match(stdout, /^Shared memory that can be reserved +\d/m);
    assert.match(stdout, /^MPI library +\S/m);
    assert.match(stdout, /^koffi, to call it +\d/m);
  });

  test("--json", async () => {
    const { code, stdout } = await heddle(["info", "--json"], { env: { HEDDLE_WORKERS: "3" } });
    assert.equal(code, 0);
    const found = JSON.parse(stdout);
    assert.equal(found.heddle, version);
    assert.equal(found.node, process.versions.node);
    assert.deepEqual(found.workers, { default: 3, from: "HEDDLE_WORKERS" });
    assert.ok(found.cores.usable >= 1 && found.memory.total > 0);
    assert.equal(found.features.sharedArrayBuffer, true);
    assert.equal(found.features.float16Array, "Float16Array" in globalThis);
    assert.equal(
      found.mpi.library === undefined,
      found.missing.some(({ what }: { what: string }) => what === "an MPI library"),
    );
    for (const missing of found.missing) assert.deepEqual(Object.keys(missing), ["what", "for", "get"]);
  });
});
