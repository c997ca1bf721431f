/** What the rings of a trace tell while the program runs. It only looks on: whoever writes the file frees the room. */
import { isMainThread, TraceBuffer, threadOf } from "../trace/buffer.ts";
import { PARK_NAMES, Status, type TraceEvent } from "../trace/events.ts";
import { type Named, titleOf } from "../trace/named.ts";
import { RingReader } from "../trace/ring-reader.ts";
import { type Slice, SliceKind, type TaskRow } from "./messages.ts";

/** Slices shorter than this (ms) are not drawn: the state of the worker is. */
const LEAST_MS = 0.2;
/** Slices of the same name that lie closer (ms) are drawn as one. */
const GAP_MS = 0.5;
/** Marks and spans may have any number of names. */
const MOST_NAMES = 2000;
const OTHERS = "other names";
/** The definition of a task lay in records that were overwritten before they were read. */
const MISSED = "task (name missed)";

interface Definition {
  readonly name: string;
  readonly at: string;
  /** In drawings and sentences. */
  readonly title: string;
  count: number;
  ns: number;
  failed: number;
}

/** A failure as a thread has told it. */
export interface Told {
  readonly thread: number;
  readonly time: number;
  readonly name: string;
  readonly text: string;
}

type Open = [thread: number, from: number, to: number, name: number, kind: number];

export class LiveTrace {
  readonly #readers: { reader: RingReader; thread: number }[] = [];
  readonly #definitions = new Map<string, Definition>();
  /** By thread and number there. */
  readonly #byNumber = new Map<number, Definition>();
  readonly #tasks = new Map<number, number>();
  readonly #names = new Map<string, number>();
  readonly #shorten: (url: string) => string;
  #slices: Open[] = [];
  /** The last slice of each thread and kind, which may become longer. */
  readonly #last = new Map<number, Open>();
  #failures: Told[] = [];
  failed = 0;

  constructor(shorten: (url: string) => string) {
    this.#shorten = shorten;
  }

  watch(memory: SharedArrayBuffer, slots: readonly number[]): void {
    const buffer = new TraceBuffer(memory);
    for (const slot of slots)
      this.#readers.push({ reader: new RingReader(buffer, slot, false), thread: threadOf(slot, buffer.settings) });
  }

  read(): void {
    for (const { reader } of this.#readers) reader.take((event) => this.#add(event));
  }

  /** Tasks that the thread has told of. */
  tasksOf(thread: number): number {
    return this.#tasks.get(thread) ?? 0;
  }

  get lost(): number {
    return this.#readers.reduce((sum, { reader }) => sum + reader.lost, 0);
  }

  get missed(): number {
    return this.#readers.reduce((sum, { reader }) => sum + reader.missed, 0);
  }

  get names(): string[] {
    return [...this.#names.keys()];
  }

  /** What has ended since the last call, times in ms, threads in place of lanes. */
  takeSlices(): Slice[] {
    const taken = this.#slices;
    this.#slices = [];
    this.#last.clear();
    return taken.filter(([, from, to, , kind]) => to - from >= LEAST_MS || kind >= SliceKind.SPAN);
  }

  takeFailures(): Told[] {
    const taken = this.#failures;
    this.#failures = [];
    return taken;
  }

  /** Those that took longest first. */
  rows(most: number): TaskRow[] {
    return [...this.#definitions.values()]
      .filter((it) => it.count > 0 || it.failed > 0)
      .sort((a, b) => b.ns - a.ns)
      .slice(0, most)
      .map(({ name, at, count, ns, failed }) => ({ name, at, count, totalMs: ns / 1e6, failed }));
  }

  #add(event: TraceEvent): void {
    const { slot } = event;
    switch (event.kind) {
      case "define": {
        const named = JSON.parse(event.text) as Named;
        const { name, url, line } = named;
        const at = url === "" ? "" : `${this.#shorten(url)}${line > 0 ? `:${line}` : ""}`;
        const key = `${name}\n${at}`;
        let it = this.#definitions.get(key);
        if (it === undefined)
          this.#definitions.set(key, (it = { name: name || "task", at, title: titleOf(named), count: 0, ns: 0, failed: 0 }));
        this.#byNumber.set(keyOf(slot, event.def), it);
        break;
      }
      case "sizes": {
        const it = this.#definition(keyOf(slot, event.def));
        it.count += event.count;
        it.ns += event.sum;
        break;
      }
      case "counts":
        this.#tasks.set(slot, event.tasks);
        break;
      case "end":
        if (isMainThread(slot) && event.n === 1) break;
        if (event.status === Status.FAILED) {
          this.failed++;
          this.#definition(keyOf(slot, event.def)).failed++;
        }
        if (event.begin >= 0) this.#slice(slot, event.begin, event.time, this.#nameOf(slot, event.def), SliceKind.TASK);
        break;
      case "slice":
        this.#slice(slot, event.begin, event.time, this.#nameOf(slot, event.def), SliceKind.TASK);
        break;
      case "batch":
        this.#slice(slot, event.begin, event.time, this.#nameOf(slot, event.def), SliceKind.SMALL);
        break;
      case "wait":
        this.#slice(slot, event.begin, event.time, "waiting in a join", SliceKind.JOIN);
        break;
      case "park":
        this.#slice(slot, event.begin, event.time, `parked: ${PARK_NAMES[event.reason] ?? ""}`, SliceKind.PARKED);
        break;
      case "span":
        if (event.async === 0) this.#slice(slot, event.begin, event.time, event.text, SliceKind.SPAN);
        break;
      case "mark":
        this.#slice(slot, event.time, event.time, event.text, SliceKind.MARK);
        break;
      case "failure":
        this.#failures.push({ thread: slot, time: event.time, name: this.#nameOf(slot, event.def), text: event.text });
        break;
      default:
    }
  }

  #definition(key: number): Definition {
    const known = this.#byNumber.get(key) ?? this.#definitions.get(MISSED);
    if (known !== undefined) return known;
    const made = { name: MISSED, at: "", title: MISSED, count: 0, ns: 0, failed: 0 };
    this.#definitions.set(MISSED, made);
    return made;
  }

  #nameOf(thread: number, def: number): string {
    return this.#byNumber.get(keyOf(thread, def))?.title ?? (def === 0 ? "small tasks" : "task");
  }

  /** What slices of that name say. */
  numberOf(text: string): number {
    const known = this.#names.get(text);
    if (known !== undefined) return known;
    if (this.#names.size >= MOST_NAMES) return this.#names.get(OTHERS)!;
    const next = this.#names.size === MOST_NAMES - 1 ? OTHERS : text;
    this.#names.set(next, this.#names.size);
    return this.#names.size - 1;
  }

  #slice(thread: number, fromNs: number, toNs: number, text: string, kind: number): void {
    const name = this.numberOf(text);
    const from = fromNs / 1e6;
    const to = toNs / 1e6;
    const key = thread * 8 + kind;
    const last = this.#last.get(key);
    if (last !== undefined && last[3] === name && kind < SliceKind.SPAN && from >= last[1] && from - last[2] < GAP_MS) {
      last[2] = Math.max(last[2], to);
      return;
    }
    const slice: Open = [thread, from, to, name, kind];
    this.#slices.push(slice);
    this.#last.set(key, slice);
  }
}

const keyOf = (thread: number, n: number): number => n * 2 ** 22 + thread;
