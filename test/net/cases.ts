/** What every transport does, whatever lies below it. Each case runs on all places at once. */
import assert from "node:assert/strict";
import type { HeddleError } from "../../src/errors.ts";
import { Hello } from "../../src/net/hello.ts";
import { Inbox } from "../../src/net/inbox.ts";
import { Outbox } from "../../src/net/outbox.ts";
import type { TestPlace } from "./place.ts";
import { pattern } from "./random.ts";

type Case = (t: TestPlace) => void;

const MEBIBYTE = 1 << 20;
const all = (t: TestPlace): number[] => [...t.others, t.place].sort((a, b) => a - b);

/** Packet number `i` of a place: its length is random, its content follows from both. */
function packets(t: TestPlace, count: number): Map<number, Uint8Array[]> {
  return new Map(
    all(t).map((to) => [
      to,
      Array.from({ length: count }, (_, i) => pattern(i + to, 1 + t.random(i % 50 === 0 ? t.transport.packetBytes : 200))),
    ]),
  );
}

const order: Case = (t) => {
  const COUNT = 500;
  const outbound = packets(t, COUNT);
  const sent = new Map(all(t).map((to) => [to, 0]));
  const received = new Map(all(t).map((from) => [from, 0]));
  t.receive({
    lost: () => assert.fail("lost"),
    packet(from, bytes) {
      const i = received.get(from)!;
      assert.deepEqual(bytes.slice(), pattern(i + t.place, bytes.length), `packet ${i} of place ${from}`);
      received.set(from, i + 1);
    },
  });
  const step = () => {
    let progress = false;
    for (const [to, list] of outbound) {
      const i = sent.get(to)!;
      if (i < COUNT && t.transport.send(to, list[i]!)) {
        sent.set(to, i + 1);
        progress = true;
      }
    }
    return progress;
  };
  t.until(() => [...sent.values(), ...received.values()].every((it) => it === COUNT), step);
};

const sizes: Case = (t) => {
  const { u8 } = t.memory;
  const next = (t.place + 1) % t.places;
  const before = (t.place + t.places - 1) % t.places;
  const lengths = [0, 1, 7, 64, 4095, 4096, 4097, 16_384, 65_537, MEBIBYTE];
  lengths.forEach((length, i) => {
    const [from, to] = [t.heap.alloc(length), t.heap.alloc(length)];
    u8.set(pattern(i + t.place, length), from);
    const start = [() => t.sendRange(next, i, from, length), () => t.receiveRange(before, i, to, length)];
    if ((t.place + i) % 2 === 0) start.reverse(); // whichever comes first
    t.ended(...start.map((it) => it()));
    assert.deepEqual(u8.slice(to, to + length), pattern(i + before, length));
    t.heap.free(from);
    t.heap.free(to);
  });
};

const dropped: Case = (t) => {
  const next = (t.place + 1) % t.places;
  const before = (t.place + t.places - 1) % t.places;
  const [from, to] = [t.heap.alloc(MEBIBYTE), t.heap.alloc(100)];
  t.memory.u8.set(pattern(t.place, 100), from);
  for (const [tag, length] of [0, 100, 70_000, MEBIBYTE].entries()) {
    const early = (t.place + tag) % 2 === 0;
    if (early) t.transport.dropRange(before, tag, length);
    const transfer = t.sendRange(next, tag, from, length);
    if (!early) t.transport.dropRange(before, tag, length);
    t.ended(transfer, t.sendRange(next, tag, from, 100), t.receiveRange(before, tag, to, 100));
    assert.deepEqual(t.memory.u8.slice(to, to + 100), pattern(before, 100));
  }
};

const large: Case = (t) => {
  const bytes = 64 * MEBIBYTE;
  const { f64 } = t.memory;
  if (t.place > 1) return;
  const address = t.heap.alloc(bytes);
  const words = f64.subarray(address / 8, (address + bytes) / 8);
  if (t.place === 0) {
    for (let i = 0; i < words.length; i++) words[i] = i;
    t.ended(t.sendRange(1, 9, address, bytes));
  } else {
    t.ended(t.receiveRange(0, 9, address, bytes));
    assert.ok(words.every((it, i) => it === i));
  }
  t.heap.free(address);
};

const tags: Case = (t) => {
  const { i32 } = t.memory;
  const COUNT = 20;
  const BYTES = 20_000;
  const transfers = t.others.flatMap((other) => {
    const sent = Array.from({ length: COUNT }, (_, tag) => {
      const address = t.heap.alloc(BYTES);
      i32.fill(1000 * t.place + tag, address >> 2, (address + BYTES) >> 2);
      return t.sendRange(other, tag, address, BYTES);
    });
    const received = Array.from({ length: COUNT }, (_, i) => {
      const tag = COUNT - 1 - i; // not the order in which they were sent
      const address = t.heap.alloc(BYTES);
      return { tag, address, transfer: t.receiveRange(other, tag, address, BYTES) };
    });
    t.ended(...received.map((it) => it.transfer));
    for (const { tag, address } of received) {
      assert.ok(i32.subarray(address >> 2, (address + BYTES) >> 2).every((it) => it === 1000 * other + tag));
    }
    return sent;
  });
  t.ended(...transfers);
};

const ownPlace: Case = (t) => {
  t.send(t.place, pattern(1, 100));
  assert.deepEqual(t.next(t.place), pattern(1, 100));
  const [from, to] = [t.heap.alloc(100_000), t.heap.alloc(100_000)];
  t.memory.u8.set(pattern(2, 100_000), from);
  t.ended(t.receiveRange(t.place, 1, to, 100_000), t.sendRange(t.place, 1, from, 100_000));
  assert.deepEqual(t.memory.u8.slice(to, to + 100_000), pattern(2, 100_000));
};

/** For what the heap has no room for. */
const outside: Case = (t) => {
  const next = (t.place + 1) % t.places;
  const before = (t.place + t.places - 1) % t.places;
  const from = t.heap.alloc(3_000_000);
  t.memory.u8.set(pattern(t.place, 3_000_000), from);
  const into = new Uint8Array(3_000_016);
  t.ended(t.sendRange(next, 5, from, 3_000_000), t.receiveOutside(before, 5, into.subarray(16)));
  assert.deepEqual(into.subarray(16), pattern(before, 3_000_000));
  assert.deepEqual(into.subarray(0, 16), new Uint8Array(16));
};

const backPressure: Case = (t) => {
  const bytes = Math.min(4000, t.transport.packetBytes);
  if (t.place === 0) {
    let sent = 0;
    while (t.transport.send(1, pattern(sent, bytes))) assert.ok(++sent < 100_000, "the way never gets full");
    assert.ok(sent > 0);
    t.signal("full");
    t.send(1, pattern(sent++, bytes));
    t.send(1, new Uint8Array([sent & 255, sent >> 8]));
  } else if (t.place === 1) {
    const deadline = performance.now() + 20_000;
    while (!t.hasSignal("full")) assert.ok(performance.now() < deadline); // without a poll
    for (let i = 0; ; i++) {
      const packet = t.next(0);
      if (packet.length === 2) {
        assert.equal(i, packet[0]! + packet[1]! * 256);
        break;
      }
      assert.deepEqual(packet, pattern(i, bytes));
    }
  }
};

const records: Case = (t) => {
  const COUNT = 200;
  const got = new Map(all(t).map((place) => [place, new Set<number>()]));
  const refused: HeddleError[] = [];
  const inbox = new Inbox(t.transport, t.memory, t.heap, {
    refused: (_, error) => refused.push(error),
    lost: () => assert.fail("lost"),
  });
  const outbox = new Outbox(t.transport, t.memory, t.heap);
  inbox.on(1, { atLeast: 4 }, (from, body) => {
    const i = body.u32();
    assert.deepEqual(body.rest().slice(), pattern(i, lengthOf(i)));
    assert.ok(!got.get(from)!.has(i));
    got.get(from)!.add(i);
  });
  const lengthOf = (i: number) => (i % 20 === 0 ? 100_000 + i : i * 3);
  const before = t.heap.usage().blocks;
  for (let i = 0; i < COUNT; i++) {
    for (const to of all(t)) {
      const body = new Uint8Array(4 + lengthOf(i));
      new DataView(body.buffer).setUint32(0, i, true);
      body.set(pattern(i, lengthOf(i)), 4);
      outbox.send(to, 1, body);
    }
    if (t.place === 0 && i % 50 === 7) for (const to of t.others) outbox.send(to, 99, new Uint8Array(5));
  }
  t.receive(inbox);
  const expected = t.place === 0 ? 0 : COUNT / 50;
  t.until(
    () => [...got.values()].every((it) => it.size === COUNT) && refused.length === expected,
    () => outbox.flush(),
  );
  assert.ok(refused.every(({ code }) => code === "HEDDLE_MESSAGE"));
  t.until(
    () => t.heap.usage().blocks === before && all(t).every((place) => outbox.backlog(place) === 0),
    () => outbox.flush(),
  );
};

const hello: Case = (t) => {
  for (const facts of [{ heddle: "1" }, { heddle: "1", program: t.place === 2 ? "b" : "a" }]) {
    const inbox = new Inbox(t.transport, t.memory, t.heap, {
      refused: (_, error) => assert.fail(error),
      lost: () => assert.fail("lost"),
    });
    const outbox = new Outbox(t.transport, t.memory, t.heap);
    const greeting = new Hello(t.transport, outbox, inbox, facts);
    t.receive(inbox);
    t.until(
      () => greeting.verdict !== "waiting" && all(t).every((place) => outbox.backlog(place) === 0),
      () => outbox.flush(),
    );
    if ("program" in facts) {
      const { code, message } = greeting.verdict as HeddleError;
      assert.equal(code, "HEDDLE_PLACE_MISMATCH");
      assert.match(message, /place 2: its program is b, that of place 0 a/);
    } else assert.equal(greeting.verdict, "welcome");
    t.receive();
    t.barrier();
  }
};

/** What places give each other where the transport has operations of all of them: more at once than it has room for, each in its order. */
const exchange: Case = (t) => {
  const { collectives } = t.transport;
  if (collectives === undefined) return;
  const COUNT = 100;
  const { slotBytes } = collectives;
  const got: number[] = [];
  const begin = (number: number): void =>
    collectives.exchange(pattern(number + t.place, slotBytes), (slots) => {
      for (const from of all(t)) {
        assert.deepEqual(slots.slice(from * slotBytes, (from + 1) * slotBytes), pattern(number + from, slotBytes));
      }
      if (number % 5 === 0 && number < COUNT) begin(COUNT + number); // from within
      got.push(number);
    });
  for (let number = 0; number < COUNT; number++) begin(number);
  t.until(() => got.length === COUNT + COUNT / 5);
  const ordered = got.filter((it) => it < COUNT);
  assert.deepEqual(
    ordered,
    ordered.map((_, i) => i),
  );
};

/** Long data among all places, from the heap and from elsewhere, begun one behind the other. */
const moves: Case = (t) => {
  const { collectives } = t.transport;
  if (collectives === undefined) return;
  const { places, place } = t;
  const blocks: number[] = [];
  const memory = (bytes: number, onHeap: boolean): Uint8Array => {
    if (!onHeap) return new Uint8Array(new ArrayBuffer(bytes));
    blocks.push(t.heap.alloc(bytes));
    return t.memory.u8.subarray(blocks.at(-1)!, blocks.at(-1)! + bytes);
  };
  const filled = (seed: number, bytes: number, onHeap: boolean): Uint8Array => {
    const it = memory(bytes, onHeap);
    it.set(pattern(seed, bytes));
    return it;
  };
  const checks: (() => void)[] = [];
  let left = 0;
  const begin = (start: (done: () => void) => void): void => {
    left++;
    start(() => left--);
  };
  for (const [round, length] of [300, 70_001, 300_000].entries()) {
    for (const onHeap of [true, false]) {
      for (const root of length === 300_000 ? [places - 1] : all(t)) {
        const bytes = place === root ? filled(root + round, length, onHeap) : memory(length, onHeap);
        begin((done) => collectives.broadcast(root, bytes, done));
        checks.push(() => assert.deepEqual(bytes.slice(), pattern(root + round, length)));
      }
      const lengths = all(t).map((from) => (from === 1 ? 0 : length + from));
      const own = filled(place, lengths[place]!, onHeap);
      const everybodys = memory(lengths.reduce((a, b) => a + b), onHeap); // biome-ignore format: one line
      begin((done) => collectives.allGather(own, everybodys, lengths, done));
      const parts = lengths.map((it, from) => pattern(from, it));
      checks.push(() => assert.deepEqual(everybodys.slice(), Uint8Array.from(Buffer.concat(parts))));
      const between = (from: number, to: number): number => ((from + to) % 3) * 1000 + to;
      const sent = all(t).map((to) => between(place, to));
      const come = all(t).map((from) => between(from, place));
      const out = memory(sent.reduce((a, b) => a + b), onHeap); // biome-ignore format: one line
      out.set(Buffer.concat(sent.map((it, to) => pattern(place * places + to, it))));
      const into = memory(come.reduce((a, b) => a + b), onHeap); // biome-ignore format: one line
      begin((done) => collectives.allToAll(out, sent, into, come, done));
      const wanted = come.map((it, from) => pattern(from * places + place, it));
      checks.push(() => assert.deepEqual(into.slice(), Uint8Array.from(Buffer.concat(wanted))));
      t.until(() => left === 0);
      for (const check of checks.splice(0)) check();
    }
  }
  for (const block of blocks) t.heap.free(block);
};

/** Each leaves nothing behind: they run one after the other, with a barrier between them. */
export const CASES: Readonly<Record<string, Case>> = {
  order,
  sizes,
  dropped,
  large,
  tags,
  ownPlace,
  outside,
  backPressure,
  records,
  hello,
  exchange,
  moves,
};

/** Runs the cases; says for each what came out. */
export function runCases(t: TestPlace, names: readonly string[], report: (name: string, error: unknown) => void): void {
  for (const name of names) {
    try {
      CASES[name]!(t);
      t.receive();
      t.barrier();
      report(name, undefined);
    } catch (error) {
      report(name, error);
      throw error; // the places are no longer in step
    }
  }
}
