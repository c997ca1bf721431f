import assert from "node:assert/strict";
import { ringDoorbell } from "../../src/net/doorbell.ts";
import { RingReader, RingWord, RingWriter } from "../../src/net/loopback/ring.ts";
import { load, store, wait } from "../../src/shared/atomics.ts";
import { scenario, type ThreadBody } from "../../src/testing/index.ts";

/**
 * Packets through a ring of the loopback transport: they arrive whole and in order, and neither who waits for a packet nor who waits for room
 * sleeps for ever, as long as each announces its sleep and then looks once more.
 */
const WRITER_PARK = 0;
const READER_PARK = 16;
const RING = 32;
/** Room for two frames of at most 16 bytes. */
const CAPACITY = 64;
const ASLEEP = 1;

const nameOf = (word: number): string | undefined => {
  const names: Record<number, string> = {
    [WRITER_PARK]: "writer's park",
    [READER_PARK]: "reader's park",
    [RING + RingWord.TAIL]: "tail",
    [RING + RingWord.HEAD]: "head",
    [RING + RingWord.WANTS]: "wants",
  };
  return names[word] ?? (word >= RING + RingWord.DATA ? `data[${word - RING - RingWord.DATA}]` : undefined);
};

type Body = ThreadBody<undefined, string[]>;

/** Tries until it succeeds; between tries it sleeps on its park word. */
function until(i32: Int32Array, park: number, attempt: () => boolean): void {
  while (!attempt()) {
    store(i32, park, ASLEEP);
    if (attempt()) {
      store(i32, park, 0);
      return;
    }
    if (load(i32, park) === ASLEEP) wait(i32, park, ASLEEP);
  }
}

const writer = (...lengths: number[]): Body => {
  return (memory) => {
    const ring = new RingWriter(memory, RING, CAPACITY);
    lengths.forEach((length, i) => {
      until(memory.i32, WRITER_PARK, () => ring.push(i + 1, 0, new Uint8Array(length).fill(i + 1)));
      ringDoorbell(memory.i32, READER_PARK);
    });
    return [];
  };
};

const reader = (count: number): Body => {
  return (memory) => {
    const ring = new RingReader(memory, RING, CAPACITY);
    const got: string[] = [];
    while (got.length < count) {
      until(memory.i32, READER_PARK, () => ring.next());
      got.push(`${ring.kind}: ${ring.payload().join()}`);
      if (ring.pop()) ringDoorbell(memory.i32, WRITER_PARK);
    }
    return got;
  };
};

function way(...lengths: number[]) {
  return scenario<undefined, string[]>({
    memoryBytes: 4096,
    threads: [writer(...lengths), reader(lengths.length)],
    check(_, [, got]) {
      assert.deepEqual(
        got,
        lengths.map((length, i) => `${i + 1}: ${new Array<number>(length).fill(i + 1).join()}`),
      );
    },
    nameOf,
  });
}

export const twoPackets = way(4, 4);
/** The third must wait for room. */
export const fullWay = way(16, 16, 16);
/** The second does not fit before the end, and skips it. */
export const roundTheEnd = way(0, 16, 16, 0);
/** The third has room only when the last frame is gone: nobody rings again after that. */
export const lastRoom = way(0, 16, 16);
