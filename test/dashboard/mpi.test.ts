/** The dashboard of a program whose places are the ranks of an MPI job: rank 0 serves the page, the others tell it what they see. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import type { End } from "../../src/dashboard/messages.ts";
import { isMainThread, placeOfThread } from "../../src/trace/buffer.ts";
import { readTrace } from "../../src/trace/read.ts";
import { whyNoMpi } from "../places/run.ts";
import { folderWith } from "../support/child.ts";
import { ask, expectPlaces, expectTrace, failuresAt, listen } from "./asked.ts";
import { MPIRUN, type Shown, show } from "./shown.ts";

/** Lets something happen once, and waits for the end that pages are told; what failed until then. */
async function until(shown: Shown, happen: () => void): Promise<{ end: End; failures: string[] }> {
  let end: End | undefined;
  let happened = false;
  const failures = new Set<string>();
  await listen(shown.url, (message) => {
    const tick = message.kind === "hello" ? message.tick : message.kind === "tick" ? message : undefined;
    for (const { what, place, text } of tick?.failures ?? []) failures.add(`${what} at ${place}: ${text}`);
    if (message.kind === "end") end = message;
    // Every place has begun, so each of them hears of signals.
    else if (!happened && tick!.figures.filter((it) => it.executed > 0).length === 2) {
      happened = true;
      happen();
    }
    return end !== undefined;
  });
  return { end: end!, failures: [...failures] };
}

suite("the dashboard on MPI", { skip: whyNoMpi() }, () => {
  test("threads, tasks and failures of all ranks, and a trace of all of them", async (t) => {
    const shown = await show(t, ["--workers", "1"], [], MPIRUN);
    expectPlaces(await failuresAt(shown, 2), 2);
    await expectTrace(t, shown, 2);
    shown.stop();
    assert.equal(await shown.ended, 0, shown.printed());
    assert.equal(shown.printed().match(/Dashboard: /g)!.length, 1);
  });

  test("a rank that is gone", async (t) => {
    const shown = await show(t, ["--workers", "1"], ["leaves"], [...MPIRUN, "--enable-recovery"]);
    await listen(
      shown.url,
      (message) =>
        message.kind === "tick" &&
        message.lanes.some((it) => it.lost === true) &&
        message.lanes.every((it) => (it.place === 1) === (it.lost === true)) &&
        message.figures.some((it) => it.executed > 0),
    );
    shown.stop();
    await shown.ended;
  });

  test("what fails at another rank is told before all end", async (t) => {
    const shown = await show(t, ["--workers", "1"], ["fails at 1"], MPIRUN);
    const { end, failures } = await until(shown, () => shown.stop());
    assert.deepEqual([end.exitCode, end.interrupted], [1, false]);
    assert.ok(
      failures.some((it) => /^the program at 1: [\s\S]*TypeError: the program itself fails[\s\S]*steady\.ts:\d+/.test(it)),
      failures.join("\n"),
    );
    assert.equal(await shown.ended, 1, shown.printed());
  });

  test("Ctrl-C", async (t) => {
    const shown = await show(t, ["--workers", "1"], [], MPIRUN);
    const { end } = await until(shown, () => shown.process.kill("SIGINT"));
    assert.equal(end.interrupted, true);
    assert.notEqual(await shown.ended, 0);
  });

  test("--dashboard-keep: what all ranks did stays, also if nobody looked", async (t) => {
    const shown = await show(t, ["--workers", "1", "--dashboard-keep"], [], MPIRUN);
    shown.stop();
    await shown.says(/The program has ended\. The dashboard stays/);
    await listen(shown.url, (message) => message.kind === "end" || (message.kind === "hello" && message.end !== null));
    let hello: string[] = [];
    await listen(shown.url, (message) => {
      if (message.kind !== "hello") return false;
      assert.equal(message.end!.exitCode, 0);
      hello = message.tick.lanes.filter((_, i) => message.tick.figures[i]!.executed > 0).map((it) => it.group);
      return true;
    });
    assert.deepEqual(hello.sort(), ["place 0", "place 1"]);
    const file = join(folderWith({}, t), "saved.json");
    const { status, text } = await ask(`${shown.url}trace`);
    assert.equal(status, 200, text);
    writeFileSync(file, text);
    const trace = readTrace(file);
    assert.deepEqual([trace.places.length, trace.complete, trace.interrupted], [2, true, false]);
    const ended = trace.events.filter((it) => it.kind === "end" && !isMainThread(it.slot)).map((it) => placeOfThread(it.slot));
    assert.deepEqual(new Set(ended).size, 2);
    shown.process.kill("SIGINT");
    await shown.ended;
  });
});
