import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { QuotaError, Vector } from "./classes.ts";
import { codec, memory } from "./setup.ts";

const echo = new URL("./echo.ts", import.meta.url);

/** Sends `bytes` to a thread of its own, which decodes them, applies a change, and encodes the outcome. */
async function throughThread(bytes: Uint8Array, withClasses: boolean): Promise<Uint8Array> {
  const worker = new Worker(echo, { workerData: { bytes, memory: memory.memory, withClasses } });
  try {
    return await new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject));
  } finally {
    await worker.terminate();
  }
}

describe("between threads", () => {
  test("classes are known by their modules, arrays on the heap are one memory", async () => {
    const heap = new Float64Array(memory.buffer, 1024, 2);
    const quota = new QuotaError(3, 2);
    const answer = codec.decode(await throughThread(codec.encode([new Vector(6, 8), quota, heap], "args"), true));
    const [vector, error, array] = answer as [Vector, QuotaError, Float64Array];
    assert.ok(vector instanceof Vector);
    assert.equal(vector.length, 10);
    assert.ok(error instanceof QuotaError);
    assert.equal(error.stack, quota.stack);
    assert.equal(array.byteOffset, 1024);
    assert.equal(heap[1], 42);
  });

  test("an error of a class that the other thread does not know comes back as it was", async () => {
    const [error] = codec.decode(await throughThread(codec.encode([new QuotaError(3, 2)], "args"), false)) as [QuotaError];
    assert.ok(error instanceof QuotaError);
    assert.deepEqual([error.name, error.used, error.limit, error.excess], ["QuotaError", 3, 2, 1]);
  });

  test("a message stands for itself, also when others of the same form went before it", async () => {
    const rows = (count: number) => Array.from({ length: count }, (_, id) => ({ id, name: `row ${id}`, tags: [{ tag: id }] }));
    codec.encode([rows(100)], "args");
    assert.deepEqual(codec.decode(await throughThread(codec.encode([rows(50)], "args"), false)), [rows(50)]);
  });

  test("another class that the other thread does not know is named", async () => {
    const error = codec.decodeError(await throughThread(codec.encode([new Vector(1, 2)], "args"), false)) as Error & {
      code: string;
    };
    assert.equal(error.code, "HEDDLE_CANNOT_CROSS");
    assert.match(error.message, /classes\.ts#Vector is not registered in this thread/);
  });
});

test("works where code generation from strings is forbidden", () => {
  const script = `
    import assert from "node:assert/strict";
    import { codec } from ${JSON.stringify(new URL("./setup.ts", import.meta.url).href)};
    assert.throws(() => new Function("return 1"), EvalError);
    const rows = Array.from({ length: 100 }, (_, id) => ({ id, name: "row " + id, when: id % 2 ? new Date(id) : null }));
    const plain = rows.map(({ id, name }) => ({ id, name }));
    for (const value of [rows, plain, plain.slice(0, 10), { a: 1 }]) assert.deepEqual(codec.decode(codec.encode(value, "args")), value);
    console.log("crossed");
  `;
  const args = ["--disallow-code-generation-from-strings", "--input-type=module", "--eval", script];
  assert.equal(
    execFileSync(process.execPath, args, { encoding: "utf8", cwd: fileURLToPath(new URL("../..", import.meta.url)) }),
    "crossed\n",
  );
});
