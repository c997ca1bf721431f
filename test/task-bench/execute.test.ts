import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { finish, start } from "heddle";
import { execute, ValidationError } from "../../bench/task-bench/core/execute.ts";
import { parseOptions } from "../../bench/task-bench/core/options.ts";
import { graphHere, withPlan } from "../../bench/task-bench/core/plan.ts";

/** Calls `body` with a plan installed in this thread, which is all threads of a serial runtime. */
async function withGraph(line: string, body: () => void): Promise<void> {
  await using runtime = await start({ workers: 0 });
  const { graphs } = parseOptions(line.split(" "));
  await runtime.run(() => withPlan(graphs, 0, "wasm", null, () => finish(async () => body())));
}

describe("a task", () => {
  it("fills its output with pairs of step and point", () =>
    withGraph("-type stencil_1d -output 40", () => {
      execute(0, 0, 3);
      const { words, stride } = graphHere(0);
      assert.equal(stride, 12);
      assert.deepEqual([...words.subarray(3 * stride, 4 * stride)], [0, 0, 3, 0, 0, 0, 3, 0, 0, 0, 3, 0]);
    }));

  it("notices every byte of every input that is wrong", () =>
    withGraph("-type stencil_1d -output 48", () => {
      for (let point = 0; point < 4; point++) execute(0, 0, point);
      const { bytes, stride } = graphHere(0);
      for (let input = 0; input < 3; input++) {
        for (let byte = 0; byte < 48; byte++) {
          const at = input * stride * 4 + byte;
          const right = bytes[at]!;
          bytes[at] = right ^ 0x80;
          const pair = (byte >> 4) << 4;
          assert.throws(() => execute(0, 1, 1), (error) => error instanceof ValidationError && error.message.startsWith(
            `Graph 1, timestep 1, point 1 got a wrong input from (0, ${input}): the 16 bytes at ${pair} of 48 say`)); // biome-ignore format: short
          bytes[at] = right;
        }
      }
      execute(0, 1, 1);
    }));

  it("reads nothing that it does not depend on", () =>
    withGraph("-type no_comm", () => {
      execute(0, 0, 1);
      execute(0, 1, 1);
      assert.throws(() => execute(0, 1, 2), /timestep 1, point 2 got a wrong input from \(0, 2\)/);
    }));

  it("has to be in the graph", () =>
    withGraph("-type tree", () => {
      assert.throws(() => execute(0, 1, 2), /timestep 1, point 2 is not in the graph/);
      assert.throws(() => execute(0, 4, 0), /timestep 4, point 0 is not in the graph/);
    }));

  it("finds its scratch memory as it was prepared", () =>
    withGraph("-kernel memory_bound -scratch 1024 -iter 40", () => {
      execute(0, 0, 0);
      execute(0, 1, 0);
      graphHere(0).scratch[0] = 1;
      assert.throws(() => execute(0, 2, 0), /point 0 found its scratch memory overwritten/);
    }));
});
