/** Writing a trace file while the program runs: takes what lies in the rings, and never keeps more than a chunk of it. */
import { closeSync, openSync, writeSync } from "node:fs";
import { TraceBuffer, threadOf } from "./buffer.ts";
import { ChromeLines } from "./chrome.ts";
import { eventsIn } from "./decode.ts";
import { RingReader } from "./ring-reader.ts";

/** Written to the file at once, and how long (ms) less may stay unwritten. */
const FLUSH_BYTES = 1 << 18;
const FLUSH_MS = 250;
/** Records that are drawn after the program's end, where its workers need all processors; beyond that the oldest are drawn earlier. */
const MOST_DEFERRED = 1 << 25;
const CLOSING = Buffer.from("\n]\n");

export class TraceWriter {
  readonly #file: number;
  readonly #lines: ChromeLines;
  readonly #rings: { reader: RingReader; thread: number }[] = [];
  /** What was taken and is not drawn, oldest first, and its bytes. */
  readonly #undrawn: { thread: number; bytes: Uint8Array }[] = [];
  #deferred = 0;
  readonly #processors: number;
  #workers = 0;
  #text = "[\n";
  #first = true;
  #events = 0;
  #position = 0;
  #flushed = 0;

  /** `isRead`: while it is written, so nothing is drawn late. Throws what the system says when the file cannot be made. */
  constructor(file: string, about: Record<string, unknown>, isRead: boolean) {
    this.#file = openSync(file, "w");
    this.#processors = isRead ? Number.POSITIVE_INFINITY : Number(about.cores ?? Number.POSITIVE_INFINITY);
    this.#lines = new ChromeLines((line) => {
      this.#text += this.#first ? line : `,\n${line}`;
      this.#first = false;
      if (this.#text.length >= FLUSH_BYTES) this.#flush();
    });
    this.#lines.begin(about);
  }

  /** From now on takes what the threads with these rings write. */
  watch(memory: SharedArrayBuffer, slots: readonly number[], communication: number): void {
    const buffer = new TraceBuffer(memory);
    for (const slot of slots) {
      const thread = threadOf(slot, buffer.settings);
      const communicates = slot === communication && slot > 0;
      this.#lines.thread(thread, communicates);
      if (slot > 0 && !communicates) this.#workers++;
      this.#rings.push({ reader: new RingReader(buffer, slot, true), thread });
    }
  }

  /** Takes what has come; returns how many records that was. */
  drain(): number {
    let taken = 0;
    for (const { reader, thread } of this.#rings) {
      const parts: Uint8Array[] = [];
      const count = reader.takeBytes((part) => parts.push(part.slice()));
      if (count === 0) continue;
      taken += count;
      const bytes = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
      this.#lines.keep(thread, bytes);
      this.#undrawn.push({ thread, bytes });
      this.#deferred += bytes.length;
    }
    this.#draw(this.#workers >= this.#processors ? MOST_DEFERRED : 0);
    this.#events += taken;
    if (performance.now() - this.#flushed > FLUSH_MS) this.flush();
    return taken;
  }

  /** All that was taken is in the file, but for slices that are drawn later. */
  flush(): void {
    this.#lines.flush();
    this.#flush();
  }

  /** Draws the oldest until so many bytes are left. */
  #draw(left: number): void {
    let count = 0;
    while (this.#deferred > left) {
      const { thread, bytes } = this.#undrawn[count++]!;
      this.#deferred -= bytes.length;
      for (const { event } of eventsIn(bytes, thread)) this.#lines.add(event);
    }
    if (count > 0) this.#undrawn.splice(0, count);
  }

  get lost(): number {
    return this.#rings.reduce((sum, { reader }) => sum + reader.lost, 0);
  }

  get events(): number {
    return this.#events;
  }

  /** The file is whole after each time: its last bracket is overwritten by what comes next. */
  #flush(): void {
    this.#flushed = performance.now();
    if (this.#text === "") return;
    const bytes = Buffer.from(this.#text);
    this.#text = "";
    const next = this.#position + bytes.length;
    this.#put(Buffer.concat([bytes, CLOSING]), this.#position);
    this.#position = next;
  }

  #put(bytes: Uint8Array, at: number): void {
    for (let done = 0; done < bytes.length; ) done += writeSync(this.#file, bytes, done, bytes.length - done, at + done);
  }

  /** Takes the rest, and completes the file. */
  close(about: Record<string, unknown>): void {
    this.drain();
    this.#draw(0);
    const lost = this.#rings.map(({ reader, thread }) => [thread, reader.lost]).filter(([, count]) => count! > 0);
    this.#lines.end({ ...about, lost });
    this.#flush();
    closeSync(this.#file);
  }
}
