import assert from "node:assert/strict";
import { load, pause, store } from "../../src/shared/atomics.ts";
import type { SharedMemory } from "../../src/shared/memory.ts";
import { scenario, type ThreadBody } from "../../src/testing/index.ts";
import { Header, RingWord, TraceBuffer } from "../../src/trace/buffer.ts";
import { eventsIn } from "../../src/trace/decode.ts";
import { RingWriter } from "../../src/trace/ring.ts";
import { RingReader } from "../../src/trace/ring-reader.ts";

/** Every record that was not counted as lost arrives whole, once, and in order; who looks on sees a part of them, in order as well. */
type Body = ThreadBody<undefined, { written?: number[]; lost?: number; read?: number[]; seen?: number[] }>;

const CAPACITY = 2;
const DONE = 4096;

const nameOf = (word: number): string | undefined => {
  if (word === Header.RINGS + RingWord.HEAD) return "head";
  if (word === Header.RINGS + RingWord.TAIL) return "tail";
  if (word === Header.RINGS + RingWord.LOST) return "lost";
  return word === DONE ? "done" : undefined;
};

const bufferOf = ({ buffer }: SharedMemory): TraceBuffer => new TraceBuffer(buffer as SharedArrayBuffer);

/** Writes events of one and of two records in turn: 1, -2, 3, ... */
const writer = (count: number): Body => {
  return (memory) => {
    const ring = new RingWriter(bufferOf(memory), 0);
    const written: number[] = [];
    for (let i = 1; i <= count; i++) {
      const ok = i % 2 === 0 ? ring.write("mark", { n: i, time: i }, "two") : ring.write("park", { time: i, begin: i });
      if (ok) written.push(i);
    }
    store(memory.i32, DONE, 1);
    return { written, lost: ring.lost };
  };
};

const timeOf = (event: object): number => {
  const { time, begin, n, text } = event as { time: number; begin?: number; n?: number; text?: string };
  assert.ok(text === undefined ? begin === time : n === time && text === "two", "a record is torn");
  return time;
};

const reader: Body = (memory) => {
  const ring = new RingReader(bufferOf(memory), 0, true);
  const read: number[] = [];
  for (;;) {
    const done = load(memory.i32, DONE) === 1;
    const took = ring.take((event) => read.push(timeOf(event)));
    if (took === 0 && done) return { read };
    if (took === 0) pause();
  }
};

/** Takes bytes only, and looks at what they are after the end. */
const copier: Body = (memory) => {
  const ring = new RingReader(bufferOf(memory), 0, true);
  const parts: Uint8Array[] = [];
  for (;;) {
    const done = load(memory.i32, DONE) === 1;
    const took = ring.takeBytes((bytes) => parts.push(bytes.slice()));
    if (took === 0 && done) break;
    if (took === 0) pause();
  }
  return { read: [...eventsIn(Buffer.concat(parts), 0)].map(({ event }) => timeOf(event)) };
};

function of(threads: Body[], first: number) {
  return scenario<undefined, Awaited<ReturnType<Body>>>({
    setup(memory) {
      TraceBuffer.format(memory.i32, {
        place: 0,
        slots: 1,
        capacity: CAPACITY,
        base: 0,
        foldNs: 0,
        adapts: false,
        exact: true,
        zero: 0,
      });
      for (const word of [RingWord.HEAD, RingWord.TAIL]) memory.i32[Header.RINGS + word] = first;
    },
    threads,
    check(_memory, results) {
      const { written, lost } = results.find((it) => it.written !== undefined)!;
      assert.deepEqual(results.find((it) => it.read !== undefined)!.read, written);
      assert.ok(lost! <= 5 - written!.length || written!.length === 5);
      assert.equal(lost === 0, written!.length === 5, "what is lost is counted");
    },
    nameOf,
  });
}

export const oneReader = of([writer(5), reader], 0);
export const indicesWrap = of([writer(5), reader], 0x7fff_fffe);
export const bytesOnly = of([writer(5), copier], 0);
export const bytesOnlyIndicesWrap = of([writer(5), copier], 0x7fff_fffe);
