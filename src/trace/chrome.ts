/**
 * Events as lines of a trace file: the Trace Event Format in its array form, which Perfetto and Chrome open. Slices and arrows are for their
 * viewers; the events themselves go along in metadata lines, which viewers pass over and `read.ts` reads. See README.md, "The file".
 */
import { isMainThread, PLACE_THREADS, placeOfThread, threadInPlace } from "./buffer.ts";
import { Dep, type EventOf, PARK_NAMES, RECORD_BYTES, REMOTE_NAMES, Status, type TraceEvent } from "./events.ts";
import { type Named, titleOf } from "./named.ts";

export const FORMAT = { name: "heddle", version: 1 } as const;
/** Names of metadata lines of our own. */
export const Meta = { BEGIN: "heddle", PLACE: "heddle_place", THREAD: "heddle_thread", EVENTS: "heddle_events", END: "heddle_end" } as const; // biome-ignore format: one line

/** So many tasks at most are remembered for arrows that may yet come: nobody joins those of a finish scope. */
const MOST_REMEMBERED = 50_000;
/** Records in one metadata line, as base64. */
const CHUNK = 512;

interface Moment {
  readonly thread: number;
  readonly time: number;
}

function remember<V>(map: Map<number, V>, key: number, value: V): void {
  if (map.size >= MOST_REMEMBERED) map.delete(map.keys().next().value!); // the oldest
  map.set(key, value);
}

const quoted = (text: string): string => JSON.stringify(text);
const us = (ns: number): number => Math.round(ns) / 1000;
const keyOf = (thread: number, n: number): number => n * 2 ** 22 + thread;
/** A task that has left a place, as that place calls it. */
const tripOf = (place: number, token: number): string => `${place} ${token >>> 0}`;

const idsOf = (thread: number): { pid: number; tid: number } => ({
  pid: placeOfThread(thread) + 1,
  tid: threadInPlace(thread) + 1,
});
const idTextOf = (thread: number): string => `"pid":${placeOfThread(thread) + 1},"tid":${threadInPlace(thread) + 1}`;

export class ChromeLines {
  readonly #write: (line: string) => void;
  readonly #names = new Map<number, string>();
  readonly #chunks = new Map<number, { bytes: Buffer; used: number }>();
  /** Where tasks were spawned that have not begun; where stolen ones have ended; which joins wait for the news of an end. */
  readonly #spawns = new Map<number, Moment>();
  readonly #begins = new Map<number, Moment>();
  readonly #ends = new Map<number, Moment>();
  readonly #joins = new Map<number, Moment>();
  readonly #promoted = new Map<number, true>();
  readonly #origins = new Map<number, number>();
  /** What tasks that came from other places are called there, and by whom they were spawned. */
  readonly #arrivals = new Map<number, string>();
  readonly #aways = new Map<string, number>();
  /** What is to be drawn when one of these is known. */
  readonly #later = new Map<number | string, () => void>();
  readonly #communication = new Set<number>();
  readonly #places = new Set<number>();
  #program = "";
  #several = false;
  #flows = 0;
  #asyncs = 0;

  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  begin(about: Record<string, unknown>): void {
    this.#meta(Meta.BEGIN, { ...FORMAT, ...about });
    this.#program = `heddle ${String(about.program ?? "")}`.trim();
    this.#several = Number(about.places ?? 1) > 1;
  }

  thread(thread: number, communication = false): void {
    const place = placeOfThread(thread);
    if (!this.#places.has(place)) {
      this.#places.add(place);
      this.#meta("process_name", { name: this.#several ? `${this.#program}, place ${place}` : this.#program }, thread);
      this.#meta("process_sort_index", { sort_index: place }, thread);
    }
    const own = threadInPlace(thread);
    if (communication) this.#communication.add(thread);
    const name = own === 0 ? "main thread" : communication ? "communication thread" : `worker ${own}`;
    this.#meta("thread_name", { name }, thread);
    this.#meta("thread_sort_index", { sort_index: own }, thread);
    this.#meta(Meta.THREAD, { communication }, thread);
  }

  /** How a place's clock stands to that of the file. */
  place(place: number, about: Record<string, unknown>): void {
    this.#meta(Meta.PLACE, about, place * PLACE_THREADS);
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
    this.#line({ ph: "M", name, ...idsOf(thread), args });
  }

  #line(event: Record<string, unknown>): void {
    this.#write(JSON.stringify(event));
  }

  /** `name` is JSON, and so is `args`: most lines of a file come from here. */
  #slice(thread: number, name: string, cat: string, begin: number, end: number, args = ""): void {
    const dur = Math.max(1, Math.round(end) - Math.round(begin)) / 1000;
    const rest = args === "" ? "}" : `,"args":${args}}`;
    this.#write(`{"ph":"X","name":${name},"cat":"${cat}",${idTextOf(thread)},"ts":${us(begin)},"dur":${dur}${rest}`);
  }

  /**
   * Clocks of two threads may be a little apart, but no arrow goes back in time. What is moved then is the end for which there is more room:
   * an arrow of a spawn ends where a slice begins, one of a join begins where a slice ends.
   */
  #arrow(name: "spawn" | "join", from: Moment, to: Moment): void {
    const common = `"name":"${name}","cat":"flow","id":${++this.#flows}`;
    let begin = us(from.time);
    let end = us(to.time);
    if (name === "spawn") begin = Math.min(begin, end);
    else end = Math.max(begin, end);
    this.#write(`{"ph":"s",${common},${idTextOf(from.thread)},"ts":${begin}}`);
    this.#write(`{"ph":"f","bp":"e",${common},${idTextOf(to.thread)},"ts":${end}}`);
  }

  #instant(thread: number, name: string, cat: string, time: number): void {
    this.#line({ ph: "i", s: "t", name, cat, ...idsOf(thread), ts: us(time) });
  }

  #nameOf(thread: number, def: number): string {
    return this.#names.get(keyOf(thread, def)) ?? (def === 0 ? "small tasks" : "task");
  }

  #draw(event: TraceEvent): void {
    const { slot } = event;
    switch (event.kind) {
      case "define":
        this.#names.set(keyOf(slot, event.def), titleOf(JSON.parse(event.text) as Named));
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
        this.#promoted.delete(keyOf(slot, event.n)); // who joins it goes on at once, whenever its body ends
        this.#instant(slot, "cancel", "task", event.time);
        break;
      case "failure":
        this.#instant(slot, `failed: ${event.text.split("\n", 1)[0]}`, "failure", event.time);
        break;
      case "mark":
        this.#instant(slot, event.text, "mark", event.time);
        break;
      case "span":
        return this.#userSpan(event);
      case "heap":
        this.#line({ ph: "C", name: "heap", ...idsOf(slot), ts: us(event.time), args: { bytes: event.used } });
        break;
      case "away":
        this.#know(this.#aways, tripOf(placeOfThread(slot), event.token), keyOf(event.from, event.origin));
        break;
      case "arrival":
        this.#know(this.#arrivals, keyOf(slot, event.n), tripOf(event.from, event.token));
        break;
      case "remote":
        this.#async(slot, REMOTE_NAMES[event.op] ?? "remote", "remote", event.begin, event.time);
        break;
      default:
    }
  }

  #userSpan({ slot, text, begin, time, async }: EventOf<"span">): void {
    if (async === 0) return this.#slice(slot, quoted(text), "span", begin, time);
    this.#async(slot, text, "span", begin, time);
  }

  #async(thread: number, name: string, cat: string, begin: number, end: number): void {
    const common = { name, cat, id: ++this.#asyncs, ...idsOf(thread) };
    this.#line({ ph: "b", ...common, ts: us(begin) });
    this.#line({ ph: "e", ...common, ts: us(end) });
  }

  // ---- arrows --------------------------------------------------------------------------------------------------------

  #know<K extends number | string, V>(map: Map<K, V>, key: K, value: V): void {
    if (map.size >= MOST_REMEMBERED) map.delete(map.keys().next().value!);
    map.set(key, value);
    const then = this.#later.get(key);
    this.#later.delete(key);
    then?.();
  }

  /** What its spawner calls a task that a thread has taken from another one; null: unknown so far, and `then` is called once it is. */
  #spawnerKey(origin: number, then: () => void): number | null {
    if (!this.#communication.has(origin % 2 ** 22)) return origin;
    const trip = this.#arrivals.get(origin);
    const key = trip === undefined ? undefined : this.#aways.get(trip);
    if (key !== undefined) return key;
    const before = this.#later.get(trip ?? origin);
    this.#later.set(trip ?? origin, () => {
      before?.();
      then();
    });
    if (this.#later.size > MOST_REMEMBERED) this.#later.delete(this.#later.keys().next().value!);
    return null;
  }

  #spawned({ slot, n, time, parent }: EventOf<"spawn">): void {
    if (parent === 0 && n === 1) return; // the main strand
    const key = keyOf(slot, n);
    const moment = { thread: slot, time };
    const begun = this.#begins.get(key);
    if (begun === undefined) remember(this.#spawns, key, moment);
    else {
      this.#begins.delete(key);
      this.#arrow("spawn", moment, begun);
    }
  }

  #began({ slot, n, time }: EventOf<"begin">): void {
    const own = keyOf(slot, n);
    if (isMainThread(slot) && n === 1) return;
    const origin = this.#origins.get(own);
    if (origin !== undefined) return this.#begunFrom(origin, { thread: slot, time });
    this.#promoted.delete(own);
    const spawned = this.#spawns.get(own);
    if (spawned === undefined) return;
    this.#spawns.delete(own);
    this.#arrow("spawn", spawned, { thread: slot, time });
  }

  #begunFrom(origin: number, moment: Moment): void {
    const key = this.#spawnerKey(origin, () => this.#begunFrom(origin, moment));
    if (key === null) return;
    const spawned = this.#spawns.get(key);
    if (spawned === undefined) return remember(this.#begins, key, moment);
    this.#spawns.delete(key);
    this.#arrow("spawn", spawned, moment);
  }

  #ended({ slot, n, time, begin, def, status, folded }: EventOf<"end">): void {
    if (isMainThread(slot) && n === 1) return this.#slice(slot, '"main"', "main", begin, time);
    if (begin >= 0) {
      const more = (folded > 0 ? `,"folded":${folded}` : "") + (status === Status.FAILED ? ',"failed":true' : "");
      this.#slice(slot, quoted(this.#nameOf(slot, def)), "task", begin, time, `{"n":${n}${more}}`);
    }
    const own = keyOf(slot, n);
    const origin = this.#origins.get(own);
    if (origin === undefined) return;
    this.#origins.delete(own);
    this.#endedFrom(origin, { thread: slot, time: time - 1 });
  }

  #endedFrom(origin: number, moment: Moment): void {
    const key = this.#spawnerKey(origin, () => this.#endedFrom(origin, moment));
    if (key === null) return;
    const trip = this.#arrivals.get(origin);
    if (trip !== undefined) {
      this.#arrivals.delete(origin);
      this.#aways.delete(trip);
    }
    const join = this.#joins.get(key);
    if (join === undefined) return remember(this.#ends, key, moment);
    this.#joins.delete(key);
    this.#promoted.delete(key);
    this.#arrow("join", moment, join);
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
