/** What collective operations of all places take, as the communication thread sees them. */
import type { Transport } from "../../src/net/transport.ts";
import { Group } from "../../src/place/group.ts";
import { Collectives } from "../../src/place/protocol/collectives.ts";
import { ProtocolNumber } from "../../src/place/records.ts";
import { Heap } from "../../src/shared/heap/heap.ts";
import type { SharedMemory } from "../../src/shared/memory.ts";
import { COLLECTIVES, type Figures, MEBIBYTE, roundsOf } from "./figures.ts";

type Ended = (error: Error | null) => void;

/** After so many operations the next is a barrier. */
const AHEAD = 16;
/** Where the heap begins; before it, words of its own. */
const START = 1 << 20;
const WORDS = 64;

export function measureCollectives(transport: Transport, memory: SharedMemory, rounds: number): Figures {
  const { middle, long } = roundsOf(rounds);
  const layout = { words: WORDS, start: START, end: memory.buffer.byteLength };
  Heap.format(memory, layout);
  const heap = new Heap(memory, { ...layout, slot: 0 });
  const group = new Group(transport, memory, heap, { refused: (_from, error) => fail(error) });
  /** One result at a time is looked at. */
  const result = heap.alloc(MEBIBYTE);
  const room = (lengths: readonly number[]): Uint8Array =>
    memory.u8.subarray(result, result + lengths.reduce((a, b) => a + b, 0));
  const its = group.mount(ProtocolNumber.COLLECTIVES, (link) => new Collectives(link, group.collectives, room));
  const team = { id: 0, members: Array.from({ length: group.places }, (_, i) => i) };
  const own = heap.alloc(MEBIBYTE);
  const broadcast = (length: number) => {
    const bytes = group.place === 0 ? memory.u8.subarray(own, own + length) : null;
    return (ended: Ended) => its.broadcast(team, 0, bytes, ended);
  };
  const eight = new Uint8Array(8);
  const ways: Record<(typeof COLLECTIVES)[number], readonly [number, (ended: Ended) => void]> = {
    barrier: [rounds, (ended) => its.barrier(team, ended)],
    allReduce: [rounds, (ended) => its.allReduce(team, eight, () => {}, ended)],
    allGather: [rounds, (ended) => its.allGather(team, eight, ended)],
    broadcast8: [rounds, broadcast(8)],
    broadcast64K: [middle, broadcast(65_536)],
    broadcast1M: [long, broadcast(MEBIBYTE)],
  };
  let left = 0;
  const ended: Ended = (error) => {
    if (error !== null) fail(error);
    left--;
  };
  const perform = (begin: (ended: Ended) => void): void => {
    left++;
    begin(ended);
    while (left > 0) {
      group.poll();
      group.flush();
    }
  };
  const figures: Figures = {};
  for (const name of COLLECTIVES) {
    const [count, begin] = ways[name];
    for (let i = Math.ceil(count / 4); i > 0; i--) perform(begin);
    perform(ways.barrier[1]);
    const began = performance.now();
    for (let i = 0; i < count; i++) perform(i % AHEAD === AHEAD - 1 ? ways.barrier[1] : begin); // the root of messages does not wait
    figures[name] = ((performance.now() - began) / count) * 1000;
    perform(ways.barrier[1]);
  }
  for (let i = 0; i < 1000; i++) {
    group.poll(); // the other may still need this place for the last one
    group.flush();
  }
  return figures;
}

function fail(cause: unknown): never {
  throw new Error("collective operations do what this benchmark does not expect", { cause });
}
