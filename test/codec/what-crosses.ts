import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { runInNewContext } from "node:vm";
import { JoinError } from "../../src/errors.ts";
import { QuotaError, Vector } from "./classes.ts";
import { Handle, memory, prepared } from "./setup.ts";

export interface CrossingRow {
  readonly what: string;
  readonly arrives: string;
  readonly value: () => unknown;
  /** Deep equality with what was sent, where this is left out. */
  readonly check?: (got: never, sent: never) => void;
}

const globals = globalThis as unknown as Record<string, never>;
function row<G, S = unknown>(
  what: string,
  arrives: string,
  value: () => unknown,
  check?: (got: G, sent: S) => void,
): CrossingRow {
  return check ? { what, arrives, value, check } : { what, arrives, value };
}

function nested(depth: number): unknown[] {
  let value: unknown[] = [];
  for (let i = 0; i < depth; i++) value = [value];
  return value;
}

function depthOf(value: unknown[]): number {
  let depth = 0;
  for (let at: unknown = value; Array.isArray(at) && at.length > 0; at = at[0]) depth++;
  return depth;
}

class Unregistered extends TypeError {
  readonly field = 7;
}

export const crossing: CrossingRow[] = [
  row("`undefined`, `null`, booleans", "the same", () => [undefined, null, true, false]),
  row("numbers, with `-0`, `NaN` and the infinities", "the same", () => [
    0,
    1,
    -1,
    127,
    2 ** 31,
    2 ** 53,
    1e300,
    0.1,
    -0,
    NaN,
    Infinity,
    -Infinity,
  ]),
  row("bigints of any size", "the same", () => [0n, -1n, 2n ** 63n, -(2n ** 64n), 3n ** 2000n, -(7n ** 999n)]),
  row("strings", "the same", () => ["", "plain", "žluťoučký", "多线程", "🧵", "\0", "x".repeat(100_000)]),
  row("strings with half a surrogate pair", "the same", () => ["\ud800", "a\udc00b", { "\udfff": 1 }]),
  row(
    "plain objects",
    "the same: own, enumerable, string-keyed properties in their order",
    () => ({ b: 1, a: { c: [1, 2] }, "": 0, 7: 7 }),
    (got: object, sent) => {
      assert.deepEqual(got, sent);
      assert.deepEqual(Object.keys(got), ["7", "b", "a", ""]);
    },
  ),
  row("properties that are `undefined`", "kept", () => ({ a: undefined, b: [undefined] })),
  row("a property named `__proto__`, `constructor`, `toJSON`", "an ordinary property", () =>
    JSON.parse('[{"__proto__": {"polluted": true}, "x": 1}, {"constructor": 1}, {"toJSON": 2}, {"hasOwnProperty": null}]'),
  ),
  row(
    "symbol-keyed and non-enumerable properties",
    "left out",
    () => Object.defineProperty({ a: 1, [Symbol("s")]: 2 }, "hidden", { value: 3 }),
    (got: object) => assert.deepEqual(Reflect.ownKeys(got), ["a"]),
  ),
  row(
    "getters of plain objects",
    "the value that the getter returned",
    () => ({
      get answer() {
        return 42;
      },
    }),
    (got) =>
      assert.deepEqual(Object.getOwnPropertyDescriptor(got, "answer"), {
        value: 42,
        writable: true,
        enumerable: true,
        configurable: true,
      }),
  ),
  row(
    "frozen and sealed objects",
    "the same, neither frozen nor sealed",
    () => Object.freeze({ a: 1 }),
    (got) => {
      assert.deepEqual(got, { a: 1 });
      assert.equal(Object.isFrozen(got), false);
    },
  ),
  row("objects without a prototype", "the same", () => Object.assign(Object.create(null), { a: 1, nested: Object.create(null) })),
  row("arrays", "the same", () => [[], [1, "two", [3]], Array.from({ length: 10_000 }, (_, i) => i / 3)]),
  row(
    "arrays with holes",
    "the same, holes are holes",
    () =>
      [[], [], []].map((array: unknown[], i) => {
        array.length = [3, 2, 0][i] as number;
        for (const index of [[0, 2], [1], [4_000_000_000]][i] as number[]) array[index] = undefined;
        return array;
      }),
    (got: unknown[][], sent) => {
      assert.deepEqual(got, sent);
      assert.deepEqual(
        got.map((array) => Object.keys(array)),
        [["0", "2"], ["1"], ["4000000000"]],
      );
    },
  ),
  row(
    "named properties of an array",
    "left out",
    () => [Object.assign([1, 2], { note: "x" })],
    (got) => assert.deepEqual(got, [[1, 2]]),
  ),
  row(
    "one object in several places",
    "one object in the same places",
    () =>
      prepared({ list: [] as object[] }, (value) => {
        const shared = { n: 1 };
        value.list.push(shared, shared, [shared]);
      }),
    (got: { list: [object, object, [object]] }, sent) => {
      assert.deepEqual(got, sent);
      assert.equal(got.list[0], got.list[1]);
      assert.equal(got.list[0], got.list[2][0]);
    },
  ),
  row(
    "cycles through objects, arrays, maps, sets and errors",
    "the same cycles",
    () => {
      const object: Record<string, unknown> = {};
      const error = new Error("e", { cause: object });
      return Object.assign(object, {
        self: object,
        list: [object],
        map: new Map([[object, object]]),
        set: new Set([object]),
        error,
      });
    },
    (got: { self: unknown; list: unknown[]; map: Map<unknown, unknown>; set: Set<unknown>; error: Error }) => {
      assert.equal(got.self, got);
      assert.equal(got.list[0], got);
      assert.equal(got.map.get(got), got);
      assert.ok(got.set.has(got));
      assert.equal(got.error.cause, got);
    },
  ),
  row(
    "values nested to any depth",
    "the same",
    () => nested(100_000),
    (got: unknown[]) => assert.equal(depthOf(got), 100_000),
  ),
  row("`Date`, also an invalid one", "the same", () => [new Date(0), new Date(-1), new Date(8.64e15), new Date(NaN)]),
  row(
    "`RegExp`, with `lastIndex`",
    "the same",
    () =>
      prepared([/a+/giu, /[/\]\n]/y], ([first]) => {
        if (first) first.lastIndex = 5;
      }),
    (got: RegExp[], sent) => {
      assert.deepEqual(got, sent);
      assert.equal(got[0]?.lastIndex, 5);
    },
  ),
  row(
    "`Map`, with keys of any kind that crosses",
    "the same",
    () =>
      new Map<unknown, unknown>([
        ["a", 1],
        [{ k: 1 }, new Map([[NaN, -0]])],
        [undefined, null],
      ]),
  ),
  row("`Set`", "the same", () => new Set<unknown>([1, "a", [2], new Set()])),
  row("boxed primitives", "the same", () => [Object(1), Object("s"), Object(false), Object(5n)]),
  row(
    "`ArrayBuffer`",
    "a copy; a resizable one is resizable again",
    () => [new Uint8Array([1, 2, 3]).buffer, new ArrayBuffer(0), new ArrayBuffer(4, { maxByteLength: 64 })],
    (got: ArrayBuffer[], sent) => {
      assert.deepEqual(got, sent);
      assert.deepEqual([got[2]?.resizable, got[2]?.maxByteLength], [true, 64]);
    },
  ),
  ...[
    "Int8Array",
    "Uint8Array",
    "Uint8ClampedArray",
    "Int16Array",
    "Uint16Array",
    "Int32Array",
    "Uint32Array",
    "Float16Array",
    "Float32Array",
    "Float64Array",
  ].map((name) =>
    row(`\`${name}\``, name === "Float16Array" ? "a copy, where the engine has it" : "a copy", () => {
      const View = globals[name] as Float64ArrayConstructor | undefined;
      return View ? [View.of(1, 2.5, 250), new View(0)] : "this engine has none";
    }),
  ),
  row("`BigInt64Array`, `BigUint64Array`", "a copy", () => [BigInt64Array.of(-1n, 2n ** 62n), BigUint64Array.of(2n ** 64n - 1n)]),
  row(
    "`DataView`",
    "a copy",
    () => new DataView(new Uint8Array([1, 2, 3, 4]).buffer, 1, 2),
    (got: DataView) => {
      assert.ok(got instanceof DataView);
      assert.deepEqual([got.byteLength, got.getUint16(0)], [2, 0x0203]);
    },
  ),
  row(
    "Node's `Buffer`",
    "a copy, a `Buffer`",
    () => Buffer.from("text"),
    (got: Buffer) => {
      assert.ok(Buffer.isBuffer(got));
      assert.equal(got.toString(), "text");
    },
  ),
  row(
    "a view of a part of a buffer",
    "a copy of that part alone",
    () => new Float64Array(new ArrayBuffer(80_000), 800, 2),
    (got: Float64Array) => {
      assert.equal(got.length, 2);
      assert.ok(got.buffer.byteLength < 100);
    },
  ),
  row(
    "several views of one buffer",
    "views of one copy",
    () => {
      const buffer = new ArrayBuffer(64);
      return [new Uint8Array(buffer, 9, 3), new Float64Array(buffer, 24, 2), new Uint16Array(buffer, 10, 1)];
    },
    (got: [Uint8Array, Float64Array, Uint16Array]) => {
      assert.equal(got[0].buffer, got[1].buffer);
      got[2][0] = 0x0101;
      assert.deepEqual([...got[0]], [0, 1, 1]);
      assert.equal(got[1].length, 2);
    },
  ),
  row(
    "arrays on the heap",
    "the same memory, not a copy",
    () => [new Float64Array(memory.buffer, 65_536, 4), new DataView(memory.buffer, 16, 8)],
    (got: [Float64Array, DataView], sent: [Float64Array, DataView]) => {
      got[0][3] = 99;
      assert.equal(sent[0][3], 99);
      assert.deepEqual([got[1].buffer, got[1].byteOffset, got[1].byteLength], [memory.buffer, 16, 8]);
    },
  ),
  row(
    "errors of the language",
    "the same class, message, stack, `cause`, `errors` and fields",
    () => new AggregateError([new TypeError("a", { cause: "why" }), 5], "several"),
    (got: AggregateError, sent: AggregateError) => {
      assert.deepEqual(got, sent);
      assert.ok(got.errors[0] instanceof TypeError);
      assert.equal(got.stack, sent.stack);
      assert.deepEqual(Object.keys(got), []);
    },
  ),
  row(
    "heddle's errors",
    "the same class, `code` and fields",
    () => new JoinError("not yours"),
    (got: JoinError) => {
      assert.ok(got instanceof JoinError);
      assert.equal(got.code, "HEDDLE_JOIN_NOT_OWN");
    },
  ),
  row(
    "errors of a class registered with `errorClass` or `crosses`",
    "the same class, with its methods",
    () => new QuotaError(12, 10),
    (got: QuotaError) => {
      assert.ok(got instanceof QuotaError);
      assert.deepEqual([got.excess, got.message], [2, "12 of 10 used"]);
    },
  ),
  row(
    "errors of any other class",
    "an error of a class with the same name, which extends the same class of the language",
    () => new Unregistered("m"),
    (got: Unregistered) => {
      assert.ok(got instanceof TypeError);
      assert.deepEqual([got.constructor.name, got.name, got.message, got.field], ["Unregistered", "TypeError", "m", 7]);
    },
  ),
  row(
    "what cannot cross inside an error",
    "a short description of it",
    () => Object.assign(new Error("e"), { socket: new EventEmitter(), retry() {} }),
    (got) => assert.deepEqual({ ...(got as object) }, { socket: "[EventEmitter]", retry: "[function retry]" }),
  ),
  row(
    "`DOMException`",
    "the same name, code, message, stack and `cause`",
    () => AbortSignal.abort().reason,
    (got: DOMException, sent: DOMException) => {
      assert.ok(got instanceof DOMException);
      assert.deepEqual([got.name, got.code, got.message, got.stack], [sent.name, sent.code, sent.message, sent.stack]);
    },
  ),
  row(
    "`URL`, `URLSearchParams`",
    "the same",
    () => [new URL("https://example.org/a?b=c#d"), new URLSearchParams("b=c&b=d")],
    (got: unknown[], sent: unknown[]) => {
      assert.ok(got[0] instanceof URL && got[1] instanceof URLSearchParams);
      assert.deepEqual(got.map(String), sent.map(String));
    },
  ),
  row(
    "`Temporal` objects",
    "the same, where the engine has them",
    () => temporalValues(),
    (got: object[], sent: object[]) => {
      assert.deepEqual(got.map(String), sent.map(String));
      assert.deepEqual(got.map(Object.getPrototypeOf), sent.map(Object.getPrototypeOf));
    },
  ),
  row(
    "instances of a class registered with `crosses`",
    "what its `decode` returns",
    () => [new Vector(3, 4)],
    (got: Vector[]) => {
      assert.ok(got[0] instanceof Vector);
      assert.equal(got[0].length, 5);
    },
  ),
  row(
    "tasks, futures, promises, phasers, accumulators",
    "the same task, future, promise, phaser or accumulator",
    () => prepared([new Handle({ cell: 7 })], (list) => list.push(list[0] as Handle)),
    (got: Handle[]) => {
      assert.ok(got[0] instanceof Handle);
      assert.equal(got[0], got[1]);
      assert.deepEqual(got[0].state, { cell: 7 });
    },
  ),
  row(
    "values of another realm (a `vm` context)",
    "values of this realm",
    () => runInNewContext("[{ a: new Map([[1, new Date(5)]]) }, new Uint8Array([1, 2]), new RangeError('r')]"),
    (got: [unknown, unknown, unknown]) => {
      assert.deepEqual(got.slice(0, 2), [{ a: new Map([[1, new Date(5)]]) }, new Uint8Array([1, 2])]);
      assert.ok(got[2] instanceof RangeError);
    },
  ),
];

function temporalValues(): unknown[] {
  const temporal = globals.Temporal as unknown as Record<string, { from(text: string): object }> | undefined;
  if (!temporal) return [];
  const texts = {
    Instant: "2026-01-02T03:04:05.123456789Z",
    PlainDate: "2026-01-02",
    ZonedDateTime: "2026-01-02T03:04[Europe/Prague]",
    Duration: "P1DT2H",
  };
  return Object.entries(texts).map(([name, text]) => temporal[name]?.from(text));
}
