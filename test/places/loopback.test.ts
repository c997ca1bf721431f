import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { expectAllOk, expectMixesTold, onLoopback, testAll } from "./run.ts";

suite("places in one process", () => {
  for (const [places, workers] of [
    [1, 2],
    [2, 1],
    [4, 2],
  ] as const) {
    test(`${places} places, ${workers === 1 ? "a worker" : `${workers} workers`} each`, (t) =>
      testAll(t, onLoopback, { places, workers }));
  }

  test("8 places", async () => {
    const how = { places: 8, args: ["remote", "taskBench"] };
    const ended = await onLoopback("all", how);
    for (const program of ["remote", "taskBench"] as const) expectAllOk(ended, how.places, program);
  });

  test("main runs on every place, with its arguments", async () => {
    const { stdout, code } = await onLoopback("life", { places: 3, args: ["where", "a", "b"] });
    assert.deepEqual(
      stdout.trim().split("\n").sort(),
      [0, 1, 2].map((p) => `main ${p} of 3: a b`),
    );
    assert.equal(code, 0);
  });

  test("--root-only: main runs on place 0", async () => {
    const { stdout } = await onLoopback("life", { places: 3, args: ["where"], options: ["--root-only"] });
    assert.equal(stdout, "main 0 of 3: \n");
  });

  test("--root-only: main cannot begin what all places must take part in; tasks can", async () => {
    const { stdout, stderr } = await onLoopback("life", { places: 3, args: ["alone"], options: ["--root-only"] });
    const code = "HEDDLE_COLLECTIVE";
    assert.equal(stdout, `0: ${[code, code, code, code].join(" ")}, 3 3 3\n`, stderr);
  });

  test("members of a team that call different operations are told", () =>
    expectMixesTold(async (way) => (await onLoopback("life", { places: 3, args: [way] })).stdout));

  test("the exit code of a place is that of the program", async () => {
    assert.equal((await onLoopback("life", { places: 2, args: ["code"] })).code, 7);
  });

  test("what a place has no room for fails: calls in their turn, with later ones going on, and all that is large", async () => {
    const { stdout, stderr, code } = await onLoopback("starved", { places: 2 });
    assert.deepEqual([stdout, stderr, code], ["counted at place 0\n", "", 0]);
  });

  test("a failure on one place ends all", async () => {
    const { code, stderr } = await onLoopback("life", { places: 3, args: ["throw"] });
    assert.equal(code, 1);
    assert.match(stderr, /^The program failed at place 1\.\nRangeError: too bad\n.*life\.ts/);
  });

  test("a remote failure that nobody looks at ends all", async () => {
    const { code, stderr } = await onLoopback("life", { places: 2, args: ["unhandled"] });
    assert.equal(code, 1);
    assert.match(stderr, /TypeError: nobody looks[\s\S]*thrown at place 0[\s\S]*Nobody waited for it/);
  });

  test("a second put from another place is no secret", async () => {
    const { code, stderr } = await onLoopback("life", { places: 3, args: ["putTwice"] });
    assert.equal(code, 1);
    assert.match(stderr, /at place [12]: HEDDLE_PROMISE_SETTLED/);
  });

  test("a promise that nobody puts keeps nothing alive", async () => {
    assert.equal((await onLoopback("life", { places: 2, args: ["leftOpen"] })).code, 0);
  });

  test("the program ends when all tasks have, also those that nobody waits for", async () => {
    const { code, stdout } = await onLoopback("life", { places: 3, args: ["detached"] });
    assert.deepEqual([code, stdout], [0, "wandered to 1\n"]);
  });

  test("a place that is lost fails what depends on it, and the others end", async () => {
    const { code, stdout, stderr } = await onLoopback("life", { places: 3, args: ["lost"] });
    const loss = "HEDDLE_PLACE_LOST 1";
    assert.deepEqual(
      stdout.trim().split("\n").sort(),
      [0, 2].map((p) => `losses ${p}: ${[...new Array(8).fill(loss), 2 - p].join(", ")}`),
    );
    assert.match(stderr, /Place 1 is gone/);
    assert.notEqual(code, 0);
  });

  test("a place that is lost breaks the phasers in which it took part, and no other", async () => {
    const { code, stdout, stderr } = await onLoopback("life", { places: 3, args: ["phaserBreaks"] });
    const loss = "HEDDLE_PLACE_LOST 1";
    assert.equal(stdout.trim(), `losses: ${[loss, loss, loss, loss].join(", ")}; the other goes on to 3`, stderr);
    assert.match(stderr, /Place 1 is gone/);
    assert.notEqual(code, 0);
  });

  test("a stack that waits takes tasks of its place, also behind one whose module nobody has imported", async () => {
    const { code, stdout, stderr } = await onLoopback("life", { places: 2, args: ["lateModule"] });
    assert.deepEqual([stdout, code], ["1 late at 1\n", 0], stderr);
  });

  test("a wait for a call of an object whose method lies below on the stack is given up", async () => {
    const { code, stdout, stderr } = await onLoopback("life", { places: 2, args: ["buriedMethod"] });
    assert.deepEqual([stdout, code], ["HEDDLE_STUCK HEDDLE_STUCK 0\n", 0], stderr);
  });

  test("a wait for a call of an object behind one that needs the event loop of the same worker is given up", async () => {
    const { code, stdout, stderr } = await onLoopback("life", { places: 2, args: ["behindAsync"] });
    assert.deepEqual([stdout, code], [`${"HEDDLE_STUCK ".repeat(5)}0\n`, 0], stderr);
  });

  test("a worker that dies at another place fails the task", async () => {
    const { code, stdout } = await onLoopback("life", { places: 2, args: ["workerDies"] });
    assert.deepEqual(
      stdout.trim().split("\n").sort(),
      [0, 1].map((p) => `${p} hears HEDDLE_WORKER_LOST`),
    );
    assert.equal(code, 0);
  });

  test("an object dies with its worker, and its calls are told", async () => {
    const { code, stdout } = await onLoopback("life", { places: 2, args: ["objectDies"] });
    const gone = "HEDDLE_OBJECT_GONE";
    assert.deepEqual(
      stdout.trim().split("\n").sort(),
      [0, 1].map((it) => `${it} hears HEDDLE_WORKER_LOST ${gone} ${gone} ${gone}`),
    );
    assert.equal(code, 0);
  });

  test("objects of a place that is lost are lost, and others stay", async () => {
    const { stdout, stderr } = await onLoopback("life", { places: 3, args: ["objectsLost"] });
    const loss = "HEDDLE_PLACE_LOST 2";
    assert.equal(stdout.trim(), `losses: ${[loss, loss, loss, loss, loss].join(", ")}; stays at 1`, stderr);
  });

  test("Ctrl-C ends all", async () => {
    let sent = false;
    const { code, stderr } = await onLoopback("life", {
      places: 3,
      args: ["forever"],
      onOutput(printed, kill) {
        if (sent || !["up 0", "up 1", "up 2"].every((it) => printed.includes(it))) return;
        sent = true;
        kill("SIGINT");
      },
    });
    assert.equal(code, 130);
    assert.match(stderr, /Interrupted/);
  });

  test("what the command line asks for must be possible", async () => {
    const many = await onLoopback("life", { places: 129, workers: 1 });
    assert.equal(many.code, 2);
    assert.match(many.stderr, /128 at most/);
  });
});
