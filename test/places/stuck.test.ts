import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { type How, onLoopback, onMpi, whyNoMpi } from "./run.ts";

/** What must be said of each program in programs/stuck.ts, in this order. */
const SAYS: Record<string, RegExp> = {
  promise:
    /main of place 0 waits for\n +the async task pulls, spawned at \S*stuck\.ts:\d+:\d+, on worker 1 of place 1: waits for\n +a promise, made at \S*stuck\.ts:\d+:\d+: nobody has put or failed it/,
  collective:
    /main of place 0 waits for\n +the collective operation barrier: place 1 has not called it\n +main of place 1 waits for\n +a promise, made at/,
  left: /main of place 0 waits for\n +the collective operation barrier: place 1 has not called it\n +main of place 1 has ended\n/,
  cycle:
    /A cycle: these wait for each other, and none of them can ever go on\.\n(?=[^A]*the async task here, [^\n]*place 0, which waits for\n)(?=[^A]*the generator task there, [^\n]*place 1, which waits for\n)/,
  locks:
    /A cycle: .*\n.*takesBoth, .* place [01], which waits for\n +a lock, which is held by\n.*takesBoth, .* place [01], which waits for\n +a lock, which is held by\n/,
  spmd: /the collective operation allReduce: place 1 has not called it[\s\S]*a finish scope, [^\n]*: waits for\n +the async task pulls, [^\n]*on worker 1 of place 1: waits for\n +a promise/,
  phaser:
    /the generator task steps, [^\n]*on worker 1 of place 0: waits for\n +phase 0 of a phaser, made at \S*stuck\.ts:\d+:\d+: 1 member has not signalled it\n +the async task dawdles, [^\n]*on worker 1 of place 1: waits for\n +a promise/,
  object: /A cycle: .*\n(?:.*\n)*? +the task Gate\.look, .*, which waits for\n +the task Gate\.holds, /,
  busy: /the task loops, [^\n]*on worker 1 of place 1: runs[\s\S]*the task waiting, [^\n]*: has not begun at place 1: nobody has taken it/,
};

const how = (name: string, pattern: RegExp): How => ({
  places: 2,
  args: [name],
  options: ["--watch-stuck", "300ms"],
  // It may have been on its way there when it was asked: then it is asked again.
  onOutput: (printed, kill) => kill(pattern.test(printed) ? "SIGTERM" : "SIGUSR2"),
});

suite("--watch-stuck over places says", () => {
  for (const [name, pattern] of Object.entries(SAYS)) {
    test(name, async () => {
      const { stderr } = await onLoopback("stuck", how(name, pattern));
      assert.match(stderr, pattern);
      assert.match(stderr, /heddle: nothing has begun or ended at any place for \d+\.\d s\n/);
    });
  }

  test("SIGUSR2 is answered also where main has ended", async () => {
    const pattern = /heddle: SIGUSR2: who waits for what\nmain of place 1 waits for\n +a promise, made at/;
    const { stderr } = await onLoopback("stuck", { ...how("ended", pattern), options: [] });
    assert.match(stderr, pattern);
  });

  for (const name of ["cycle", "collective"]) {
    test(`the same on MPI: ${name}`, { skip: whyNoMpi() }, async () => {
      const { stderr } = await onMpi("stuck", how(name, SAYS[name]!));
      assert.match(stderr, SAYS[name]!);
    });
  }
});
