import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { TraceBuffer } from "../../src/trace/buffer.ts";
import { eventsIn } from "../../src/trace/decode.ts";
import type { TraceEvent } from "../../src/trace/events.ts";
import { RingWriter } from "../../src/trace/ring.ts";
import { RingReader } from "../../src/trace/ring-reader.ts";

const make = (capacity: number): TraceBuffer =>
  TraceBuffer.make({ place: 0, slots: 2, capacity, base: 4, foldNs: 0, adapts: false, exact: true, zero: 0 });

const times = (events: readonly TraceEvent[]): number[] => events.map((it) => (it as { time: number }).time);

suite("ring of a trace", () => {
  test("what is written is read, in order, again and again around the ring", () => {
    const buffer = make(8);
    const writer = new RingWriter(buffer, 1);
    const reader = new RingReader(buffer, 1, true);
    const read: TraceEvent[] = [];
    for (let i = 0; i < 100; i++) {
      assert.equal(writer.write("heap", { time: i, used: i * 2 }), true);
      if (i % 3 === 0) reader.take((event) => read.push(event));
    }
    reader.take((event) => read.push(event));
    assert.deepEqual(
      times(read),
      Array.from({ length: 100 }, (_, i) => i),
    );
    assert.deepEqual(read[7], { kind: "heap", slot: 5, time: 7, used: 14 });
  });

  test("text of any length, also across the end of the ring; the bytes can be kept", () => {
    const buffer = make(16);
    const writer = new RingWriter(buffer, 0);
    const reader = new RingReader(buffer, 0, true);
    const kept: Uint8Array[] = [];
    for (const text of ["", "a", "ü".repeat(24), "x".repeat(48), "y".repeat(49), "z".repeat(200)]) {
      const read: TraceEvent[] = [];
      assert.equal(writer.write("mark", { n: 3, time: 1 }, text), true);
      reader.take(
        (event) => read.push(event),
        (bytes) => kept.push(bytes.slice()),
      );
      assert.deepEqual(read, [{ kind: "mark", slot: 0, n: 3, time: 1, text, bytes: new TextEncoder().encode(text).length }]);
    }
    const again: TraceEvent[] = [];
    for (const { event } of eventsIn(Buffer.concat(kept), 0)) again.push(event);
    assert.deepEqual(
      again.map((it) => (it as { text: string }).text.length),
      [0, 1, 24, 48, 49, 200],
    );
  });

  test("a full ring loses what comes, counts it, and goes on when there is room", () => {
    const buffer = make(4);
    const writer = new RingWriter(buffer, 0);
    const reader = new RingReader(buffer, 0, true);
    for (let i = 0; i < 6; i++) writer.write("heap", { time: i });
    assert.equal(writer.write("mark", { time: 6 }, "longer than one record, since it has its text"), false);
    assert.deepEqual([writer.lost, reader.lost], [3, 3]);
    const read: TraceEvent[] = [];
    reader.take((event) => read.push(event));
    assert.equal(writer.write("heap", { time: 7 }), true);
    reader.take((event) => read.push(event));
    assert.deepEqual(times(read), [0, 1, 2, 3, 7]);
  });

  test("who only looks on frees nothing, and is told what it has missed", () => {
    const buffer = make(256);
    const writer = new RingWriter(buffer, 0);
    const taker = new RingReader(buffer, 0, true);
    const onlooker = new RingReader(buffer, 0, false);
    const seen: TraceEvent[] = [];
    for (let i = 0; i < 100; i++) writer.write("heap", { time: i });
    assert.equal(
      onlooker.take((event) => seen.push(event)),
      100,
    );
    taker.take(() => {});
    for (let i = 100; i < 300; i++) {
      writer.write("heap", { time: i });
      taker.take(() => {});
    }
    onlooker.take((event) => seen.push(event));
    assert.equal(onlooker.missed, 200);
    writer.write("heap", { time: 300 });
    onlooker.take((event) => seen.push(event));
    assert.deepEqual(times(seen), [...Array.from({ length: 100 }, (_, i) => i), 300]);
  });

  test("who begins to look on late sees all from the first record on, while that is there", () => {
    const buffer = make(256);
    const writer = new RingWriter(buffer, 0);
    const taker = new RingReader(buffer, 0, true);
    const seenBy = (): number[] => {
      const seen: TraceEvent[] = [];
      new RingReader(buffer, 0, false).take((event) => seen.push(event));
      return times(seen);
    };
    for (let i = 0; i < 100; i++) writer.write("heap", { time: i });
    taker.take(() => {});
    assert.deepEqual(
      seenBy(),
      Array.from({ length: 100 }, (_, i) => i),
    );
    for (let i = 100; i < 200; i++) writer.write("heap", { time: i });
    assert.deepEqual(seenBy(), []);
  });

  test("a thread that takes the place of a dead one goes on behind it", () => {
    const buffer = make(8);
    new RingWriter(buffer, 0).write("heap", { time: 1 });
    new RingWriter(buffer, 0).write("heap", { time: 2 });
    const read: TraceEvent[] = [];
    new RingReader(buffer, 0, true).take((event) => read.push(event));
    assert.deepEqual(times(read), [1, 2]);
  });
});
