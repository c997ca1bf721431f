import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Vector } from "./classes.ts";
import { codec, Handle, memory } from "./setup.ts";
import { crossing } from "./what-crosses.ts";

const small = crossing.filter(({ what }) => !/any depth|^strings$|^arrays$|any size/.test(what)).map(({ value }) => value());
const messages = [
  ...small.map((value) => codec.encode(value, "result")),
  codec.encode(
    [new Float32Array(memory.buffer, 128, 3), new Handle([1]), new Vector(1, 2), new Map([[1, new Uint8Array(9)]])],
    "args",
  ),
  codec.encode(
    Array.from({ length: 40 }, (_, id) => ({ id, name: `row ${id}`, at: { line: id } })),
    "result",
  ),
  codec.encodeError(new AggregateError([new TypeError("x", { cause: { a: [1, null] } })], "y")),
].map((bytes) => Uint8Array.from(bytes));

/** What it says is arbitrary; that it says something is the point. */
function decodes(bytes: Uint8Array): void {
  try {
    codec.decode(bytes);
  } catch (error) {
    assert.ok(error instanceof Error);
  }
}

const edits = fc.array(fc.record({ at: fc.nat(), byte: fc.nat(255) }), { minLength: 1, maxLength: 6 });

test("a message with changed bytes decodes to something or throws", () => {
  fc.assert(
    fc.property(fc.constantFrom(...messages), edits, fc.nat(), (message, changes, cut) => {
      const bytes = message.slice();
      for (const { at, byte } of changes) bytes[at % bytes.length] = byte;
      decodes(bytes);
      decodes(bytes.subarray(0, cut % bytes.length));
    }),
    { numRuns: 4000 },
  );
});

test("any bytes decode to something or throw", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), fc.boolean(), (bytes, graph) => {
      decodes(graph ? Uint8Array.of(0xc1, 0, 0, 0, bytes.length, 0, 0, 0, ...bytes) : bytes);
    }),
    { numRuns: 4000 },
  );
});

test("a cut message throws HEDDLE_INVARIANT", () => {
  const bytes = codec.encode([1, { a: new Date(0) }], "args");
  for (const length of [0, 1, 7, 8, bytes.length - 1]) {
    assert.throws(() => codec.decode(bytes.slice(0, length)), { code: "HEDDLE_INVARIANT" });
  }
  assert.deepEqual(codec.decode(bytes), [1, { a: new Date(0) }]);
});

test("a damaged message does not disturb the ones after it", () => {
  assert.throws(() => codec.decode(Uint8Array.of(0x92, 0xa5, 0x61)));
  const value = [{ a: 1 }, "x".repeat(100), [new Set([1])]];
  assert.deepEqual(codec.decode(codec.encode(value, "args")), value);
});
