import assert from "node:assert/strict";
import { test } from "node:test";
import { deserialize, serialize } from "node:v8";
import { Cell, CellFlag, IN_PAYLOAD } from "../shared/cell.ts";
import type { Codec } from "../shared/codec/index.ts";
import { Heap } from "../shared/heap/heap.ts";
import { createMemory } from "../shared/memory.ts";
import { Kind, readSmall, Values, writeSmall } from "./values.ts";

const PLACE = { words: 64, start: 65_536, end: 1 << 18 };
const CELL = 32_768;
const WORD = CELL / 4;

function setUp() {
  const mem = createMemory(PLACE.end);
  Heap.format(mem, PLACE);
  const heap = new Heap(mem, { ...PLACE, slot: 0, cacheBlocks: 0 });
  const encode = (value: unknown): Uint8Array => serialize(value);
  const codec = { encode, encodeError: encode, decode: (bytes: Uint8Array) => deserialize(bytes) } as Partial<Codec> as Codec;
  return { mem, heap, values: new Values(mem, heap, codec, codec) };
}

test("what fits into 8 bytes comes back as it was", () => {
  const { mem } = setUp();
  const int = [0, 1, -1, 2 ** 31 - 1, -(2 ** 31)];
  const float = [-0, 0.5, Number.NaN, 2 ** 31, -(2 ** 31) - 1, Number.POSITIVE_INFINITY, Number.MIN_VALUE, 2 ** 53];
  const other: [unknown, number][] = [
    [undefined, Kind.UNDEFINED],
    [null, Kind.NULL],
    [false, Kind.FALSE],
    [true, Kind.TRUE],
  ];
  const all = [...int.map((it) => [it, Kind.INT] as const), ...float.map((it) => [it, Kind.FLOAT] as const), ...other];
  for (const [value, kind] of all) {
    mem.f64[100] = Number.NaN; // what the place held before does not matter
    assert.equal(writeSmall(mem, 100, value), kind, String(value));
    assert.ok(Object.is(readSmall(mem, 100, kind), value), String(value));
  }
  for (const value of ["", 1n, {}, Symbol.iterator, () => {}]) assert.equal(writeSmall(mem, 100, value), Kind.ENCODED);
});

test("up to three small arguments lie in the cell; otherwise all lie in a block, which reading frees", () => {
  const { mem, heap, values } = setUp();
  const cases: [unknown[], unknown, boolean][] = [
    [[], null, true],
    [[1, undefined, -0.5], null, true],
    [[true, null], null, true],
    [[1, 2, 3, 4], null, false],
    [[1, "two", 3], null, false],
    [[1], { name: "one" }, false],
  ];
  for (const [args, options, inCell] of cases) {
    const flags = values.writeArguments(CELL, args, options);
    mem.i32[WORD + Cell.FLAGS] = flags;
    assert.equal(((flags >>> CellFlag.COUNT_SHIFT) & CellFlag.COUNT_MASK) !== IN_PAYLOAD, inCell);
    assert.equal(heap.usage().blocks, inCell ? 0 : 1);
    assert.deepEqual(values.readArguments(CELL), { args, options });
    assert.equal(heap.usage().blocks, 0);
  }
});

test("results and errors; what nobody reads is discarded", () => {
  const { mem, heap, values } = setUp();
  for (const value of [7, undefined, "a long text", [1, [2]]]) {
    mem.i32[WORD + Cell.FLAGS] = values.writeResult(CELL, value);
    assert.deepEqual(values.readResult(CELL), value);
  }
  mem.i32[WORD + Cell.FLAGS] = values.writeError(CELL, new RangeError("no"));
  mem.i32[WORD + Cell.FAILURES] = values.writeBlock(new Uint8Array(40));
  assert.equal(heap.usage().blocks, 2);
  values.discard(CELL);
  values.discard(CELL);
  assert.equal(heap.usage().blocks, 0);
});
