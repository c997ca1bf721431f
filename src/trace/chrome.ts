/**
 * Events as lines of a trace file: the Trace Event Format in its array form, which Perfetto and Chrome open. Slices and arrows are for their
 * viewers; the events themselves go along in metadata lines, which viewers pass over and `read.ts` reads. See README.md, "The file".
 */
import { Dep, type EventOf, PARK_NAMES, RECORD_BYTES, Status, type TraceEvent } from "./events.ts";

export const FORMAT = { name: "heddle", version: 1 } as const;
/** Names of metadata lines of our own. */
export const Meta = { BEGIN: "heddle", EVENTS: "heddle_events", END: "heddle_end" } as const;

/** So many tasks at most are remembered for arrows that may yet come: nobody joins those of a finish scope. */
const MOST_REMEMBERED = 50_000;
/** Records in one metadata line, as base64. */
const CHUNK = 512;

interface Place {
  readonly thread: number;
  readonly time: number;
}

function remember<V>(map: Map<number, V>, key: number, value: V): void {
  if (map.size >= MOST_REMEMBERED) map.delete(map.keys().next().value!); // the oldest
  map.set(key, value);
}

const quoted = (text: string): string => JSON.stringify(text);
const us = (ns: number): number => Math.round(ns) / 1000;
const keyOf = (thread: number, n: number): number => n * 4096 + thread;

export class ChromeLines {
  readonly #write: (line: string) => void;
  readonly #names = new Map<number, string>();
  readonly #chunks = new Map<number, { bytes: Buffer; used: number }>();
  /** Where tasks were spawned that have not begun; where stolen ones have ended; which joins wait for the news of an end. */
  readonly #spawns = new Map<number, Place>();
  readonly #begins = new Map<number, Place>();
  readonly #ends = new Map<number, Place>();
  readonly #joins = new Map<number, Place>();
  readonly #promoted = new Map<number, true>();
  readonly #origins = new Map<number, number>();
  #flows = 0;
  #asyncs = 0;

  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  begin(about: Record<string, unknown>): void {
    this.#meta(Meta.BEGIN, { ...FORMAT, ...about });
    this.#meta("process_name", { name: `heddle ${String(about.program ?? "")}`.trim() });
  }

  thread(thread: number): void {
    this.#meta("thread_name", { name: thread === 0 ? "main thread" : `worker ${thread}` }, thread);
    this.#meta("thread_sort_index", { sort_index: thread }, thread);
  }

  /** Draws an event; its records come by `keep`. */
  add(event: TraceEvent): void {
    this.#draw(event);
  }

  /** Keeps records of a thread for those who read more than slices. A line may end in the middle of an event. */
  keep(thread: number, records: Uint8Array): void {
    let chunk = this.#chunks.get(thread);
    if (chunk === undefined) this.#chunks.set(thread, (chunk = { bytes: Buffer.alloc(CHUNK * RECORD_BYTES), used: 0 }));
    for (let at = 0; at < records.length; ) {
      const part = records.subarray(at, at + chunk.bytes.length - chunk.used);
      chunk.bytes.set(part, chunk.used);
      chunk.used += part.length;
      at += part.length;
      if (chunk.used === chunk.bytes.length) this.#flush(thread, chunk);
    }
  }

  /** What `keep` has gathered. */
  flush(): void {
    for (const [thread, chunk] of this.#chunks) this.#flush(thread, chunk);
  }

  end(about: Record<string, unknown>): void {
    this.flush();
    this.#meta(Meta.END, about);
  }

  #flush(thread: number, chunk: { bytes: Buffer; used: number }): void {
    if (chunk.used > 0) this.#meta(Meta.EVENTS, { records: chunk.bytes.toString("base64", 0, chunk.used) }, thread);
    chunk.used = 0;
  }

  #meta(name: string, args: Record<string, unknown>, thread = 0): void {
    this.#line({ ph: "M", name, pid: 1, tid: thread + 1, args });
  }

  #line(event: Record<string, unknown>): void {
    this.#write(JSON.stringify(event));
  }

  /** `name` is JSON, and so is `args`: most lines of a file come from here. */
  #slice(thread: number, name: string, cat: string, begin: number, end: number, args = ""): void {
    const dur = Math.max(1, Math.round(end) - Math.round(begin)) / 1000;
    const rest = args === "" ? "}" : `,"args":${args}}`;
    this.#write(`{"ph":"X","name":${name},"cat":"${cat}","pid":1,"tid":${thread + 1},"ts":${us(begin)},"dur":${dur}${rest}`);
  }

  #arrow(name: string, from: Place, to: Place): void {
    const common = `"name":"${name}","cat":"flow","id":${++this.#flows},"pid":1`;
    const at = us(from.time);
    this.#write(`{"ph":"s",${common},"tid":${from.thread + 1},"ts":${at}}`);
    this.#write(`{"ph":"f","bp":"e",${common},"tid":${to.thread + 1},"ts":${Math.max(us(to.time), at)}}`);
  }

  #instant(thread: number, name: string, cat: string, time: number): void {
    this.#line({ ph: "i", s: "t", name, cat, pid: 1, tid: thread + 1, ts: us(time) });
  }

  #nameOf(thread: number, def: number): string {
    return this.#names.get(keyOf(thread, def)) ?? (def === 0 ? "small tasks" : "task");
  }

  #draw(event: TraceEvent): void {
    const { slot } = event;
    switch (event.kind) {
      case "define":
        this.#names.set(keyOf(slot, event.def), String(JSON.parse(event.text).name || "task"));
        break;
      case "spawn":
        return this.#spawned(event);
      case "promote":
        remember(this.#promoted, keyOf(slot, event.n), true);
        break;
      case "steal":
        this.#origins.set(keyOf(slot, event.n), keyOf(event.from, event.origin));
        break;
      case "begin":
        return this.#began(event);
      case "end":
        return this.#ended(event);
      case "slice":
        this.#slice(slot, quoted(this.#nameOf(slot, event.def)), "task", event.begin, event.time, `{"n":${event.n}}`);
        break;
      case "batch":
        this.#slice(
          slot,
          quoted(`${event.count} × ${this.#nameOf(slot, event.def)}`),
          "folded",
          event.begin,
          event.time,
          `{"count":${event.count}}`,
        );
        break;
      case "wait":
        this.#slice(slot, '"wait"', "wait", event.begin, event.time, `{"idleUs":${us(event.idle)}}`);
        break;
      case "park":
        this.#slice(slot, quoted(`parked: ${PARK_NAMES[event.reason] ?? "?"}`), "park", event.begin, event.time);
        break;
      case "segment":
        return this.#joined(event);
      case "cancel":
        this.#spawns.delete(keyOf(slot, event.n));
        this.#instant(slot, "cancel", "task", event.time);
        break;
      case "mark":
        this.#instant(slot, event.text, "mark", event.time);
        break;
      case "span":
        return this.#userSpan(event);
      case "heap":
        this.#line({ ph: "C", name: "heap", pid: 1, tid: slot + 1, ts: us(event.time), args: { bytes: event.used } });
        break;
      default:
    }
  }

  #userSpan({ slot, text, begin, time, async }: EventOf<"span">): void {
    if (async === 0) return this.#slice(slot, quoted(text), "span", begin, time);
    const common = { name: text, cat: "span", id: ++this.#asyncs, pid: 1, tid: slot + 1 };
    this.#line({ ph: "b", ...common, ts: us(begin) });
    this.#line({ ph: "e", ...common, ts: us(time) });
  }

  #spawned({ slot, n, time, parent }: EventOf<"spawn">): void {
    if (parent === 0 && n === 1) return; // the main strand
    const key = keyOf(slot, n);
    const place = { thread: slot, time };
    const begun = this.#begins.get(key);
    if (begun === undefined) remember(this.#spawns, key, place);
    else {
      this.#begins.delete(key);
      this.#arrow("spawn", place, begun);
    }
  }

  #began({ slot, n, time }: EventOf<"begin">): void {
    const own = keyOf(slot, n);
    if (slot === 0 && n === 1) return;
    const key = this.#origins.get(own) ?? own;
    if (key === own) this.#promoted.delete(key);
    const spawned = this.#spawns.get(key);
    if (spawned !== undefined) {
      this.#spawns.delete(key);
      this.#arrow("spawn", spawned, { thread: slot, time });
    } else if (key !== own) remember(this.#begins, key, { thread: slot, time });
  }

  #ended({ slot, n, time, begin, def, status, folded }: EventOf<"end">): void {
    if (slot === 0 && n === 1) return this.#slice(0, '"main"', "main", begin, time);
    if (begin >= 0) {
      const more = (folded > 0 ? `,"folded":${folded}` : "") + (status === Status.FAILED ? ',"failed":true' : "");
      this.#slice(slot, quoted(this.#nameOf(slot, def)), "task", begin, time, `{"n":${n}${more}}`);
    }
    const own = keyOf(slot, n);
    const key = this.#origins.get(own);
    if (key === undefined) return;
    this.#origins.delete(own);
    const place = { thread: slot, time: time - 1 };
    const join = this.#joins.get(key);
    if (join === undefined) remember(this.#ends, key, place);
    else {
      this.#joins.delete(key);
      this.#promoted.delete(key);
      this.#arrow("join", place, join);
    }
  }

  #joined({ slot, dep, on, time }: EventOf<"segment">): void {
    if (dep !== Dep.NODE) return;
    const key = keyOf(slot, on);
    if (!this.#promoted.has(key)) return;
    const ended = this.#ends.get(key);
    if (ended === undefined) remember(this.#joins, key, { thread: slot, time });
    else {
      this.#ends.delete(key);
      this.#promoted.delete(key);
      this.#arrow("join", ended, { thread: slot, time });
    }
  }
}
