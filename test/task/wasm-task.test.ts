import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { suite, test } from "node:test";
import { finish, shared, whenAll } from "heddle";
import { checkWasm, readWasm } from "../../src/task/wasm-module.ts";
import { suiteRuntime } from "../support/suite-runtime.ts";
import * as kernels from "./wasm-tasks.ts";

for (const workers of [0, 2]) {
  suite(`wasmTask, ${workers} workers`, { timeout: 60_000 }, () => {
    const on = suiteRuntime(workers);

    test(
      "a SIMD kernel works on heap arrays, called and spawned",
      on(async () => {
        const n = 1001;
        const x = shared.from(Float64Array.from({ length: n }, (_, i) => i));
        const y = shared.from(Float64Array.from({ length: n }, (_, i) => -i));
        kernels.axpy(x, y, 0, 1, 2);
        await finish(async () => {
          for (let i = 1; i < n; i += 100) kernels.axpy.spawn(x, y, i, Math.min(n, i + 100), 2);
        });
        for (let i = 0; i < n; i++) assert.equal(y[i], i);
        kernels.axpy(x.subarray(10), y, 0, 1, 1);
        assert.equal(y[0], 10);
      }),
    );

    test(
      "static data and results",
      on(async () => {
        const x = shared.from(Float64Array.of(1, 2, 5));
        assert.equal(kernels.smooth(x, 1), 2.5);
        assert.deepEqual(await whenAll([1, 1, 1].map((i) => kernels.smooth.spawn(x, i))), [2.5, 2.5, 2.5]);
      }),
    );

    test(
      "what is wrong is said",
      on(async () => {
        assert.throws(() => kernels.missing(), {
          code: "HEDDLE_WASM",
          message: /exports no function axpi; it exports axpy, smooth, fail/,
        });
        await assert.rejects(kernels.missing.spawn().then(), { code: "HEDDLE_WASM" });
        assert.throws(() => kernels.noFile(), { code: "HEDDLE_WASM", message: /nowhere\.wasm cannot be read/ });
        assert.throws(() => kernels.notWasm(), { code: "HEDDLE_WASM", message: /is not a WebAssembly module/ });
        await assert.rejects(kernels.fail.spawn().then(), { code: "HEDDLE_WASM", message: /called abort/ });
        assert.throws(() => kernels.smooth(new Float64Array(3), 1), {
          code: "HEDDLE_USAGE",
          message: /argument 0 is an ordinary Float64Array/,
        });
        assert.throws(() => kernels.smooth("x" as never, 1), { code: "HEDDLE_USAGE", message: /argument 0 must be/ });
      }),
    );
  });
}

suite("what a module would do to the memory", () => {
  const kernel = readFileSync(new URL("../fixtures/wasm/kernel.wasm", import.meta.url));
  const GIB4 = 2 ** 32;
  const check = (bytes: Uint8Array, memoryBytes = GIB4): void => {
    assert.ok(WebAssembly.validate(bytes as Uint8Array<ArrayBuffer>), "the engine accepts it");
    checkWasm(readWasm(bytes), "kernel.wasm", memoryBytes, 65_536);
  };

  /** A module of these sections: [id, ...bytes]. */
  const module = (...sections: number[][]): Uint8Array =>
    Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...sections.flatMap(([id, ...bytes]) => [id!, bytes.length, ...bytes])]);
  const env = [3, 0x65, 0x6e, 0x76, 1, 0x6d];
  const memory = (...limits: number[]) => [2, 1, ...env, 2, ...limits];
  const shared4GiB = memory(3, 1, 0x80, 0x80, 4);
  const type = [1, 1, 0x60, 0, 0];
  const oneFunction = [3, 1, 0];
  const code = [10, 1, 2, 0, 0x0b];

  test("the kernel of these tests is fine, and its data lies where it may", () => {
    check(kernel);
    const { data } = readWasm(kernel);
    assert.ok(data.length > 0);
    for (const range of data) assert.ok(range !== null && range.to <= 65_536);
  });

  test("a module without a memory, or with its own, is refused", () => {
    assert.throws(() => check(module()), { code: "HEDDLE_WASM", message: /imports no memory.*--importMemory/s });
    assert.throws(() => check(module([5, 1, 0, 1])), { code: "HEDDLE_WASM", message: /a memory of its own/ });
  });

  test("a memory that is not shared, or too small, is refused", () => {
    assert.throws(() => check(module(memory(1, 1, 0x80, 0x80, 4))), { code: "HEDDLE_WASM", message: /--sharedMemory/ });
    assert.throws(() => check(module(memory(3, 1, 16))), { code: "HEDDLE_WASM", message: /1 to 16 pages.*65536/s });
    assert.throws(() => check(module(memory(3, 100, 0x80, 0x80, 4)), 50 * 65_536), { code: "HEDDLE_WASM" });
    check(module(shared4GiB));
    check(module(memory(3, 1, 16)), 16 * 65_536);
  });

  test("a start function is refused", () => {
    assert.throws(() => check(module(type, shared4GiB, oneFunction, [8, 0], code)), {
      code: "HEDDLE_WASM",
      message: /start function/,
    });
  });

  test("static data above the first 64 KiB is refused, passive data is not", () => {
    const at = (address: number[], ...bytes: number[]) => [11, 1, 0, 0x41, ...address, 0x0b, bytes.length, ...bytes];
    check(module(shared4GiB, at([8], 1, 2, 3)));
    check(module(shared4GiB, at([0xfe, 0xff, 3], 1, 2)));
    assert.throws(() => check(module(shared4GiB, at([0xff, 0xff, 3], 1, 2))), { code: "HEDDLE_WASM", message: /65535 to 65537/ });
    assert.throws(() => check(module(shared4GiB, at([0x7f], 1))), { code: "HEDDLE_WASM", message: /4294967295 to/ });
    check(module(shared4GiB, [12, 1], [11, 1, 1, 2, 7, 7]));
    const fromGlobal = [11, 1, 0, 0x23, 0, 0x0b, 1, 9];
    const withGlobal = [2, 2, ...env, 2, 3, 1, 0x80, 0x80, 4, 3, 0x65, 0x6e, 0x76, 1, 0x67, 3, 0x7f, 0];
    assert.throws(() => check(module(withGlobal, fromGlobal)), { code: "HEDDLE_WASM", message: /not a constant/ });
  });
});
