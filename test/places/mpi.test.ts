import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { folderWith } from "../support/child.ts";
import { BIN, mixesTold, onLoopback, onMpi, run, testAll, whyNoMpi } from "./run.ts";

suite("places on MPI", { skip: whyNoMpi() }, () => {
  test("4 ranks", (t) => testAll(t, onMpi, { places: 4 }));

  test("a failure on one place ends all", async () => {
    const { code, stderr } = await onMpi("life", { places: 3, args: ["throw"] });
    assert.equal(code, 1);
    assert.match(stderr, /The program failed at place 1\.\nRangeError: too bad\n.*life\.ts/);
  });

  test("the exit code of a place is that of the program", async () => {
    assert.equal((await onMpi("life", { places: 2, args: ["code"] })).code, 7);
  });

  test("a killed place fails what depends on it, and the others end", async () => {
    const { stdout, stderr } = await onMpi("life", { places: 3, args: ["lost", "kill"], mpirun: ["--enable-recovery"] });
    const loss = "HEDDLE_PLACE_LOST 1";
    const lines = stdout.split("\n").filter((line) => line.startsWith("losses"));
    assert.deepEqual(
      lines.sort(),
      [0, 2].map((p) => `losses ${p}: ${[...new Array(8).fill(loss), 2 - p].join(", ")}`),
      stderr,
    );
    for (const p of [0, 2]) assert.match(stderr, new RegExp(`Place ${p}: place 1 was lost`));
  });

  test("sums have the same bits as between places in one process", async () => {
    const how = { places: 4, args: ["bits"] };
    const [mpi, loopback] = [await onMpi("life", how), await onLoopback("life", how)].map((it) =>
      it.stdout.trim().split("\n").sort(),
    );
    assert.equal(mpi!.length, 4);
    assert.deepEqual(mpi, loopback);
  });

  test("a killed place breaks the phasers in which it took part, and no other", async () => {
    const how = { places: 3, args: ["phaserBreaks", "kill"] };
    const { stdout, stderr } = await onMpi("life", { ...how, mpirun: ["--enable-recovery"] });
    const loss = "HEDDLE_PLACE_LOST 1";
    assert.deepEqual(
      stdout.trim().split("\n").sort(),
      [`losses: ${[loss, loss, loss, loss].join(", ")}; the other goes on to 3`, "place 0 exits with 1", "place 2 exits with 1"],
      stderr,
    );
    for (const p of [0, 2]) assert.match(stderr, new RegExp(`Place ${p}: place 1 was lost`));
    assert.notEqual((await onMpi("life", how)).code, 0, "without recovery mpirun says that a process was killed");
  });

  test("places that call different operations are told so, all of them, and can go on", async () => {
    const { stdout, stderr } = await onMpi("life", { places: 4, args: ["differ"] });
    const codes = [...new Array(3).fill("HEDDLE_COLLECTIVE"), "HEDDLE_USAGE", "HEDDLE_COLLECTIVE"].join(" ");
    assert.deepEqual(
      stdout.trim().split("\n").sort(),
      [0, 1, 2, 3].map((p) => `${p}: ${codes}, then 4 of 4`),
      stderr,
    );
  });

  test("members of a team that call different operations by messages are told", async () => {
    const { stdout, stderr } = await onMpi("life", { places: 3, args: ["differInTeams"] });
    assert.deepEqual(stdout.trim().split("\n").sort(), [0, 1, 2].map(mixesTold), stderr);
  });

  test("places that run different programs refuse each other", async (t) => {
    const folder = folderWith({ "package.json": '{ "type": "module" }' }, t);
    const commands = ["console.log(1)", "console.log(2)"].flatMap((text, i) => {
      mkdirSync(join(folder, `${i}`));
      writeFileSync(join(folder, `${i}/prog.ts`), text);
      return [...(i === 0 ? [] : [":"]), "-n", "1", process.execPath, BIN, "run", "-w", "1", join(folder, `${i}/prog.ts`)];
    });
    const { code, stdout, stderr } = await run("mpirun", ["--oversubscribe", ...commands]);
    assert.notEqual(code, 0);
    assert.match(stderr, /HEDDLE_PLACE_MISMATCH[\s\S]*place 1: its program prog\.ts/);
    assert.equal(stderr.match(/The program failed/g)?.length, 1, stderr);
    assert.doesNotMatch(stdout, /[12]/, "no program has begun");
  });
});
