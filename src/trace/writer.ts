/** Writing a trace file while the program runs: takes what lies in the rings, and never keeps more than a chunk of it. */
import { closeSync, openSync, writeSync } from "node:fs";
import { TraceBuffer, threadOf } from "./buffer.ts";
import { ChromeLines } from "./chrome.ts";
import { RingReader } from "./ring-reader.ts";

/** Written to the file at once, and how long (ms) less may stay unwritten. */
const FLUSH_BYTES = 1 << 18;
const FLUSH_MS = 250;
const CLOSING = Buffer.from("\n]\n");

export class TraceWriter {
  readonly #file: number;
  readonly #lines: ChromeLines;
  readonly #rings: { reader: RingReader; thread: number }[] = [];
  #text = "[\n";
  #first = true;
  #events = 0;
  #position = 0;
  #flushed = 0;

  /** Throws what the system says when the file cannot be made. */
  constructor(file: string, about: Record<string, unknown>) {
    this.#file = openSync(file, "w");
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
      this.#lines.thread(thread, slot === communication && slot > 0);
      this.#rings.push({ reader: new RingReader(buffer, slot, true), thread });
    }
  }

  /** Takes what has come; returns how many records that was. */
  drain(): number {
    let taken = 0;
    for (const { reader, thread } of this.#rings)
      taken += reader.take(
        (event) => this.#lines.add(event),
        (record) => this.#lines.keep(thread, record),
      );
    this.#events += taken;
    if (performance.now() - this.#flushed > FLUSH_MS) {
      this.#lines.flush();
      this.#flush();
    }
    return taken;
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
    const lost = this.#rings.map(({ reader, thread }) => [thread, reader.lost]).filter(([, count]) => count! > 0);
    this.#lines.end({ ...about, lost });
    this.#flush();
    closeSync(this.#file);
  }
}
