import assert from "node:assert/strict";
import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { folderWith, heddle } from "../cli/child.ts";

const program = (name: string): string => new URL(name, import.meta.url).pathname;
const MIXTURE = program("mixture.ts");
const EVENTS = program("events.ts");
const CALLBACKS = program("callbacks.ts");
const SLOWED = program("slowed.ts");

const run = (args: string[], env: Record<string, string> = {}) => heddle(["run", ...args], { env });

async function recorded(t: TestContext, args: string[], env: Record<string, string> = {}) {
  const record = join(folderWith({}, t), "record");
  return { record, first: await run(["--record", record, ...args], env) };
}

describe("record and replay", { concurrency: false }, () => {
  for (const workers of ["1", "2", "3", "4", "8"]) {
    it(`a mixture of everything gives the same answer each time, on ${workers} workers`, async (t) => {
      const { record, first } = await recorded(t, ["-w", workers, MIXTURE]);
      assert.deepEqual([first.code, first.stderr], [0, ""]);
      for (let again = 0; again < (workers === "2" ? 2 : 1); again++) {
        const { code, stdout, stderr } = await run(["--replay", record, MIXTURE]);
        assert.deepEqual([code, stderr], [0, ""]);
        assert.equal(stdout, first.stdout);
      }
    });
  }

  for (const workers of ["1", "2", "3", "4", "8"]) {
    it(`timers and files let tasks go on in the recorded order, on ${workers} workers`, async (t) => {
      const { record, first } = await recorded(t, ["-w", workers, EVENTS], { SLOW: "abg" });
      assert.deepEqual([first.code, first.stderr], [0, ""]);
      const { code, stdout, stderr } = await run(["--replay", record, EVENTS], { SLOW: "cehj" });
      assert.deepEqual([code, stderr], [0, ""]);
      assert.equal(stdout, first.stdout);
    });
  }

  for (const workers of ["1", "2", "4"]) {
    it(`callbacks of then, catch and finally are called in the recorded order, on ${workers} workers`, async (t) => {
      const { record, first } = await recorded(t, ["-w", workers, CALLBACKS]);
      assert.deepEqual([first.code, first.stderr], [0, ""]);
      const { code, stdout, stderr } = await run(["--replay", record, CALLBACKS]);
      assert.deepEqual([code, stderr, stdout], [0, "", first.stdout]);
    });
  }

  it("where threads are far more than processors, and others run beside them, a replay is still the same", async (t) => {
    const { record, first } = await recorded(t, ["-w", "4", EVENTS]);
    const busy = await Promise.all([1, 2, 3].map(() => run(["--replay", record, EVENTS], { SLOW: "bdfi" })));
    for (const { code, stdout, stderr } of busy) assert.deepEqual([code, stderr, stdout], [0, "", first.stdout]);
  });

  it("an await that fails where it was fulfilled is told, with the line and a code", async (t) => {
    const { record } = await recorded(t, ["-w", "2", EVENTS]);
    const { code, stderr } = await run(["--replay", record, EVENTS], { MISSING: "1" });
    assert.equal(code, 1);
    assert.match(
      stderr,
      /of worker \d: the record says that what events\.ts:\d+ waits for has come, but what events\.ts:\d+ waits for fails\. \(HEDDLE_REPLAY\)/,
    );
  });

  it("who was slow when it was recorded comes last in the replay, where others are slow", async (t) => {
    const { record, first } = await recorded(t, ["-w", "2", SLOWED], { SLOW: "ac" });
    assert.match(first.stdout, /^b d b/, first.stderr);
    for (const SLOW of ["", "bd", "ef"]) {
      const { code, stdout, stderr } = await run(["--replay", record, SLOWED], { SLOW });
      assert.deepEqual([code, stdout, stderr], [0, first.stdout, ""]);
    }
  });

  it("a failure that was recorded comes again", async (t) => {
    const { record, first } = await recorded(t, ["-w", "2", SLOWED, "fail"], { SLOW: "a" });
    assert.equal(first.code, 1);
    const again = await run(["--replay", record, SLOWED], { SLOW: "b" });
    assert.equal(again.code, 1);
    assert.match(again.stderr, /b was first/);
  });

  it("where the program does something else, the replay says so, and the program goes on", async (t) => {
    const { record } = await recorded(t, ["-w", "2", SLOWED]);
    const { code, stdout, stderr } = await run(["--replay", record, SLOWED], { MODE: "other" });
    assert.equal(code, 1);
    assert.match(stderr, /The replay left the record at decision \d+ of \d+ of (worker \d|the main thread)/);
    assert.match(stdout, /^[ab] [cd] [a-f]{6}\n/);
  });

  it("a record of something else is refused", async (t) => {
    const { record } = await recorded(t, ["-w", "2", SLOWED]);
    const folder = folderWith({ "no-record": "text" }, t);
    const copy = join(folder, "slowed.ts");
    copyFileSync(SLOWED, copy);
    writeFileSync(copy, "\n// changed\n", { flag: "a" });
    const cases: [string[], RegExp][] = [
      [["--replay", record, MIXTURE], /it is of slowed\.ts, not of mixture\.ts\. \(HEDDLE_REPLAY\)/],
      [["--replay", record, copy], /slowed\.ts has changed since it was recorded/],
      [["--replay", record, "-w", "3", SLOWED], /it was recorded with 2 workers, not with 3 workers/],
      [["--replay", record, SLOWED, "more"], /it was recorded with the arguments \[\]/],
      [["--replay", join(folder, "no-record"), SLOWED], /is no record/],
      [["--replay", join(folder, "missing"), SLOWED], /cannot be read/],
      [["--replay", record, "--record", record, SLOWED], /give one of them/],
    ];
    for (const [args, message] of cases) {
      const { code, stderr } = await run(args);
      assert.equal(code, 2);
      assert.match(stderr, message);
    }
    const serial = await run(["--record", record, "-w", "0", SLOWED]);
    assert.equal(serial.code, 2);
    assert.match(serial.stderr, /--record needs workers/);
  });
});
