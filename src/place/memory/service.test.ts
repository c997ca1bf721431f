import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { Inbox } from "../../net/inbox.ts";
import { LoopbackTransport } from "../../net/loopback/transport.ts";
import { createLoopback, LoopbackControl } from "../../net/loopback/world.ts";
import { Outbox } from "../../net/outbox.ts";
import { ArrayKind } from "../../shared/array-kinds.ts";
import { Heap } from "../../shared/heap/heap.ts";
import { Control, layout } from "../../shared/layout.ts";
import { createMemory } from "../../shared/memory.ts";
import { chooseSeed } from "../../testing/seed.ts";
import type { Area } from "./area.ts";
import { ATOMIC_OPERATIONS, type AtomicOperation } from "./atomic.ts";
import { BATCH_HEADER, ENTRY_BYTES, Entry, entryAt, OPERATION_SHIFT } from "./batch.ts";
import type { Channel } from "./channel.ts";
import { CONTIGUOUS, type Layout } from "./pieces.ts";
import { MemoryService } from "./service.ts";

const HEAP_BYTES = 1 << 22;

/** The memory services of some places on one loopback, all in this thread. */
function make(places: number) {
  const start = layout(2).heapStart;
  const memories = Array.from({ length: places }, () => createMemory(start + HEAP_BYTES));
  const world = createLoopback({ memories: memories.map(({ memory }) => memory), parkWords: memories.map(() => 0) });
  const refused: string[] = [];
  const parts = memories.map((mem, place) => {
    const where = { words: Control.HEAP, start, end: mem.buffer.byteLength };
    Heap.format(mem, where);
    const heap = new Heap(mem, { ...where, slot: 0 });
    const transport = new LoopbackTransport(world, place);
    const outbox = new Outbox(transport, mem, heap);
    const listeners: ((place: number, error: Error) => void)[] = [];
    const lost = new Map<number, Error>();
    const inbox = new Inbox(transport, mem, heap, {
      refused: (_from, error) => refused.push(error.message),
      lost: (other, error) => {
        lost.set(other, error);
        outbox.forget(other);
        for (const listener of listeners) listener(other, error);
      },
    });
    const channel: Channel = {
      place,
      places,
      transport,
      send: (to, type, bytes, length) => outbox.send(to, type, bytes, length),
      on: (type, length, handle) => inbox.on(type, length, handle),
      onLost: (listener) => listeners.push(listener),
      lossOf: (other) => lost.get(other),
    };
    return { mem, heap, inbox, outbox, service: new MemoryService(channel, mem, heap, 32) };
  });
  const alive = new Set(parts);
  const settle = (): void => {
    for (let quiet = 0; quiet < 3; quiet++) {
      for (const it of alive) if ([it.inbox.poll(), it.outbox.flush()].includes(true)) quiet = 0;
    }
  };
  /** Waits for an operation of a service. */
  const run = <T>(begin: (ended: (error: Error | null, value?: T) => void) => void): T => {
    let result: { error: Error | null; value?: T } | null = null;
    begin((error, value) => {
      assert.equal(result, null, "an operation ends once");
      result = value === undefined ? { error } : { error, value };
    });
    settle();
    if (result === null) throw new Error("the operation has not ended");
    const { error, value } = result as { error: Error | null; value?: T };
    if (error !== null) throw error;
    return value as T;
  };
  const allocate = (by: number, place: number, bytes: number): Area =>
    run((ended) => parts[by]!.service.allocate(place, bytes, ended));
  const bytesAt = (place: number, { block, offset }: Area, length: number): Uint8Array =>
    parts[place]!.mem.u8.subarray(block + offset, block + offset + length);
  const copy = (by: number, from: [number, Area, Layout?], to: [number, Area, Layout?], bytes: number): void => {
    const end = ([place, area, its = CONTIGUOUS]: [number, Area, Layout?]) => ({ place, area, layout: its });
    run<never>((ended) => parts[by]!.service.copy(end(from), end(to), bytes, ended));
  };
  return {
    parts,
    alive,
    settle,
    run,
    allocate,
    bytesAt,
    copy,
    refused,
    control: new LoopbackControl(world),
    used: () => parts.map(({ heap }) => heap.usage().used),
  };
}

const from = (area: Area, offset: number): Area => ({ ...area, offset });

describe("one-sided memory", () => {
  test("copies of any length between any two places, asked for by any third, in all layouts", () => {
    const places = 3;
    const { allocate, bytesAt, copy, refused } = make(places);
    const areas = Array.from({ length: places }, (_, place) => allocate((place + 1) % places, place, 1 << 17));
    const place = fc.nat(places - 1);
    const oneLayout = (elements: number): fc.Arbitrary<Layout> =>
      fc.oneof(
        fc.constant(CONTIGUOUS),
        fc.record({ run: fc.integer({ min: 1, max: 5 }), gap: fc.nat(3) }).map(({ run, gap }): Layout => ({ kind: "strided", run: run * 8, stride: (run + gap) * 8 })),
        fc.uniqueArray(fc.nat(4000), { minLength: elements, maxLength: elements }).map((it): Layout => ({ kind: "indexed", element: 8, indexes: Uint32Array.from(it) })),
      ); // biome-ignore format: a list
    const plan = fc.oneof(fc.nat(40), fc.integer({ min: 1000, max: 1100 })).chain((elements) =>
      fc.record({
        elements: fc.constant(elements),
        by: place,
        source: place,
        target: place,
        fromLayout: oneLayout(elements),
        toLayout: oneLayout(elements),
        at: fc.nat(100),
      }),
    );
    fc.assert(
      fc.property(plan, ({ elements, by, source, target, fromLayout, toLayout, at }) => {
        const bytes = elements * 8;
        const sourceArea = from(areas[source]!, 8 * at);
        const targetArea = from(areas[target]!, 1 << 16);
        const positions = (it: Layout): number[] => {
          if (it.kind === "indexed") return [...it.indexes];
          if (it.kind === "contiguous") return Array.from({ length: elements }, (_, i) => i);
          const perRun = it.run / 8;
          return Array.from({ length: elements }, (_, i) => Math.floor(i / perRun) * (it.stride / 8) + (i % perRun));
        };
        const view = (where: number, area: Area) => {
          const { buffer, byteOffset } = bytesAt(where, area, 8);
          return new Float64Array(buffer, byteOffset, 4500);
        };
        const input = view(source, sourceArea);
        for (let i = 0; i < 4500; i++) input[i] = i + at;
        const output = view(target, targetArea);
        output.fill(-1);
        copy(by, [source, sourceArea, fromLayout], [target, targetArea, toLayout], bytes);
        const expected = new Float64Array(4500).fill(-1);
        const wanted = positions(fromLayout);
        for (const [i, to] of positions(toLayout).entries()) expected[to] = wanted[i]! + at;
        assert.deepEqual(view(target, targetArea), expected);
      }),
      { seed: chooseSeed(), numRuns: 120 },
    );
    assert.deepEqual(refused, []);
  });

  test("nothing stays behind: blocks, pending operations", () => {
    const { allocate, copy, run, parts, used } = make(2);
    const before = used();
    const areas = [allocate(0, 0, 100_000), allocate(0, 1, 100_000)] as const;
    const strided: Layout = { kind: "strided", run: 8, stride: 16 };
    for (const bytes of [8, 8192, 8200, 50_000]) {
      for (const by of [0, 1]) {
        copy(by, [0, areas[0], bytes === 50_000 ? CONTIGUOUS : strided], [1, areas[1]], bytes);
        copy(by, [1, areas[1]], [0, areas[0], bytes === 50_000 ? CONTIGUOUS : strided], bytes);
      }
    }
    for (const place of [0, 1] as const) run<never>((ended) => parts[1 - place]!.service.free(place, areas[place], ended));
    for (const { service } of parts) assert.equal(service.pending, 0);
    assert.ok(used().every((it, i) => it - before[i]! < 10_000), "small blocks stay in caches"); // biome-ignore format: one line
  });

  test("what lies outside, was freed or is too large is refused, and the place goes on", () => {
    const { allocate, copy, run, parts, refused } = make(3);
    const area = allocate(0, 1, 20_000);
    const here = allocate(0, 0, 40_000);
    const code = { code: "HEDDLE_GLOBAL_MEMORY" };
    for (const by of [0, 1, 2]) {
      assert.throws(() => copy(by, [0, here], [1, from(area, 19_996)], 16), code);
      assert.throws(() => copy(by, [0, here], [1, area], 30_000), code);
      assert.throws(() => copy(by, [1, from(area, 1)], [0, here], 20_016), code);
      assert.throws(
        () => copy(by, [1, area, { kind: "indexed", element: 8, indexes: Uint32Array.of(5000) }], [0, here], 8),
        code,
      );
      assert.throws(
        () => copy(by, [1, area, { kind: "indexed", element: 8, indexes: Uint32Array.of(1, 2) }], [0, here], 8),
        code,
      );
    }
    assert.throws(() => allocate(0, 1, HEAP_BYTES * 2), { code: "HEDDLE_OUT_OF_MEMORY", requested: HEAP_BYTES * 2 });
    run<never>((ended) => parts[2]!.service.free(1, area, ended));
    assert.throws(() => run<never>((ended) => parts[2]!.service.free(1, area, ended)), code);
    assert.throws(() => copy(0, [0, here], [1, area], 8), code);
    assert.throws(() => copy(0, [1, area], [0, here], 16_000), code);
    assert.throws(() => copy(0, [0, here], [1, area], 16_000), code);
    const again = allocate(0, 1, 20_000);
    copy(0, [0, here], [1, again], 16_000);
    assert.deepEqual(refused, []);
    for (const { service } of parts) assert.equal(service.pending, 0);
  });

  test("atomic operations on every kind of element", () => {
    const { allocate, run, parts } = make(2);
    const area = allocate(0, 1, 64);
    type Value = number | bigint;
    const atomic = (kind: number, operation: AtomicOperation, operand: Value, expected: Value = 0): Value =>
      run<Value>((ended) => parts[0]!.service.atomic(1, from(area, 8), kind, operation, operand, expected, ended));
    const kinds: [kind: number, of: (n: number) => Value][] = [
      [ArrayKind.INT8, (n) => n], [ArrayKind.UINT8, (n) => n], [ArrayKind.INT16, (n) => n], [ArrayKind.UINT16, (n) => n],
      [ArrayKind.INT32, (n) => n], [ArrayKind.UINT32, (n) => n], [ArrayKind.FLOAT32, (n) => n], [ArrayKind.FLOAT64, (n) => n],
      [ArrayKind.BIG_INT64, BigInt], [ArrayKind.BIG_UINT64, BigInt],
    ]; // biome-ignore format: a list
    for (const [kind, of] of kinds) {
      const floats = kind === ArrayKind.FLOAT32 || kind === ArrayKind.FLOAT64;
      atomic(kind, "store", of(5));
      assert.equal(atomic(kind, "add", of(3)), of(5));
      assert.equal(atomic(kind, "load", of(0)), of(8));
      assert.equal(atomic(kind, "min", of(6)), of(8));
      assert.equal(atomic(kind, "max", of(2)), of(6));
      assert.equal(atomic(kind, "exchange", of(12)), of(6));
      assert.equal(atomic(kind, "compareExchange", of(1), of(11)), of(12));
      assert.equal(atomic(kind, "compareExchange", of(9), of(12)), of(12));
      assert.equal(atomic(kind, "load", of(0)), of(9));
      for (const [operation, operand, result] of [
        ["and", 10, 8],
        ["or", 3, 11],
        ["xor", 3, 10],
      ] as const) {
        if (floats) assert.throws(() => atomic(kind, operation, of(1)), /no integers/);
        else {
          atomic(kind, "store", of(9));
          atomic(kind, operation, of(operand));
          assert.equal(atomic(kind, "load", of(0)), of(result));
        }
      }
      if (kind === ArrayKind.INT32 || kind === ArrayKind.INT8) {
        atomic(kind, "store", -3);
        assert.equal(atomic(kind, "min", -7), -3);
      }
      if (kind === ArrayKind.BIG_UINT64) {
        atomic(kind, "store", 2n ** 64n - 1n);
        assert.equal(atomic(kind, "add", 2n), 2n ** 64n - 1n);
        assert.equal(atomic(kind, "load", 0n), 1n);
      }
    }
    assert.throws(() => run((ended) => parts[0]!.service.atomic(1, from(area, 4), ArrayKind.FLOAT64, "add", 1, 0, ended)), {
      code: "HEDDLE_GLOBAL_MEMORY",
    });
  });

  test("many operations in a message: each on its own element, in order; one that is refused holds up no other", () => {
    const { allocate, parts, settle, control, refused } = make(2);
    const { mem, service, heap } = parts[0]!;
    const area = allocate(0, 1, 64);
    const gone = allocate(0, 1, 64);
    parts[1]!.heap.freeStamped(gone.block, gone.stamp);
    const bigs = new BigInt64Array(mem.buffer);
    type One = readonly [operation: AtomicOperation | "unknown", operand: number, area?: Area, offset?: number];
    const many = (kind: number, ones: readonly One[]) => {
      const node = heap.alloc(BATCH_HEADER + ones.length * ENTRY_BYTES);
      const big = kind === ArrayKind.BIG_INT64 || kind === ArrayKind.BIG_UINT64;
      const operandAt = (i: number): number => (entryAt(node, i) >>> 3) + Entry.OPERAND / 2;
      for (const [i, [operation, operand, its = area, offset = 8]] of ones.entries()) {
        const code = operation === "unknown" ? 99 : ATOMIC_OPERATIONS.indexOf(operation);
        mem.i32.set([its.block, its.stamp, offset, kind | (code << OPERATION_SHIFT)], entryAt(node, i) >>> 2);
        if (big) bigs[operandAt(i)] = BigInt(operand);
        else mem.f64[operandAt(i)] = operand;
      }
      let failed: ReadonlyMap<number, Error> | Error | undefined;
      service.many(1, entryAt(node, 0), ones.length, (it) => {
        assert.equal(failed, undefined, "it ends once");
        failed = it;
      });
      settle();
      const values = ones.map((_, i) => (big ? Number(bigs[operandAt(i)]) : mem.f64[operandAt(i)]!));
      heap.free(node);
      return { failed: failed!, values };
    };
    for (const kind of [ArrayKind.UINT8, ArrayKind.INT32, ArrayKind.FLOAT32, ArrayKind.FLOAT64, ArrayKind.BIG_INT64]) {
      const { failed, values } = many(kind, [["store", 5], ["add", 3], ["min", 6], ["exchange", 12], ["load", 0]]); // biome-ignore format: one line
      assert.deepEqual(failed, new Map());
      assert.deepEqual(values.slice(1), [5, 8, 6, 12]);
    }
    const stores = many(ArrayKind.FLOAT64, [["store", 1.5], ["store", -0, area, 16]]); // biome-ignore format: one line
    assert.deepEqual(stores.failed, new Map());
    assert.ok(Object.is(new Float64Array(parts[1]!.mem.buffer, area.block + 16, 1)[0], -0));

    const { failed, values } = many(ArrayKind.FLOAT64, [
      ["load", 0],
      ["add", 1, gone],
      ["add", 1, area, 4],
      ["add", 1, area, 64],
      ["unknown", 1],
      ["and", 1],
      ["add", 2],
    ]);
    assert.ok(failed instanceof Map);
    assert.deepEqual([...failed.keys()], [1, 2, 3, 4, 5]);
    assert.match(failed.get(1).message, /has been freed/);
    for (const error of failed.values()) assert.equal(error.code, "HEDDLE_GLOBAL_MEMORY");
    assert.deepEqual([values[0], values[6]], [1.5, 1.5]);
    assert.equal(many(ArrayKind.FLOAT64, [["load", 0]]).values[0], 3.5);
    assert.deepEqual(refused, []);

    control.lose(1);
    settle();
    const lost = many(ArrayKind.FLOAT64, [["load", 0]]).failed;
    assert.equal((lost as Error & { code: string }).code, "HEDDLE_PLACE_LOST");
    assert.equal(service.pending, 0);
  });

  test("operations with a place that is lost end with that error, those with others go on", () => {
    const { parts, alive, settle, allocate, control, copy } = make(3);
    const areas = [0, 1, 2].map((place) => allocate(0, place, 100_000));
    const ended: string[] = [];
    alive.delete(parts[2]!); // it does not answer any more
    const note = (what: string) => (error: Error | null) => ended.push(`${what}: ${error === null ? "done" : "lost"}`);
    const end = (place: number) => ({ place, area: areas[place]!, layout: CONTIGUOUS });
    parts[0]!.service.copy(end(0), end(2), 8, note("small put"));
    parts[0]!.service.copy(end(0), end(2), 90_000, note("large put"));
    parts[0]!.service.copy(end(2), end(0), 90_000, note("large get"));
    parts[0]!.service.copy(end(1), end(2), 90_000, note("asked of place 1"));
    settle();
    assert.deepEqual(ended, []);
    control.lose(2);
    settle();
    assert.deepEqual(ended.toSorted(), ["asked of place 1: lost", "large get: lost", "large put: lost", "small put: lost"]);
    parts[0]!.service.copy(end(0), end(2), 8, note("later"));
    assert.equal(ended.at(-1), "later: lost");
    copy(0, [0, areas[0]!], [1, areas[1]!], 90_000);
  });
});
