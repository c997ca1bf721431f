import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { createMemory } from "../../shared/memory.ts";
import type { Receiver } from "../transport.ts";
import { longestPayload, RingReader, RingWriter, ringBytes } from "./ring.ts";
import { LoopbackTransport } from "./transport.ts";
import { createLoopback, LoopbackControl, type LoopbackOptions } from "./world.ts";

/** The communication threads of some places, all in this thread. */
function places(count: number, options: Partial<LoopbackOptions> = {}) {
  const memories = Array.from({ length: count }, () => createMemory(2 ** 20));
  const world = createLoopback({ memories: memories.map(({ memory }) => memory), parkWords: memories.map(() => 0), ...options });
  const transports = memories.map((_, place) => new LoopbackTransport(world, place));
  const got: { at: number; from: number; packet: string }[] = [];
  const lost: string[] = [];
  const receivers = transports.map(
    ({ place }): Receiver => ({
      packet: (from, packet) => void got.push({ at: place, from, packet: packet.join() }),
      lost: (other) => void lost.push(`${place}: ${other}`),
    }),
  );
  const settle = () => {
    for (let quiet = 0; quiet < 2; ) {
      quiet = transports.map((it, place) => it.poll(receivers[place]!)).includes(true) ? 0 : quiet + 1;
    }
  };
  return { memories, world, transports, receivers, got, lost, settle, control: new LoopbackControl(world) };
}

test("a ring keeps order and bytes, at every length and fill", () => {
  const lengths = fc.array(fc.oneof(fc.nat(longestPayload(256)), fc.constant(-1)), { maxLength: 200 });
  fc.assert(
    fc.property(lengths, (steps) => {
      const buffer = new SharedArrayBuffer(ringBytes(256));
      const memory = { i32: new Int32Array(buffer), u8: new Uint8Array(buffer), f64: new Float64Array(buffer) };
      const writer = new RingWriter(memory, 0, 256);
      const reader = new RingReader(memory, 0, 256);
      const inside: number[] = [];
      let count = 0;
      let refused = false;
      for (const length of steps) {
        if (length >= 0) {
          const pushed = writer.push(length, count, new Uint8Array(length).fill(count));
          if (pushed) inside.push(length, count++ & 255);
          else assert.ok(inside.length > 0, "an empty ring takes every length");
          refused ||= !pushed;
        } else if (reader.next()) {
          const [expected, fill] = inside.splice(0, 2);
          assert.equal(reader.kind, expected);
          assert.deepEqual(reader.payload(), new Uint8Array(expected!).fill(fill!));
          if (reader.pop()) refused = false;
          else assert.ok(!refused, "a writer that was refused is to be woken");
        } else assert.equal(inside.length, 0);
      }
    }),
  );
});

suite("loopback, one thread", () => {
  test("packets and ranges among three places", () => {
    const { transports, settle, got, memories } = places(3);
    for (const from of transports) for (let to = 0; to < 3; to++) assert.ok(from.send(to, new Uint8Array([from.place, to])));
    let ended = 0;
    const done = (error?: Error) => {
      assert.equal(error, undefined);
      ended++;
    };
    memories[0]!.u8.fill(3, 1000, 1100);
    transports[0]!.sendRange(1, 5, { address: 1000, bytes: 100 }, done);
    settle();
    transports[1]!.receiveRange(0, 5, { address: 2000, bytes: 100 }, done);
    transports[2]!.receiveRange(2, 6, { address: 2000, bytes: 0 }, done);
    assert.equal(ended, 0); // told by a poll
    settle();
    transports[2]!.sendRange(2, 6, { address: 2000, bytes: 0 }, done);
    settle();
    assert.equal(ended, 4);
    assert.equal(got.length, 9);
    assert.ok(got.every(({ at, from, packet }) => packet === `${from},${at}`));
    assert.deepEqual(memories[1]!.u8.subarray(2000, 2100), new Uint8Array(100).fill(3));
  });

  test("a full way refuses, and takes again what it refused", () => {
    const { transports, settle, got } = places(2);
    const packet = new Uint8Array(transports[0]!.packetBytes);
    let sent = 0;
    while (transports[0]!.send(1, packet)) sent++;
    transports[0]!.sendRange(1, 1, { address: 0, bytes: 0 }, () => {});
    assert.ok(sent >= 2);
    assert.equal(transports[0]!.send(1, packet), false);
    settle();
    assert.ok(transports[0]!.send(1, packet));
    settle();
    assert.equal(got.length, sent + 1);
  });

  test("a transfer whose lengths differ fails on both sides", () => {
    const { transports, settle } = places(2);
    const errors: unknown[] = [];
    transports[0]!.sendRange(1, 1, { address: 0, bytes: 8 }, (error) => errors.push(error));
    transports[1]!.receiveRange(0, 1, { address: 0, bytes: 9 }, (error) => errors.push(error));
    settle();
    assert.deepEqual(
      errors.map((it) => (it as { code: string }).code),
      ["HEDDLE_TRANSPORT", "HEDDLE_TRANSPORT"],
    );
  });

  test("a lost place: its packets first, then the loss, then failures", () => {
    const { transports, settle, got, lost, control } = places(3);
    const failed: number[] = [];
    const done = (error?: Error) => void failed.push((error as unknown as { place: number }).place);
    transports[2]!.send(0, new Uint8Array([9]));
    transports[0]!.sendRange(2, 1, { address: 0, bytes: 8 }, done);
    transports[0]!.receiveRange(2, 2, { address: 0, bytes: 8 }, done);
    control.lose(2);
    settle();
    assert.deepEqual(got, [{ at: 0, from: 2, packet: "9" }]);
    assert.deepEqual(lost, ["0: 2", "1: 2"]);
    assert.ok(transports[0]!.send(2, new Uint8Array(1)));
    transports[0]!.sendRange(2, 1, { address: 0, bytes: 8 }, done);
    settle();
    assert.deepEqual(failed, [2, 2, 2]);
  });

  test("a frozen place holds up what is sent to it, and goes on", () => {
    const { transports, settle, got, control } = places(2);
    control.freeze(1, true);
    transports[0]!.send(1, new Uint8Array([1]));
    settle();
    assert.equal(got.length, 0);
    control.freeze(1, false);
    settle();
    assert.equal(got.length, 1);
  });

  test("a delay holds packets back, and says for how long", () => {
    const { transports, receivers, got } = places(2, { delay: 20 });
    transports[0]!.send(1, new Uint8Array([1]));
    assert.equal(transports[1]!.poll(receivers[1]!), false);
    const rest = transports[1]!.rest();
    assert.ok(rest <= 20);
    while (!transports[1]!.poll(receivers[1]!))
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, transports[1]!.rest());
    assert.equal(got.length, 1);
    assert.equal(transports[1]!.rest(), Number.POSITIVE_INFINITY);
  });

  test("close resolves when every place has closed; abort is heard", async () => {
    const { transports, control } = places(2);
    const order: string[] = [];
    const first = transports[0]!.close().then(() => order.push("first"));
    await new Promise((resolve) => setTimeout(resolve, 5));
    assert.deepEqual(order, []);
    await Promise.all([first, transports[1]!.close()]);
    const heard = control.aborted();
    transports[1]!.abort(7);
    assert.equal(await heard, 7);
  });
});
