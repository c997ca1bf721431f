/** A copy of a trace file that is still being written. */
import { createReadStream, fstatSync, readSync } from "node:fs";
import type { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as after } from "node:timers/promises";
import { Meta } from "../trace/chrome.ts";

const CLOSING = "\n]\n";
const TRIES = 50;
const PAUSE_MS = 10;

export interface SnapshotEnd {
  readonly wallNs: number;
  /** Whose main threads are in the file. */
  readonly places: readonly number[];
}

/**
 * Sends the file up to a line that is whole, and closes it as one of an interrupted run. What lies before the closing bracket is never written
 * again; see ../trace/writer.ts.
 */
export async function sendSnapshot(fd: number, end: SnapshotEnd | null, out: Writable): Promise<void> {
  const size = await wholeSize(fd);
  const last = end === null ? [] : [...end.places.map((place) => mainSlice(place, end)), endLine(end)];
  const rest = last.map((line) => `,\n${JSON.stringify(line)}`).join("");
  async function* parts(): AsyncGenerator<Buffer> {
    // The descriptor is the program's: the stream must not close it.
    const file = createReadStream("", { fd, start: 0, end: size - CLOSING.length - 1, autoClose: false, highWaterMark: 1 << 20 });
    for await (const part of file) yield part as Buffer;
    yield Buffer.from(rest + CLOSING);
  }
  await pipeline(parts, out);
}

/** What encloses the arrows to and from a main thread: it has not ended, so the file has no slice of it. */
const mainSlice = (place: number, { wallNs }: SnapshotEnd): object => ({
  ph: "X",
  name: "main",
  cat: "main",
  pid: place + 1,
  tid: 1,
  ts: 0,
  dur: Math.round(wallNs) / 1000,
});

const endLine = ({ wallNs }: Pick<SnapshotEnd, "wallNs">): object => ({
  ph: "M",
  name: Meta.END,
  pid: 1,
  tid: 1,
  args: { wallNs, interrupted: true },
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
