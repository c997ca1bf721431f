/**
 * The events of a trace, and where their parts lie in a record of 48 bytes. One table for everybody: recorders write by it, readers
 * decode by it, the file's graph part is its fields in this order. What each event means is in README.md.
 */

export const RECORD_BYTES = 48;
export const RECORD_WORDS = RECORD_BYTES / 4;

/** Where a field lies: the 24 upper bits of word 0, word 1, the float64 behind them, eight words, or four float64 over those. */
type Place = "extra" | "n" | "time" | "i0" | "i1" | "i2" | "i3" | "i4" | "i5" | "i6" | "i7" | "f0" | "f1" | "f2" | "f3";

/** How a task ended. */
export const Status = { OK: 0, FAILED: 1, CANCELLED: 2 } as const;

/** What something comes after. HERE is a point in a task, FLOOR one in the same task, EXTERNAL a time in which nothing of heddle was waited for. */
export const Dep = { NONE: 0, NODE: 1, OBJECT: 2, PHASE: 3, HERE: 4, SCOPE: 5, FLOOR: 6, EXTERNAL: 7 } as const;

/** Why a worker slept. */
export const ParkReason = { IDLE: 0, JOIN: 1, EVENTS: 2, IMPORT: 3 } as const;
export const PARK_NAMES = ["nothing to do", "waiting in a join", "async tasks wait for events", "importing a module"] as const;

/** What a thread's time went to. */
export const Category = { TASKS: 0, JOINS: 1, PARKED: 2, SEARCHING: 6 } as const;

/** Text follows the record: `bytes` bytes of UTF-8 in as many whole records as they take. */
export const EVENTS = {
  /** A definition; `text` is JSON: name, url, line. */
  define: { code: 1, fields: { def: "extra", bytes: "n", body: "i0" }, text: true },
  /** A task was spawned by `parent` in its segment `seg`, `path` ns of path and `work` ns of work behind the segment's beginning. */
  spawn: { code: 2, fields: { def: "extra", n: "n", time: "time", parent: "i0", seg: "i1", path: "i2", work: "i3", scope: "i4" } },
  begin: { code: 3, fields: { def: "extra", n: "n", time: "time" } },
  /** This thread has taken task `origin` of thread `from`, and calls it `n`; its scope there is `scope` here. */
  steal: { code: 4, fields: { def: "extra", n: "n", time: "time", from: "i0", origin: "i1", scope: "i2" } },
  /** The last segment of a task; `begin` is when it began, if it ran in one piece, else -1. `folded` tasks were too small to be told apart. */
  end: {
    code: 5,
    fields: { status: "extra", n: "n", time: "time", begin: "f0", path: "i2", work: "i3", detached: "i4", folded: "i5", seg: "i6", def: "i7" },
  },
  /** A segment of task `n` ends: it goes on after something else. */
  segment: {
    code: 6,
    fields: { dep: "extra", n: "n", time: "time", path: "i0", work: "i1", detached: "i2", seg: "i3", on: "f2", a: "i6", b: "i7" },
  },
  /** Something that no task computes (or a task, before it begins) comes after something else. `kinds` is target + 16 * source. */
  edge: { code: 7, fields: { kinds: "extra", time: "time", target: "f0", phase: "i2", source: "f2", a: "i6", b: "i7" } },
  /** `n` of this thread is what all threads know as `object`. */
  share: { code: 8, fields: { n: "n", time: "time", object: "f0" } },
  /** A task was moved to shared memory, where others can take it. */
  promote: { code: 9, fields: { n: "n", time: "time" } },
  /** A piece of a task that suspends. */
  slice: { code: 10, fields: { def: "extra", n: "n", time: "time", begin: "f0" } },
  park: { code: 11, fields: { reason: "extra", time: "time", begin: "f0" } },
  /** A wait on the stack of task `n`; for `idle` ns nothing ran in it. */
  wait: { code: 12, fields: { n: "n", time: "time", begin: "f0", idle: "f1" } },
  /** `count` children of `n` too small to be told apart, which ran one after the other. */
  batch: {
    code: 13,
    fields: { def: "extra", n: "n", time: "time", begin: "f0", work: "i2", count: "i3", at: "i4", joined: "i5", path: "i6", seg: "i7" },
  },
  cancel: { code: 14, fields: { n: "n", time: "time" } },
  mark: { code: 15, fields: { bytes: "extra", n: "n", time: "time" }, text: true },
  span: { code: 16, fields: { bytes: "extra", n: "n", time: "time", begin: "f0", async: "i2" }, text: true },
  heap: { code: 17, fields: { time: "time", used: "f0" } },
  /** Since the last such record: `count` tasks of `def` whose own time (ns) has `bucket` binary digits, of which `sum` ns in all. */
  sizes: { code: 18, fields: { def: "extra", n: "n", bucket: "i0", count: "f1", sum: "f2" } },
  /** Everything folded into segment `seg` of `n` had ended `path` ns behind its beginning. */
  detached: { code: 19, fields: { n: "n", seg: "i0", path: "i1" } },
  /** So many records of this thread did not fit, from its beginning on. */
  lost: { code: 20, fields: { time: "time", count: "f0" } },
  /** What this thread's time has gone to so far. */
  total: { code: 21, fields: { category: "extra", time: "time", ns: "f0" } },
  /** The figures of a thread so far: bodies begun, clock readings. */
  counts: { code: 22, fields: { time: "time", tasks: "f0", readings: "f1" } },
} as const satisfies Record<string, { code: number; fields: Record<string, Place>; text?: true }>;

export type EventName = keyof typeof EVENTS;
type FieldsOf<K extends EventName> = { -readonly [F in keyof (typeof EVENTS)[K]["fields"]]: number };
type TextOf<K extends EventName> = (typeof EVENTS)[K] extends { text: true } ? { text: string } : unknown;

/** An event as readers see it. `slot` is the thread that wrote it. */
export type TraceEvent = { [K in EventName]: { kind: K; slot: number } & FieldsOf<K> & TextOf<K> }[EventName];
export type EventOf<K extends EventName> = Extract<TraceEvent, { kind: K }>;

interface Shape {
  readonly name: EventName;
  readonly decode: Decode;
  readonly text: boolean;
  readonly fields: readonly { readonly name: string; readonly place: Place }[];
}

/** The shapes by code. */
export const SHAPES: readonly (Shape | undefined)[] = (() => {
  const shapes: (Shape | undefined)[] = [];
  for (const [name, shape] of Object.entries(EVENTS)) {
    const fields = Object.entries(shape.fields).map(([field, place]) => ({ name: field, place: place as Place }));
    const decode = makeDecode(name as EventName, fields);
    shapes[shape.code] = { name: name as EventName, decode, text: "text" in shape, fields };
  }
  return shapes;
})();

/** The expression for what lies at a place of the record that begins at word `w`. */
function reading(place: Place): string {
  if (place === "extra") return "i32[w] >>> 8";
  if (place === "n") return "i32[w + 1]";
  if (place === "time") return "f64[(w + 2) >>> 1]";
  const index = Number(place[1]);
  return place.startsWith("i") ? `i32[w + ${4 + index}]` : `f64[(w + ${4 + 2 * index}) >>> 1]`;
}

type Decode = (i32: Int32Array, f64: Float64Array, word: number, slot: number) => Record<string, unknown>;

/** Source text of its own for each kind: millions of records are read. */
function makeDecode(name: EventName, fields: Shape["fields"]): Decode {
  const parts = fields.map((it) => `${it.name}: ${reading(it.place)}`);
  return new Function("i32", "f64", "w", "slot", `return { kind: "${name}", slot, ${parts.join(", ")} };`) as Decode;
}

/** Writes at a place of the record that begins at `word`, whose code is there. */
function writeField(i32: Int32Array, f64: Float64Array, word: number, place: Place, value: number): void {
  if (place === "extra") i32[word]! |= value << 8;
  else if (place === "n") i32[word + 1] = value;
  else if (place === "time") f64[(word + 2) >>> 1] = value;
  else {
    const index = place.charCodeAt(1) - 48;
    if (place.charCodeAt(0) === 105) i32[word + 4 + index] = value;
    else f64[(word + 4 + 2 * index) >>> 1] = value;
  }
}

/** Writes a whole event at `word`, but for its text. Not for hot paths. */
export function writeEvent(i32: Int32Array, f64: Float64Array, word: number, name: EventName, values: Record<string, number>): void {
  const { code, fields } = EVENTS[name];
  i32.fill(0, word, word + RECORD_WORDS);
  i32[word] = code;
  for (const [field, place] of Object.entries(fields)) writeField(i32, f64, word, place, values[field] ?? 0);
}

const decoder = new TextDecoder();

/** The views of memory that records lie in. */
export interface Memory {
  readonly i32: Int32Array;
  readonly f64: Float64Array;
  readonly u8: Uint8Array;
}

/** How many records the event takes whose first one begins at `word`. */
export function recordsAt({ i32, f64 }: Memory, word: number): number {
  const shape = SHAPES[i32[word]! & 0xff];
  if (shape?.text !== true) return 1;
  return 1 + Math.ceil((shape.decode(i32, f64, word, 0).bytes as number) / RECORD_BYTES);
}

/** The event whose records lie at these words; undefined for a code that is not known. */
export function decodeEvent(memory: Memory, wordAt: (record: number) => number, count: number, slot: number): TraceEvent | undefined {
  const { i32, f64, u8 } = memory;
  const word = wordAt(0);
  const shape = SHAPES[i32[word]! & 0xff];
  if (shape === undefined) return undefined;
  const event = shape.decode(i32, f64, word, slot);
  if (shape.text) {
    const bytes = new Uint8Array((count - 1) * RECORD_BYTES);
    for (let i = 1; i < count; i++) {
      const from = wordAt(i) * 4;
      bytes.set(u8.subarray(from, from + RECORD_BYTES), (i - 1) * RECORD_BYTES);
    }
    event.text = decoder.decode(bytes.subarray(0, event.bytes as number));
  }
  return event as unknown as TraceEvent;
}

/** The events in a copy of whole records, as files hold them. */
export function decodeAll(bytes: Uint8Array, slot: number, each: (event: TraceEvent) => void): void {
  const aligned = new Uint8Array(Math.floor(bytes.length / RECORD_BYTES) * RECORD_BYTES);
  aligned.set(bytes.subarray(0, aligned.length));
  const memory = { i32: new Int32Array(aligned.buffer), f64: new Float64Array(aligned.buffer), u8: aligned };
  const total = aligned.length / RECORD_BYTES;
  for (let at = 0; at < total; ) {
    const count = recordsAt(memory, at * RECORD_WORDS);
    if (at + count > total) break;
    const first = at;
    const event = decodeEvent(memory, (i) => (first + i) * RECORD_WORDS, count, slot);
    if (event !== undefined) each(event);
    at += count;
  }
}
