import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { runInNewContext } from "node:vm";
import { ArrayKind, bytesPerElement, type HeapArray, isHeapArray, kindName, kindOf, viewAt } from "./array-kinds.ts";
import { makeShared, type Region, type Shared } from "./arrays.ts";
import { viewConstructors } from "./codec/wire.ts";
import { Heap } from "./heap/heap.ts";
import { attachMemory, createMemory } from "./memory.ts";

const PLACE = { words: 64, start: 65_536, end: 1 << 20 };

function setUp() {
  const mem = createMemory(PLACE.end);
  Heap.format(mem, PLACE);
  const heap = new Heap(mem, { ...PLACE, slot: 0 });
  return { mem, heap, shared: makeShared(() => ({ heap, mem })) };
}

const withCode = (code: string, message?: RegExp) => (error: unknown) => {
  const { code: actual, message: text } = error as Error & { code?: string };
  assert.equal(actual, code);
  if (message) assert.match(text, message);
  return true;
};

const METHODS = {
  int8: "Int8Array",
  uint8: "Uint8Array",
  uint8Clamped: "Uint8ClampedArray",
  int16: "Int16Array",
  uint16: "Uint16Array",
  int32: "Int32Array",
  uint32: "Uint32Array",
  float16: "Float16Array",
  float32: "Float32Array",
  float64: "Float64Array",
  bigInt64: "BigInt64Array",
  bigUint64: "BigUint64Array",
} as const;
const methods = Object.entries(METHODS) as [keyof typeof METHODS, string][];

describe("every kind of array", () => {
  for (const [method, name] of methods) {
    test(`${method} makes a ${name} of zeros, and from copies one`, (t) => {
      if (method === "float16" && !("Float16Array" in globalThis)) return t.skip("this engine has no Float16Array");
      const { shared, mem } = setUp();
      const dirty = shared.uint8(1000).fill(255);
      shared.free(dirty);
      const array = shared[method](100) as Float64Array<SharedArrayBuffer>;
      assert.equal(Object.prototype.toString.call(array), `[object ${name}]`);
      assert.equal(array.length, 100);
      assert.ok(array.every((value) => value === 0 || (value as unknown) === 0n));
      assert.ok(isHeapArray(array, mem));
      const one = (name.startsWith("Big") ? 1n : 1) as number;
      array[7] = one;
      const copy = shared.from(array);
      assert.deepEqual([...copy], [...array]);
      assert.equal(copy.constructor, array.constructor);
      array[7] = (one as number) + one;
      assert.equal(copy[7], one);
      shared.free(array);
      shared.free(copy);
      assert.equal(shared.usage().used, 0);
    });
  }

  test("types say which array it is", () => {
    const { shared } = setUp();
    const a: Float64Array<SharedArrayBuffer> = shared.float64(1);
    const b: Uint8Array<SharedArrayBuffer> = shared.from(Buffer.from("x"));
    const c: Int32Array<SharedArrayBuffer> = shared.from(new Int32Array(2));
    // @ts-expect-error: an ordinary array lies on an ArrayBuffer
    const d: Int32Array<ArrayBuffer> = shared.from(c);
    // @ts-expect-error: a list of numbers does not say which kind
    assert.throws(() => shared.from([1, 2]), withCode("HEDDLE_USAGE", /got an array.*Float64Array\.from\(list\)/));
    // @ts-expect-error: only arrays of the heap are freed
    assert.throws(() => shared.free(new Int32Array(2)), withCode("HEDDLE_HEAP", /Int32Array is an ordinary array/));
    assert.deepEqual([a.length, b.length, c.length, d.length], [1, 1, 2, 2]);
  });

  test("copies come from anywhere: a Buffer, a part of an array, another realm", () => {
    const { shared } = setUp();
    assert.deepEqual([...shared.from(Buffer.from("ab"))], [97, 98]);
    assert.deepEqual([...shared.from(new Float32Array([1, 2, 3, 4]).subarray(1, 3))], [2, 3]);
    const foreign = runInNewContext("new Int16Array([5, 6])") as Int16Array;
    assert.ok(shared.from(foreign) instanceof Int16Array);
  });

  test("an empty array has a block of its own", () => {
    const { shared } = setUp();
    const [a, b] = [shared.float64(0), shared.float64(0)];
    assert.notEqual(a.byteOffset, b.byteOffset);
    shared.free(a);
    shared.free(b);
    assert.equal(shared.usage().blocks, 0);
  });

  test("two threads' views are of the same memory", () => {
    const { shared, mem } = setUp();
    const array = shared.float32(10);
    const there = viewAt(attachMemory(mem.memory), kindOf(array), array.byteOffset, array.length);
    array[3] = 1.5;
    assert.equal(there[3], 1.5);
  });
});

test("lengths that are no lengths are misuse; lengths that are too large are out of memory", () => {
  const { shared } = setUp();
  for (const length of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "7", undefined, null, {}, 3n]) {
    assert.throws(
      () => shared.float64(length as number),
      withCode("HEDDLE_USAGE", /shared\.float64\(length\): length is .*whole number/),
    );
  }
  assert.throws(() => shared.float64([1, 2] as never), withCode("HEDDLE_USAGE", /use shared\.from\(array\)/));
  assert.throws(() => shared.region().int8(-1), withCode("HEDDLE_USAGE", /region\.int8/));
  for (const length of [2 ** 20, 2 ** 31, 2 ** 52]) {
    assert.throws(() => shared.float64(length), withCode("HEDDLE_OUT_OF_MEMORY", /heapBytes/));
  }
  assert.equal(shared.usage().used, 0);
});

describe("free", () => {
  test("twice throws, even when the memory has a new owner", () => {
    const { shared } = setUp();
    const array = shared.float64(1000);
    shared.free(array);
    const next = shared.float64(1000);
    assert.equal(next.byteOffset, array.byteOffset);
    assert.throws(() => shared.free(array), withCode("HEDDLE_HEAP", /Float64Array of length 1000 was freed before/));
    shared.free(next);
  });

  test("twice through two views throws", () => {
    const { shared, mem } = setUp();
    const array = shared.float64(1000);
    shared.free(viewAt(mem, ArrayKind.FLOAT64, array.byteOffset, 1000));
    assert.throws(() => shared.free(array), withCode("HEDDLE_HEAP", /freed before, or it is a subarray/));
  });

  test("of a part, of other shared memory, of anything else throws", () => {
    const { shared } = setUp();
    const array = shared.float64(100);
    assert.throws(() => shared.free(array.subarray(2)), withCode("HEDDLE_HEAP", /subarray/));
    assert.throws(() => shared.free(setUp().shared.int8(5)), withCode("HEDDLE_FOREIGN"));
    for (const other of [undefined, null, 5, "x", {}, new DataView(array.buffer)]) {
      assert.throws(() => shared.free(other as unknown as HeapArray), withCode("HEDDLE_USAGE"));
    }
    shared.free(array);
  });
});

describe("a region", () => {
  const used = (shared: Shared) => shared.usage().blocks;

  test("frees its arrays at the end of the scope", () => {
    const { shared } = setUp();
    const outside = shared.int8(10);
    {
      using region = shared.region();
      region.float64(100);
      region.from(new Int16Array(7));
      region.uint8(0);
      assert.equal(used(shared), 4);
    }
    assert.equal(used(shared), 1);
    shared.free(outside);
  });

  test("frees them when the scope ends with an error", () => {
    const { shared } = setUp();
    assert.throws(() => {
      using region = shared.region();
      region.float64(100);
      region.float64(2 ** 30);
    }, withCode("HEDDLE_OUT_OF_MEMORY"));
    assert.equal(used(shared), 0);
  });

  test("disposed twice is harmless; makes no arrays after that", () => {
    const { shared } = setUp();
    const region = shared.region();
    region.float64(100);
    region.free();
    region.free();
    region[Symbol.dispose]();
    assert.throws(() => region.float64(1), withCode("HEDDLE_HEAP", /disposed/));
    assert.throws(() => region.from(new Int8Array(1)), withCode("HEDDLE_HEAP", /disposed/));
    assert.equal(used(shared), 0);
  });

  for (const by of ["shared", "region", "another thread"] as const) {
    test(`leaves alone what was freed by ${by} and belongs to somebody else now`, () => {
      const { shared, mem } = setUp();
      const other = new Heap(mem, { ...PLACE, slot: 1 });
      const region = shared.region();
      const arrays = [region.float64(1000), region.float64(8), region.int32(500)] as const;
      for (const array of arrays.slice(0, 2)) {
        if (by === "another thread") other.free(array.byteOffset);
        else ({ shared, region })[by].free(array);
      }
      other.flush();
      const owned = [shared.float64(1000).fill(3), shared.float64(8).fill(4)];
      assert.equal(owned[0]!.byteOffset, arrays[0].byteOffset);
      if (by === "another thread") {
        assert.throws(() => region.free(arrays[0]), withCode("HEDDLE_HEAP", /freed before/));
      }
      region.free();
      assert.equal(used(shared), 2);
      for (const array of owned) shared.free(array);
      assert.equal(used(shared), 0);
    });
  }

  test("frees one array by hand, but only its own", () => {
    const { shared } = setUp();
    const region: Region = shared.region();
    const mine = region.float64(100);
    const foreign = shared.float64(100);
    region.free(mine);
    assert.throws(() => region.free(mine), withCode("HEDDLE_HEAP", /freed before/));
    assert.throws(() => region.free(foreign), withCode("HEDDLE_HEAP", /not made by this region/));
    assert.throws(() => region.free(undefined as never), withCode("HEDDLE_USAGE"));
    assert.equal(used(shared), 1);
  });

  test("does not grow by arrays that come and go", () => {
    const { shared } = setUp();
    using region = shared.region();
    for (let i = 0; i < 5000; i++) region.free(region.float64(1000));
    assert.equal(used(shared), 0);
  });
});

test("kinds: names, element sizes and numbers agree with the language and with the codec", () => {
  const { mem } = setUp();
  for (const kind of Object.values(ArrayKind)) {
    const Class = (globalThis as unknown as Record<string, Float64ArrayConstructor | undefined>)[kindName(kind)];
    assert.equal(viewConstructors[kind], Class);
    if (!Class) continue;
    assert.equal(kindOf(new Class(1)), kind);
    assert.equal(bytesPerElement(kind), Class.BYTES_PER_ELEMENT);
    assert.ok(viewAt(mem, kind, 65_536, 3) instanceof Class);
  }
  for (const other of [
    undefined,
    null,
    1,
    "Int8Array",
    {},
    [],
    new DataView(mem.buffer),
    { [Symbol.toStringTag]: "Int8Array" },
  ]) {
    assert.equal(kindOf(other), -1);
  }
  assert.equal(kindOf(Buffer.from("a")), ArrayKind.UINT8);
  assert.equal(isHeapArray(new DataView(mem.buffer), mem), false);
  assert.equal(isHeapArray(new Int8Array(4), mem), false);
});
