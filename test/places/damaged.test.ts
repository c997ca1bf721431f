/** What a communication thread does with records that make no sense: it refuses them, loses nothing, and goes on. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import "heddle";
import { withSeed } from "heddle/testing";
import { MessageError, OutOfMemoryError } from "../../src/errors.ts";
import { Outbox } from "../../src/net/outbox.ts";
import { PACKET_HEADER, RECORD_HEADER, roundUp } from "../../src/net/packet.ts";
import type { Receiver, Transport } from "../../src/net/transport.ts";
import { Writer } from "../../src/net/wire.ts";
import { Ancestry } from "../../src/place/ancestry.ts";
import { Ending } from "../../src/place/ending.ts";
import { FunctionNames } from "../../src/place/function-names.ts";
import { Futures } from "../../src/place/futures.ts";
import { Group } from "../../src/place/group.ts";
import { Incoming } from "../../src/place/incoming.ts";
import { ModuleNames } from "../../src/place/module-names.ts";
import { Outgoing } from "../../src/place/outgoing.ts";
import { Payloads } from "../../src/place/payloads.ts";
import { FarPhasers } from "../../src/place/phasers.ts";
import { Record } from "../../src/place/records.ts";
import { NO_TRAFFIC } from "../../src/place/traffic.ts";
import { attachHeap } from "../../src/sched/attach.ts";
import type { Port } from "../../src/sched/port.ts";
import { PRIORITY, Station } from "../../src/sched/station.ts";
import { CellFlag } from "../../src/shared/cell.ts";
import { Heap } from "../../src/shared/heap/heap.ts";
import { Control, layout, Ring, ringWord } from "../../src/shared/layout.ts";
import { createMemory } from "../../src/shared/memory.ts";
import { MentionKind, Mentions } from "../../src/shared/mentions.ts";

const SLOTS = 3;
const OTHER = 1;

/** Two places, of which only this one is real: what the other one sends is made up. */
function place() {
  const mem = createMemory(layout(SLOTS).heapStart + (16 << 20));
  Heap.format(mem, { words: Control.HEAP, start: layout(SLOTS).heapStart, end: mem.buffer.byteLength });
  mem.i32[Control.COMMUNICATION] = SLOTS - 1;
  mem.i32[Control.OTHER_PLACES] = 1;
  const { map, heap } = attachHeap(mem, SLOTS, SLOTS - 1, true);
  const station = new Station(mem, map, SLOTS - 1, heap, {} as Port, () => assert.fail("no function is called here"));
  const packets: Uint8Array[] = [];
  const transport = (own: number, send: (packet: Uint8Array) => void): Transport => ({
    name: "loopback",
    place: own,
    places: 2,
    hosts: [0, 0],
    packetBytes: 1 << 15,
    wakes: true,
    send(_to, packet) {
      send(packet);
      return true;
    },
    sendRange: () => assert.fail("nothing here is large"),
    receiveRange() {}, // never comes
    dropRange() {},
    poll(receiver: Receiver) {
      for (const packet of packets.splice(0)) receiver.packet(OTHER, packet);
      return true;
    },
    rest: () => 0,
    close: async () => {},
    abort() {},
  });
  const refused: Error[] = [];
  const sent: number[] = [];
  const group = new Group(
    transport(0, (packet) => sent.push(...typesIn(packet))),
    mem,
    heap,
    { refused: (_from, error) => refused.push(error) },
  );
  const names = new FunctionNames(station.functions, new ModuleNames(undefined), group);
  const payloads = new Payloads(station, group, names);
  const surroundings = { station, group, names, payloads, ancestry: new Ancestry(station, 0), traffic: NO_TRAFFIC };
  const ending = new Ending(group, () => false, { askQuiet() {}, ended() {} });
  const colours = { sent: () => ending.sent(), received: (colour: number) => ending.received(colour) };
  new Outgoing(surroundings, colours.sent);
  const incoming = new Incoming(surroundings, colours.received);
  incoming.calls = { came: (_route, arrival) => incoming.refuseCall(arrival, new MessageError("no objects here")), skipped() {} };
  payloads.futures = new Futures(surroundings, colours);
  payloads.phasers = new FarPhasers(station, group);
  group.on(Record.FUNCTIONS, { atLeast: 8 }, (from, body) => {
    names.read(from, body);
    payloads.retry();
  });
  const outbox = new Outbox(
    transport(OTHER, (packet) => packets.push(packet.slice())),
    mem,
    heap,
  );
  const deliver = (type: number, body: Uint8Array): void => {
    outbox.send(0, type, body);
    outbox.flush();
    group.poll();
    group.flush();
  };
  return { mem, heap, station, incoming, refused, sent, deliver };
}

/** The types of the records in a packet. */
function typesIn(packet: Uint8Array): number[] {
  const view = new DataView(packet.buffer, packet.byteOffset, packet.length);
  const types: number[] = [];
  for (let at = PACKET_HEADER; at < packet.length; at += RECORD_HEADER + roundUp(view.getUint32(at + 4, true)))
    types.push(view.getUint32(at, true));
  return types;
}

const functions = (): Uint8Array =>
  new Writer()
    .u32(0)
    .u32(1)
    .text(JSON.stringify({ url: "file:///a.ts", order: 0, name: "f", hash: 1 }))
    .bytes();

const spawn = (token: number, payload: Uint8Array = new Uint8Array(0)): Uint8Array => {
  const flags = CellFlag.AWAY | (payload.length === 0 ? 0 : 7 << CellFlag.COUNT_SHIFT);
  return new Writer()
    .u32(token)
    .u32(flags >>> 0)
    .u32(0)
    .u32(0)
    .u8(PRIORITY.normal)
    .u8(0)
    .raw(payload)
    .bytes()
    .slice();
};

suite("damaged records between places", () => {
  test("random bodies of every type are refused, and good tasks still come", () =>
    withSeed((random) => {
      const it = place();
      const types = Object.values(Record).filter((type) => type < Record.PROTOCOL && type !== Record.MEMORY);
      for (let i = 0; i < 4000; i++) {
        const body = Uint8Array.from({ length: random.below(60) }, () =>
          random.below(3) === 0 ? random.below(256) : random.below(3),
        );
        it.deliver(types[random.below(types.length)]!, body);
      }
      assert.ok(it.refused.length > 1000);
      for (const error of it.refused) assert.ok(error instanceof MessageError, String(error.stack));
      const before = it.incoming.size;
      it.deliver(Record.FUNCTIONS, functions());
      it.deliver(Record.SPAWN, spawn(0xffff_fff0));
      assert.ok(it.incoming.size >= before + 1);
      assert.notEqual(it.mem.i32[ringWord(SLOTS - 1, PRIORITY.normal) + Ring.BOTTOM], 0, "the task lies in the ring");
    }));

  test("good tasks with one byte changed or cut off", () =>
    withSeed((random) => {
      const it = place();
      it.deliver(Record.FUNCTIONS, functions());
      const mentions = new Mentions();
      mentions.add(MentionKind.FUNCTION, 0);
      mentions.add(MentionKind.FUTURE, 4096, 1, 4096);
      const payload = mentions.before(it.station.away.encode([1, "two"], "args").slice(4));
      for (let i = 0; i < 2000; i++) {
        const body = spawn(i, payload);
        if (random.below(2) === 0) body[random.below(body.length)] = random.below(256);
        it.deliver(Record.SPAWN, random.below(2) === 0 ? body : body.subarray(0, random.below(body.length)));
      }
      for (const error of it.refused) assert.ok(error instanceof MessageError, String(error.stack));
    }));

  test("a task that mentions what it may not is answered with the error, and leaves nothing behind", () => {
    const it = place();
    it.deliver(Record.FUNCTIONS, functions());
    const blocks = it.heap.usage().blocks;
    const mentions = new Mentions();
    mentions.add(9, 1);
    it.deliver(Record.SPAWN, spawn(1, mentions.before(new Uint8Array([0xc0]))));
    const foreign = new Mentions();
    foreign.add(MentionKind.FUTURE, 4096, 0, 4096); // said to be of this place, which has given nothing away
    it.deliver(Record.SPAWN, spawn(2, foreign.before(new Uint8Array([0xc0]))));
    assert.deepEqual(
      it.refused.map((error) => (error as MessageError).code),
      ["HEDDLE_MESSAGE", "HEDDLE_MESSAGE"],
    );
    assert.equal(it.incoming.size, 0);
    assert.equal(it.heap.usage().blocks, blocks);
  });

  for (const late of [false, true]) {
    test(`a task for whose futures there is no room is refused, and gives back what it mentions${late ? ", also when its function is told late" : ""}`, () => {
      const it = place();
      if (!late) it.deliver(Record.FUNCTIONS, functions());
      const blocks = it.heap.usage().blocks;
      const { makeBlock } = it.station.objects;
      let standIns = 0;
      it.station.objects.makeBlock = (type, words) => {
        if (++standIns === 2) throw new OutOfMemoryError("no room");
        return makeBlock.call(it.station.objects, type, words);
      };
      const mentions = new Mentions();
      for (const name of [4096, 8192, 12288]) mentions.add(MentionKind.FUTURE, name, 1, name);
      it.deliver(Record.SPAWN, spawn(1, mentions.before(new Uint8Array([0xc0]))));
      if (late) it.deliver(Record.FUNCTIONS, functions());
      it.station.receive(); // what was made before the room was gone says that nobody holds it
      it.deliver(Record.SPAWN, spawn(2));
      const count = (type: number): number => it.sent.filter((each) => each === type).length;
      assert.deepEqual([count(Record.RESULT), count(Record.FUTURE_RELEASE)], [1, 3]);
      assert.equal(it.incoming.size, 1, "the second task has come");
      assert.equal(it.heap.usage().blocks, blocks + (late ? 1 : 0), "nothing but the function");
    });
  }
});
