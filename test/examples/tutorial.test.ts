/** What the tutorial tells of its programs (docs/guide/faster.md). */
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { folderWith, heddle } from "../cli/child.ts";

const cwd = fileURLToPath(new URL("../../examples/tutorial", import.meta.url));
const IMAGE = "bcc6c918\n";

describe("the tutorial", { concurrency: 2 }, () => {
  for (const program of ["slow.ts", "small.ts", "fast.ts"]) {
    test(`${program} makes the same image`, async () => {
      const { code, stdout } = await heddle(["run", program, "-w", "2"], { cwd });
      assert.deepEqual([code, stdout], [0, IMAGE]);
    });
  }

  test("the report of slow.ts says that nothing runs at the same time, that of fast.ts that much could", async (t) => {
    const folder = folderWith({}, t);
    const parallelism = async (program: string): Promise<number> => {
      const file = join(folder, `${program}.json`);
      await heddle(["run", program, "-w", "2", "--trace", file], { cwd });
      return JSON.parse((await heddle(["report", file, "--json"], { cwd })).stdout).parallelism;
    };
    assert.ok((await parallelism("slow.ts")) < 2);
    assert.ok((await parallelism("fast.ts")) > 4);
  });

  test("heddle check finds the race of racing.ts, and none in fast.ts", async () => {
    const racing = await heddle(["check", "racing.ts"], { cwd });
    assert.equal(racing.code, 3, racing.stderr);
    assert.match(racing.stderr, /element \d+ of 256 in an Int32Array made at racing\.ts:\d+/);
    const fast = await heddle(["check", "fast.ts"], { cwd });
    assert.deepEqual([fast.code, fast.stdout], [0, IMAGE], fast.stderr);
  });

  test("--watch-stuck explains why stuck.ts does not end", async () => {
    const explained =
      /the generator task level.*: waits for\n\s+a promise, made at stuck\.ts:\d+:\d+: nobody has put or failed it/;
    const ended = await heddle(["run", "stuck.ts", "-w", "2", "--watch-stuck", "1s"], {
      cwd,
      onOutput: (printed, send) => {
        if (explained.test(printed)) send("SIGKILL");
      },
    });
    assert.match(ended.stderr, explained);
  });
});
