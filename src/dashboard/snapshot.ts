/** A copy of a trace file that is still being written. */
import { fstatSync, readSync } from "node:fs";
import type { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as after } from "node:timers/promises";
import { Meta } from "../trace/chrome.ts";

const CLOSING = "\n]\n";
const PART_BYTES = 1 << 20;
const TRIES = 50;
const PAUSE_MS = 10;

export interface SnapshotEnd {
  readonly wallNs: number;
  /** The program goes on. */
  readonly interrupted: boolean;
  /** Whose main threads are in the file. */
  readonly places: readonly number[];
}

/** A copy of a file, made of what it held at one moment. */
export class Snapshot {
  readonly #file: number;
  readonly #size: number;
  readonly #rest: Buffer;

  private constructor(file: number, size: number, rest: Buffer) {
    this.#file = file;
    this.#size = size;
    this.#rest = rest;
  }

  /**
   * The file up to a line that is whole, closed as one that is complete. What lies before the closing bracket is never written again; see
   * ../trace/writer.ts. With `null` it is one that has been completed.
   */
  static async of(file: number, end: SnapshotEnd | null, more: readonly object[] = []): Promise<Snapshot> {
    const size = await wholeSize(file);
    const last = end === null ? more : [...mainSlices(end), endLine(end)];
    const rest = last.map((line) => `,\n${JSON.stringify(line)}`).join("");
    return new Snapshot(file, size - CLOSING.length, Buffer.from(rest + CLOSING));
  }

  /** So many bytes from there on; fewer at the end. */
  read(at: number, bytes: number): Buffer {
    const part = Buffer.alloc(Math.max(0, Math.min(bytes, this.#size - at)));
    let got = 0;
    while (got < part.length) got += readSync(this.#file, part, got, part.length - got, at + got);
    if (part.length === bytes) return part;
    const from = Math.max(0, at - this.#size);
    return Buffer.concat([part, this.#rest.subarray(from, from + bytes - part.length)]);
  }

  async send(out: Writable): Promise<void> {
    const read = (at: number): Buffer => this.read(at, PART_BYTES);
    function* parts(): Generator<Buffer> {
      for (let at = 0; ; ) {
        const part = read(at);
        if (part.length > 0) yield part;
        if (part.length < PART_BYTES) return;
        at += part.length;
      }
    }
    await pipeline(parts, out);
  }
}

export const mainSlices = (end: Omit<SnapshotEnd, "interrupted">): object[] => end.places.map((place) => mainSlice(place, end));

/** What encloses the arrows to and from a main thread: it has not ended, so the file has no slice of it. */
const mainSlice = (place: number, { wallNs }: Pick<SnapshotEnd, "wallNs">): object => ({
  ph: "X",
  name: "main",
  cat: "main",
  pid: place + 1,
  tid: 1,
  ts: 0,
  dur: Math.round(wallNs) / 1000,
});

const endLine = ({ wallNs, interrupted }: SnapshotEnd): object => ({
  ph: "M",
  name: Meta.END,
  pid: 1,
  tid: 1,
  args: { wallNs, interrupted },
});

async function wholeSize(fd: number): Promise<number> {
  const bytes = Buffer.alloc(CLOSING.length);
  for (let i = 0; i < TRIES; i++) {
    const { size } = fstatSync(fd);
    if (size > CLOSING.length) {
      readSync(fd, bytes, 0, bytes.length, size - bytes.length);
      if (bytes.toString() === CLOSING) return size;
    }
    await after(PAUSE_MS);
  }
  throw new Error("the trace is not written");
}
