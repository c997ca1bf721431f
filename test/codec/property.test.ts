import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { cross } from "./setup.ts";

const anything = fc.anything({
  key: fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("__proto__", "constructor", "toJSON", "then", "0", "length")),
  maxDepth: 4,
  withBigInt: true,
  withBoxedValues: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true,
  withUnicodeString: true,
  withObjectString: true,
});

test("any value arrives as structuredClone would copy it", () => {
  fc.assert(
    fc.property(anything, (value) => {
      assert.deepEqual(cross(value), structuredClone(value));
    }),
    { numRuns: 1500 },
  );
});

test("strings with any code units, as values and as keys", () => {
  const text = fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 40 }).map((units) => String.fromCharCode(...units));
  fc.assert(
    fc.property(fc.dictionary(text, text), text, (dictionary, alone) => {
      const value = [Object.assign({}, dictionary), alone, new Map(Object.entries(dictionary))];
      assert.deepEqual(cross(value), value);
    }),
    { numRuns: 500 },
  );
});

test("lists of many objects, of few shapes and of many", () => {
  const leaf = fc.oneof(fc.integer(), fc.double(), fc.string(), fc.boolean(), fc.constantFrom(null, undefined, 7n));
  const key = fc.oneof(fc.constantFrom("id", "name", "a b", "toString"), fc.nat(200).map(String), fc.string({ maxLength: 3 }));
  const held = fc.oneof(leaf, fc.array(leaf, { maxLength: 3 }), fc.dictionary(key, leaf, { maxKeys: 3, noNullPrototype: true }));
  const object = fc.dictionary(key, held, { maxKeys: 5, noNullPrototype: true });
  fc.assert(
    fc.property(fc.array(object, { minLength: 10, maxLength: 200, size: "max" }), (value) => {
      assert.deepEqual(cross(value), structuredClone(value));
    }),
    { numRuns: 100 },
  );
});

const kinds = ["object", "array", "map", "set", "error", "view"] as const;
type Container = { kind: (typeof kinds)[number]; holds: unknown[] };

const graphs = fc.integer({ min: 1, max: 12 }).chain((size) =>
  fc.array(
    fc.record({
      kind: fc.constantFrom(...kinds),
      holds: fc.array(
        fc.oneof(
          fc.nat(size - 1).map((node) => ({ node })),
          fc.constantFrom(1, "x", -0, null, undefined),
        ),
        { maxLength: 5 },
      ),
    }),
    { minLength: size, maxLength: size },
  ),
);

/** Containers that hold each other in any way: what the graphs' edges say. */
function build(graph: Container[]): unknown[] {
  const buffer = new ArrayBuffer(64);
  const nodes = graph.map(({ kind }, i) => {
    if (kind === "object") return {} as Record<string, unknown>;
    if (kind === "array") return [] as unknown[];
    if (kind === "map") return new Map<unknown, unknown>();
    if (kind === "set") return new Set<unknown>();
    return kind === "error" ? new Error("e") : new Uint8Array(buffer, i, 3);
  });
  for (const [i, { holds }] of graph.entries()) {
    for (const [j, held] of holds.entries()) {
      const value = held !== null && typeof held === "object" ? nodes[(held as { node: number }).node] : held;
      const node = nodes[i];
      if (Array.isArray(node)) node.push(value);
      else if (node instanceof Map) node.set(j % 2 ? value : j, value);
      else if (node instanceof Set) node.add(value);
      else if (node instanceof Error) node.cause = value;
      else if (!(node instanceof Uint8Array)) (node as Record<string, unknown>)[`k${j}`] = value;
    }
  }
  return nodes;
}

/** Numbers objects in the order of a walk: equal for two values exactly when their objects hold each other alike. */
function outline(root: unknown): string[] {
  const numbers = new Map<object, number>();
  const lines: string[] = [];
  const visit = (value: unknown): string => {
    if (typeof value !== "object" || value === null) return Object.is(value, -0) ? "-0" : String(value);
    const known = numbers.get(value);
    if (known !== undefined) return `#${known}`;
    const number = numbers.size;
    numbers.set(value, number);
    const parts = partsOf(value).map(visit);
    lines.push(`#${number} ${Object.prototype.toString.call(value)} ${parts.join(" ")}`);
    return `#${number}`;
  };
  visit(root);
  return lines;
}

function partsOf(value: object): unknown[] {
  if (value instanceof Map) return [...value].flat();
  if (value instanceof Set) return [...value];
  if (value instanceof Uint8Array) return [value.length, value.buffer];
  if (value instanceof Error) return ["cause" in value, value.cause];
  return Object.entries(value).flat();
}

test("objects hold each other on arrival as they did on departure", () => {
  fc.assert(
    fc.property(graphs, (graph) => {
      const value = build(graph);
      assert.deepEqual(outline(cross(value)), outline(structuredClone(value)));
    }),
    { numRuns: 1500 },
  );
});

test("views keep their bytes, and their neighbours", () => {
  const view = fc.record({
    buffer: fc.nat(2),
    kind: fc.constantFrom(Uint8Array, Int16Array, Float64Array),
    at: fc.nat(20),
    length: fc.nat(10),
  });
  fc.assert(
    fc.property(fc.array(view, { minLength: 1, maxLength: 6 }), (views) => {
      const buffers = [0, 1, 2].map((seed) => Uint8Array.from({ length: 256 }, (_, i) => i * (seed + 3)).buffer);
      const sent = views.map(
        ({ buffer, kind, at, length }) => new kind(buffers[buffer] as ArrayBuffer, at * kind.BYTES_PER_ELEMENT, length),
      );
      const got = cross(sent) as typeof sent;
      assert.deepEqual(got, sent);
      for (const [i, a] of sent.entries()) {
        for (const [j, b] of sent.entries()) {
          assert.equal(got[i]?.buffer === got[j]?.buffer, a.buffer === b.buffer);
          if (a.buffer === b.buffer)
            assert.equal((got[i]?.byteOffset ?? 0) - (got[j]?.byteOffset ?? 0), a.byteOffset - b.byteOffset);
        }
      }
    }),
    { numRuns: 300 },
  );
});
