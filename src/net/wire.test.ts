import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { type HeddleError, OutOfMemoryError, PlaceLostError } from "../errors.ts";
import { createMemory } from "../shared/memory.ts";
import { Inbox } from "./inbox.ts";
import { type Blocks, Outbox } from "./outbox.ts";
import { NetRecord } from "./packet.ts";
import type { Done, MemoryRange, Receiver, Transport } from "./transport.ts";
import { Reader, Writer } from "./wire.ts";

const PACKET_BYTES = 256;

/** A way from a place to itself that keeps what is sent until it is polled. */
class Loop implements Transport {
  readonly name = "loopback";
  readonly place = 0;
  readonly places = 1;
  readonly hosts = [0];
  readonly packetBytes = PACKET_BYTES;
  readonly wakes = false;
  room = Number.POSITIVE_INFINITY;
  /** What transfers end with. */
  failure: Error | undefined;
  readonly packets: Uint8Array[] = [];
  readonly offers = new Map<number, { range: MemoryRange; done: Done }>();
  readonly u8: Uint8Array;
  readonly #ended: (() => void)[] = [];

  constructor(u8: Uint8Array) {
    this.u8 = u8;
  }

  send(_to: number, packet: Uint8Array): boolean {
    assert.ok(packet.length <= PACKET_BYTES);
    if (this.packets.length >= this.room) return false;
    this.packets.push(packet.slice());
    return true;
  }

  sendRange(_to: number, tag: number, range: MemoryRange, done: Done): void {
    this.offers.set(tag, { range, done });
  }

  dropRange(): void {}

  receiveRange(_from: number, tag: number, range: MemoryRange | Uint8Array, done: Done): void {
    const into = range instanceof Uint8Array ? range : this.u8.subarray(range.address, range.address + range.bytes);
    this.#ended.push(() => {
      const offer = this.offers.get(tag)!;
      assert.equal(offer.range.bytes, into.length);
      into.set(this.u8.subarray(offer.range.address, offer.range.address + into.length));
      offer.done(this.failure);
      done(this.failure);
    });
  }

  poll(receiver: Receiver): boolean {
    const packets = this.packets.splice(0);
    const ended = this.#ended.splice(0);
    for (const packet of packets) receiver.packet(0, packet);
    for (const end of ended) end();
    return packets.length + ended.length > 0;
  }

  rest(): number {
    return 0;
  }

  async close(): Promise<void> {}
  abort(): void {}
}

class Bump implements Blocks {
  live = 0;
  /** How many bytes a block may have. */
  room = Number.POSITIVE_INFINITY;
  #next = 16;
  alloc(bytes: number): number {
    if (bytes > this.room) throw new OutOfMemoryError("no room");
    this.live++;
    return (this.#next += Math.ceil(bytes / 16) * 16) - Math.ceil(bytes / 16) * 16;
  }
  free(): void {
    this.live--;
  }
}

interface Got {
  readonly type: number;
  readonly body: Uint8Array;
}

function pair(patience?: number) {
  const memory = createMemory(2 ** 20);
  const transport = new Loop(memory.u8);
  const blocks = new Bump();
  const got: Got[] = [];
  const refused: HeddleError[] = [];
  const inbox = new Inbox(
    transport,
    memory,
    blocks,
    {
      refused: (_from, error) => void refused.push(error),
      lost: () => assert.fail("no place is lost"),
    },
    patience,
  );
  for (const type of [1, 2, 3]) inbox.on(type, {}, (_from, body) => void got.push({ type, body: body.rest().slice() }));
  inbox.on(4, { exactly: 12 }, (_from, body) => void got.push({ type: 4, body: body.rest().slice() }));
  const outbox = new Outbox(transport, memory, blocks);
  const settle = () => {
    for (let quiet = 0; quiet < 2; ) quiet = [outbox.flush(), inbox.poll()].includes(true) ? 0 : quiet + 1;
  };
  return { memory, transport, blocks, got, refused, inbox, outbox, settle };
}

const records = fc.array(
  fc.record({ type: fc.integer({ min: 1, max: 3 }), body: fc.uint8Array({ maxLength: 3 * PACKET_BYTES, size: "max" }) }),
  { maxLength: 40 },
);

suite("records in packets", () => {
  test("arrive whole; small ones in order", () => {
    fc.assert(
      fc.property(records, fc.integer({ min: 1, max: 4 }), (sent, room) => {
        const { transport, outbox, settle, got, refused, blocks } = pair();
        transport.room = room;
        for (const { type, body } of sent) outbox.send(0, type, body);
        settle();
        assert.deepEqual(refused, []);
        const small = ({ body }: Got) => body.length <= outbox.longest;
        const text = ({ type, body }: Got) => `${type} ${body.join()}`;
        assert.deepEqual(got.filter(small).map(text), sent.filter(small).map(text));
        assert.deepEqual(got.map(text).sort(), sent.map(text).sort());
        assert.equal(outbox.backlog(0), 0);
        assert.equal(blocks.live, 0);
      }),
    );
  });

  test("a range with a head arrives as one body; a handler can keep its block", () => {
    const { memory, outbox, inbox, settle, got, blocks } = pair();
    for (const bytes of [0, 1, 100, 1000]) {
      const address = 512 * 1024;
      memory.u8.fill(7, address, address + bytes);
      let done = 0;
      outbox.sendRange(0, 2, new Uint8Array([1, 2, 3]), { address, bytes }, () => done++);
      settle();
      assert.equal(done, 1);
      assert.deepEqual(got.pop(), { type: 2, body: new Uint8Array([1, 2, 3, ...new Array<number>(bytes).fill(7)]) });
    }
    let kept: MemoryRange | undefined;
    inbox.on(9, {}, () => (kept = inbox.keep()));
    outbox.send(0, 9, new Uint8Array(1000).fill(5));
    settle();
    assert.equal(blocks.live, 1);
    assert.deepEqual(memory.u8.slice(kept!.address, kept!.address + kept!.bytes), new Uint8Array(1000).fill(5));
  });

  test("small records share a packet", () => {
    const { transport, outbox } = pair();
    for (let i = 0; i < 10; i++) outbox.send(0, 1, new Uint8Array(8));
    outbox.flush();
    assert.equal(transport.packets.length, 1);
  });

  test("unknown types and wrong lengths are refused one by one", () => {
    const { outbox, settle, got, refused } = pair();
    outbox.send(0, 77, new Uint8Array(5));
    outbox.send(0, 1, new Uint8Array(6));
    outbox.send(0, 4, new Uint8Array(11));
    outbox.send(0, 4, new Uint8Array(12));
    outbox.send(0, NetRecord.LARGE, new Uint8Array(3));
    outbox.send(0, NetRecord.LARGE, new Writer().u32(1).u32(1).f64(Number.NaN).bytes());
    outbox.send(
      0,
      NetRecord.LARGE,
      new Writer()
        .u32(1)
        .u32(1)
        .f64(2 ** 40)
        .bytes(),
    );
    settle();
    assert.deepEqual(
      got.map(({ body }) => body.length),
      [6, 12],
    );
    assert.deepEqual(
      refused.map(({ code }) => code),
      new Array(5).fill("HEDDLE_MESSAGE"),
    );
  });

  test("a large record waits for room in the heap", () => {
    const { blocks, outbox, settle, got, refused } = pair();
    outbox.send(0, 2, new Uint8Array(1000).fill(4));
    blocks.room = 0;
    settle();
    outbox.send(0, 1, new Uint8Array(5));
    settle();
    assert.deepEqual(
      got.map(({ type }) => type),
      [1],
    );
    blocks.room = Number.POSITIVE_INFINITY;
    settle();
    assert.deepEqual(got[1], { type: 2, body: new Uint8Array(1000).fill(4) });
    assert.deepEqual(refused, []);
    assert.equal(blocks.live, 0);
  });

  test("a large record that has waited for too long is received outside of the heap, and its handler decides", () => {
    const { blocks, inbox, outbox, settle, got, refused } = pair(0);
    let kept: unknown = "not called";
    inbox.on(5, { atLeast: 1000 }, (_from, body) => {
      kept = inbox.keep();
      got.push({ type: 5, body: body.rest().slice() });
    });
    outbox.sendRange(0, 5, new Uint8Array(3).fill(1), { address: 2000, bytes: 1000 });
    blocks.room = 0;
    settle();
    assert.equal(kept, undefined);
    assert.deepEqual(got[0]!.body, new Uint8Array(1003).fill(1, 0, 3));
    assert.deepEqual([refused, blocks.live], [[], 0]);
  });

  test("a large record whose sender is lost leaves nothing behind", () => {
    const { transport, blocks, inbox, outbox, settle, got } = pair();
    transport.failure = new PlaceLostError("Place 0 was lost", 0);
    outbox.send(0, 2, new Uint8Array(1000));
    settle();
    assert.deepEqual(got, []);
    assert.equal(blocks.live, 0);
    blocks.room = 0;
    assert.throws(() => outbox.send(0, 2, new Uint8Array(1000)), { code: "HEDDLE_OUT_OF_MEMORY" });
    outbox.forget(0);
    outbox.send(0, 1, new Uint8Array(5));
    assert.equal(outbox.flush(), false);
    assert.equal(outbox.backlog(0), 0);
    assert.equal(inbox.poll(), false);
    assert.equal(blocks.live, 0);
  });

  test("whatever bytes come, they are handled or refused", () => {
    const { transport, outbox, inbox, got, refused } = pair();
    outbox.send(0, 1, new Uint8Array(20).fill(1));
    outbox.send(0, 3, new Uint8Array(40).fill(3));
    outbox.flush();
    const [sane] = transport.packets.splice(0);
    const damaged = fc.oneof(
      fc.uint8Array({ maxLength: PACKET_BYTES }),
      fc.nat(sane!.length - 1).map((length) => sane!.slice(0, length)),
      fc.array(fc.tuple(fc.nat(sane!.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }).map((changes) => {
        const packet = sane!.slice();
        for (const [at, value] of changes) packet[at] = value;
        return packet;
      }),
    );
    fc.assert(
      fc.property(damaged, (packet) => {
        got.length = refused.length = 0;
        inbox.packet(0, packet);
        for (const { code } of refused) assert.equal(code, "HEDDLE_MESSAGE");
        if (packet.length < sane!.length) assert.ok(refused.length > 0);
        inbox.packet(0, sane!);
        assert.equal(got.at(-1)!.body.length, 40); // the place goes on
      }),
      { numRuns: 2000 },
    );
  });
});

suite("Writer and Reader", () => {
  test("are inverse", () => {
    fc.assert(
      fc.property(
        fc.nat(255),
        fc.nat(65535),
        fc.integer(),
        fc.double(),
        fc.string({ unit: "grapheme" }),
        fc.uint8Array(),
        (a, b, c, d, e, f) => {
          const bytes = new Writer()
            .u8(a)
            .u16(b)
            .i32(c)
            .u32(c >>> 0)
            .f64(d)
            .u64(BigInt(b))
            .text(e)
            .blob(f)
            .bytes();
          const reader = new Reader().open(bytes);
          const back = [
            reader.u8(),
            reader.u16(),
            reader.i32(),
            reader.u32(),
            reader.f64(),
            reader.u64(),
            reader.text(),
            reader.blob(),
          ];
          assert.deepEqual(back, [a, b, c, c >>> 0, d, BigInt(b), e, f]);
          reader.end();
        },
      ),
    );
  });

  test("every method writes behind what is there when the buffer has to grow", () => {
    const methods: ((it: Writer) => Writer)[] = [
      (it) => it.u8(7),
      (it) => it.u16(7),
      (it) => it.u32(7),
      (it) => it.i32(7),
      (it) => it.f64(7),
      (it) => it.u64(7n),
      (it) => it.raw(Uint8Array.of(7, 7)),
      (it) => it.text("seven"),
    ];
    for (const write of methods) {
      const alone = write(new Writer()).bytes();
      for (let filled = 240; filled <= 256; filled++) {
        const bytes = write(new Writer().raw(new Uint8Array(filled).fill(1))).bytes();
        assert.deepEqual(bytes.slice(0, filled), new Uint8Array(filled).fill(1));
        assert.deepEqual(bytes.slice(filled), alone);
      }
    }
  });

  test("a read beyond the end throws and touches nothing", () => {
    const reads = ["u8", "u16", "u32", "i32", "f64", "u64", "blob", "text"] as const;
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), fc.array(fc.constantFrom(...reads), { maxLength: 6 }), (bytes, order) => {
        const reader = new Reader().open(bytes);
        for (const read of order) {
          const before = reader.left;
          try {
            reader[read]();
          } catch (error) {
            assert.equal((error as HeddleError).code, "HEDDLE_MESSAGE");
            return;
          }
          assert.ok(reader.left >= 0 && reader.left < before);
        }
      }),
    );
    assert.throws(() => new Reader().open(new Uint8Array(1)).end(), { code: "HEDDLE_MESSAGE" });
    assert.throws(() => new Reader().open(new Uint8Array([1, 0, 0, 0, 0xff])).text(), { code: "HEDDLE_MESSAGE" });
  });
});
