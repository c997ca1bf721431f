/** Record and replay over several places. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { folderWith, heddle } from "../cli/child.ts";
import { BIN, run as launched, whyNoMpi } from "../places/run.ts";

const program = (name: string): string => new URL(name, import.meta.url).pathname;
const PLACES = program("places.ts");
const RACING = program("racing.ts");

const run = (args: string[], env: Record<string, string> = {}) => heddle(["run", ...args], { env });

async function recorded(t: TestContext, args: string[], env: Record<string, string> = {}) {
  const record = join(folderWith({}, t), "record");
  return { record, first: await run(["--record", record, ...args], env) };
}

describe("record and replay over places", { concurrency: false }, () => {
  for (const [places, workers] of [
    ["2", "2"],
    ["4", "1"],
  ] as const) {
    it(`everything that goes between ${places} places comes in the recorded order`, async (t) => {
      const { record, first } = await recorded(t, ["-p", places, "-w", workers, PLACES]);
      assert.deepEqual([first.code, first.stderr], [0, ""]);
      for (let again = 0; again < 2; again++) {
        const { code, stdout, stderr } = await run(["--replay", record, PLACES]);
        assert.deepEqual([code, stderr, stdout], [0, "", first.stdout]);
      }
    });
  }

  it("the place that was slow when it was recorded comes last in the replay, where another one is slow", async (t) => {
    for (const [SLOW, other] of [
      ["1", "2"],
      ["2", "1"],
    ]) {
      const { record, first } = await recorded(t, ["-p", "3", "-w", "1", RACING], { SLOW: SLOW! });
      assert.equal(first.code, 0, first.stderr);
      const { code, stdout, stderr } = await run(["--replay", record, RACING], { SLOW: other! });
      assert.deepEqual([code, stdout, stderr], [0, first.stdout, ""]);
    }
  });

  it("an exit code that was recorded comes again", async (t) => {
    const { record, first } = await recorded(t, ["-p", "3", "-w", "1", RACING], { SLOW: "1", MODE: "fail" });
    assert.equal(first.code, 3);
    const again = await run(["--replay", record, RACING], { SLOW: "2", MODE: "fail" });
    assert.deepEqual([again.code, again.stderr], [3, first.stderr]);
  });

  it("where the program does something else at a place, the replay says which", async (t) => {
    const { record } = await recorded(t, ["-p", "3", "-w", "1", RACING]);
    const { code, stderr } = await run(["--replay", record, RACING], { MODE: "other" });
    assert.equal(code, 1);
    assert.match(
      stderr,
      /left the record at decision \d+ of \d+ of worker 1 of place 1, .*: the record says that the task race begins, but the task extra begins\. \(HEDDLE_REPLAY\)/,
    );
  });

  it("a record of another number of places or workers is refused", async (t) => {
    const { record } = await recorded(t, ["-p", "3", "-w", "1", RACING]);
    const one = join(folderWith({}, t), "one");
    await run(["--record", one, "-w", "1", program("slowed.ts")]);
    const cases: [string[], RegExp][] = [
      [
        ["--replay", record, "-p", "2", RACING],
        /recorded on 3 places, not on 2 places: --places 3, or mpirun.*\(HEDDLE_REPLAY\)/,
      ],
      [["--replay", record, "-p", "1", RACING], /recorded on 3 places, not on 1 place: .*\(HEDDLE_REPLAY\)/],
      [["--replay", record, "-w", "2", RACING], /recorded with 1 worker at each place, not with 2 workers/],
      [["--replay", one, "-p", "2", program("slowed.ts")], /recorded on 1 place, not on 2 places: leave --places out/],
    ];
    for (const [args, message] of cases) {
      const { code, stderr } = await run(args);
      assert.equal(code, 2);
      assert.match(stderr, message);
    }
  });

  it("each rank of an MPI job writes its part, and all replay them; so do places in one process", {
    skip: whyNoMpi(),
  }, async (t) => {
    const record = join(folderWith({}, t), "record");
    const job = (places: string, ...args: string[]) =>
      launched("mpirun", [
        ...["--oversubscribe", "--bind-to", "none", "-n", places, process.execPath, BIN, "run"],
        ...[...args, PLACES],
      ]);
    const first = await job("3", "-w", "1", "--record", record);
    assert.equal(first.code, 0, first.stderr);
    for (const rank of [0, 1, 2]) assert.ok(existsSync(`${record}.${rank}`));
    const again = await job("3", "--replay", record);
    assert.deepEqual([again.code, again.stdout], [0, first.stdout], again.stderr);
    const here = await run(["--replay", record, PLACES]);
    assert.deepEqual([here.code, here.stderr, here.stdout], [0, "", first.stdout]);
    const fewer = await job("2", "--replay", record);
    assert.match(fewer.stderr, /recorded on 3 places, not on 2 places/);
  });
});
