import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { CASES } from "./cases.ts";
import { expectAll, freeze, job, whyNot } from "./job.ts";

const skip = whyNot("mpirun", "openmpi-bin libopenmpi-dev");

suite("MPI", { skip }, () => {
  test("four ranks", async () => {
    const names = Object.keys(CASES);
    expectAll(await job(names), names);
  });

  test("a killed rank is noticed, and the others can go on", async () => {
    const { outcomes, output } = await job(["lost"], { options: ["--oversubscribe", "--bind-to", "none", "--enable-recovery"] });
    assert.deepEqual(
      outcomes.map(({ place, error }) => [place, error]).sort(),
      [0, 1, 3].map((place) => [place, undefined]),
      output,
    );
  });

  test("a killed rank ends the job with an exit code that is not 0", async () => {
    const { code, output } = await job(["lost"]);
    assert.ok(code !== null && code !== 0, output);
  });

  test("an uncaught error on one rank ends the job with an exit code that is not 0", async () => {
    const { code, output } = await job(["uncaught"]);
    assert.ok(code !== null && code !== 0, output);
    assert.match(output, /nobody catches this/);
  });

  test("abort ends all ranks with its exit code", async () => {
    const { code, output } = await job(["abort"]);
    assert.equal(code, 9, output);
  });

  test("a rank that stands still delays, and breaks nothing", async () => {
    const ended = await job(["frozen"], { meanwhile: freeze });
    expectAll(ended, ["frozen"]);
  });
});

const MPICH_CASES = ["order", "sizes", "tags", "ownPlace", "outside", "records", "exchange", "moves"];

suite("MPICH", { skip: whyNot("mpirun.mpich", "mpich") }, () => {
  test("two ranks", async () => {
    // This library crashes or hangs now and then on its own account.
    for (let tries = 3; ; tries--) {
      const ended = await job(MPICH_CASES, {
        launcher: ["mpirun.mpich"],
        options: [],
        ranks: 2,
        environment: { HEDDLE_MPI: "mpich" },
      });
      if (ended.code !== 0 && tries > 1) continue;
      expectAll(ended, MPICH_CASES, 2);
      return;
    }
  });
});
