/** The examples over places as a user runs them. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { fileURLToPath } from "node:url";
import { heatedPlates, sequential } from "../../examples/heat/grid.ts";
import { bitsOf } from "../../examples/places/heat.ts";
import { BIN, expectAllOk, onLoopback, onMpi, run, whyNoMpi } from "./run.ts";

const example = (name: string): string => fileURLToPath(new URL(`../../examples/places/${name}.ts`, import.meta.url));

for (const workers of [1, 0]) {
  const printed = async (name: string, args: readonly string[]): Promise<string> => {
    const { stdout, stderr, code } = await run(process.execPath, [
      BIN,
      "run",
      "-w",
      `${workers}`,
      "-p",
      "2",
      example(name),
      "--",
      ...args,
    ]);
    assert.equal(stderr, "");
    assert.equal(code, 0);
    return stdout;
  };
  suite(`the examples over places, from the command line${workers === 0 ? ", in serial mode" : ""}`, () => examples(printed));
}

function examples(printed: (name: string, args: readonly string[]) => Promise<string>): void {
  test("UTS", async () => {
    const tree = ["-t", "3", "-d", "8", "-b", "3"]; // a complete tree
    assert.match(
      await printed("uts", tree),
      /^nodes {4}9841, \d+ per second\nplace 0 .*\nplace 1 .*\ndepth {4}8\nleaves {3}6561\nseconds/,
    );
  });

  test("sample sort", async () => {
    assert.match(await printed("sample-sort", ["-n", "10000", "-k", "skewed"]), /^20000 keys .* verified\nlargest part \d+ keys/);
  });

  test("RandomAccess", async () => {
    assert.match(
      await printed("random-access", ["-n", "10"]),
      /^4096 updates of 1024 elements .* GUPS\n0 elements are wrong, 0.00 %: verified/,
    );
  });

  test("heat", async () => {
    const sum = bitsOf(sequential(heatedPlates(66), 30).subarray(66, 66 * 65));
    const lines = (await printed("heat", ["-n", "66", "-t", "30", "--parts"])).split("\n");
    assert.deepEqual(
      lines.slice(0, 4).map((line) => line.replace(/ +[\d.]+ ms a step$/, "")),
      ["computing alone", "travelling alone", "one after the other", "at the same time"],
    );
    assert.equal(lines[4], `checksum               ${sum.toString(16).padStart(8, "0")}`);
  });

  test("word count", async () => {
    const folder = fileURLToPath(new URL("../../docs/decisions", import.meta.url));
    assert.match(
      await printed("word-count", ["--dir", folder, "--top", "2"]),
      /^\d+ files, \d+ words, \d+ different.*\n +\d+ {2}the\n/,
    );
  });

  test("particles", async () => {
    const lines = (await printed("particles", ["-n", "500", "-c", "4", "-t", "4", "-b", "4"])).split("\n");
    assert.match(lines[0]!, /^busiest place [\d.]+ times its share; \d+ cells move; [\d.]+$/);
    assert.match(lines[1]!, /^500 particles, 4 steps, [\d.]+ s: verified$/);
  });

  test("ping-pong", async () => {
    assert.match(
      await printed("ping-pong", ["-r", "20", "-m", "1"]),
      /all answers verified[\s\S]*remote spawn .* us\n[\s\S]* 262144 .* GB\/s/,
    );
  });
}

suite("LULESH over places", () => {
  for (const places of [1, 8]) {
    test(`${places} in one process`, async () => {
      expectAllOk(await onLoopback("all", { places, args: ["lulesh"] }), places, "lulesh");
    });
  }

  test("8 in serial mode", async () => {
    expectAllOk(await onLoopback("all", { places: 8, workers: 0, args: ["lulesh"] }), 8, "lulesh");
  });

  test("8 ranks of an MPI job", { skip: whyNoMpi() }, async () => {
    expectAllOk(await onMpi("all", { places: 8, args: ["lulesh"] }), 8, "lulesh");
  });

  test("from the command line", async () => {
    const { stdout, code } = await run(process.execPath, [BIN, "run", "-p", "1", example("lulesh"), "--", "-s", "5"]);
    assert.match(stdout, /Iteration count {5}= {2}72\n {3}Final Origin Energy = {2}7\.853665e\+3/);
    assert.equal(code, 0);
  });

  test("another number of places is refused", async () => {
    const { stderr, code } = await run(process.execPath, [BIN, "run", "-w", "1", "-p", "2", example("lulesh")]);
    assert.match(stderr, /LULESH needs 1, 8, 27, \.\.\. places, not 2/);
    assert.equal(code, 1);
  });
});
