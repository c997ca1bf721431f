/**
 * The events of a trace, and where their parts lie in a record of 48 bytes. One table for everybody: recorders write by it, readers
 * decode by it, the file's graph part is its fields in this order. What each event means is in README.md.
 */

export const RECORD_BYTES = 48;
export const RECORD_WORDS = RECORD_BYTES / 4;

/** Where a field lies: the 24 upper bits of word 0, word 1, the float64 behind them, eight words, or four float64 over those. */
export type Place = "extra" | "n" | "time" | "i0" | "i1" | "i2" | "i3" | "i4" | "i5" | "i6" | "i7" | "f0" | "f1" | "f2" | "f3";

/** How a task ended. */
export const Status = { OK: 0, FAILED: 1, CANCELLED: 2 } as const;

/** What something comes after. HERE is a point in a task, FLOOR one in the same task, EXTERNAL a time (ns) in which nothing of heddle was waited for: with `b` 1, `a` us of it before that had come, as far as is known. */
export const Dep = { NONE: 0, NODE: 1, OBJECT: 2, PHASE: 3, HERE: 4, SCOPE: 5, FLOOR: 6, EXTERNAL: 7 } as const;

/** Why a worker slept. */
export const ParkReason = { IDLE: 0, JOIN: 1, EVENTS: 2, IMPORT: 3 } as const;
export const PARK_NAMES = ["nothing to do", "waiting in a join", "async tasks wait for events", "importing a module"] as const;

/** What is asked of other places, in `remote`, by numbers that files hold. From split to allToAll, all members of a team ask the same. */
export const REMOTE_NAMES = [
  "copy",
  "atomic",
  "update",
  "allocate",
  "free",
  "lock",
  "split",
  "barrier",
  "broadcast",
  "gather",
  "allGather",
  "scatter",
  "reduce",
  "allReduce",
  "scan",
  "allToAll",
  "get",
  "put",
  "add",
  "and",
  "or",
  "xor",
  "exchange",
  "min",
  "max",
  "compareExchange",
] as const;
export type RemoteName = (typeof REMOTE_NAMES)[number];
const FIRST_COLLECTIVE = REMOTE_NAMES.indexOf("split");
const LAST_COLLECTIVE = REMOTE_NAMES.indexOf("allToAll");
export const isCollective = (op: number): boolean => op >= FIRST_COLLECTIVE && op <= LAST_COLLECTIVE;

/** What a thread's time went to. */
export const Category = { TASKS: 0, JOINS: 1, PARKED: 2, SEARCHING: 6 } as const;

/** Text follows the record: `bytes` bytes of UTF-8 in as many whole records as they take. */
export const EVENTS = {
  /** A definition; `text` is JSON: name, url, line. */
  define: { code: 1, fields: { def: "extra", bytes: "n", body: "i0" }, text: true },
  /** A task was spawned by `parent` in its segment `seg`, `path` ns of path and `work` ns of work behind the segment's beginning. */
  spawn: {
    code: 2,
    fields: { def: "extra", n: "n", time: "time", parent: "i0", seg: "i1", path: "i2", work: "i3", scope: "i4" },
  },
  begin: { code: 3, fields: { def: "extra", n: "n", time: "time" } },
  /** This thread has taken task `origin` of thread `from`, and calls it `n`; its scope there is `scope` here. */
  steal: { code: 4, fields: { def: "extra", n: "n", time: "time", from: "i0", origin: "i1", scope: "i2" } },
  /** The last segment of a task; `begin` is when it began, if it ran in one piece, else -1. `folded` tasks were too small to be told apart. */
  end: {
    code: 5,
    fields: {
      status: "extra",
      n: "n",
      time: "time",
      begin: "f0",
      path: "i2",
      work: "i3",
      detached: "i4",
      folded: "i5",
      seg: "i6",
      def: "i7",
    },
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
    fields: {
      def: "extra",
      n: "n",
      time: "time",
      begin: "f0",
      work: "i2",
      count: "i3",
      at: "i4",
      joined: "i5",
      path: "i6",
      seg: "i7",
    },
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

  // Between places. The first four are told by communication threads: `token` is what the place that sends a task calls it.
  /** Task `origin` of thread `from` of this place has left for place `to`, which asked for it if `anywhere` is 1. */
  away: { code: 23, fields: { to: "extra", token: "n", time: "time", from: "i0", origin: "i1", anywhere: "i2" } },
  /** It has come, and is `n` here. */
  arrival: { code: 24, fields: { from: "extra", n: "n", time: "time", token: "i0" } },
  /** Its result has left for place `to`. */
  answer: { code: 25, fields: { to: "extra", token: "n", time: "time" } },
  /** Its result has come. */
  back: { code: 26, fields: { from: "extra", token: "n", time: "time" } },
  /** Task `parent`, so far in its segment, has asked for something of other places at `begin`: `n` stands for the answer. Of a collective operation, `team` and `root`. */
  remote: {
    code: 27,
    fields: {
      op: "extra",
      n: "n",
      time: "time",
      begin: "f0",
      parent: "i2",
      seg: "i3",
      path: "i4",
      bytes: "i5",
      team: "i6",
      root: "i7",
    },
  },
  /** What threads of this place know as `object`, other places know by the address `block`. */
  exports: { code: 28, fields: { time: "time", block: "i0", object: "f1" } },
  /** `object` stands here for what place `home` has at `block`. */
  standIn: { code: 29, fields: { home: "extra", time: "time", block: "i0", object: "f1" } },
  /** The clock of place 0 is `offset` ns ahead of this place's, give or take `error`. */
  clock: { code: 30, fields: { time: "time", offset: "f0", error: "f1" } },
  /** Task `n` fails; `text` is the stack. Not written for errors that only pass through, nor for each one of very many. */
  failure: { code: 31, fields: { bytes: "extra", n: "n", time: "time", def: "i0" }, text: true },
} as const satisfies Record<string, { code: number; fields: Record<string, Place>; text?: true }>;

export type EventName = keyof typeof EVENTS;
type FieldsOf<K extends EventName> = { -readonly [F in keyof (typeof EVENTS)[K]["fields"]]: number };
type TextOf<K extends EventName> = (typeof EVENTS)[K] extends { text: true } ? { text: string } : unknown;

/** An event as readers see it. `slot` is the thread that wrote it. */
export type TraceEvent = { [K in EventName]: { kind: K; slot: number } & FieldsOf<K> & TextOf<K> }[EventName];
export type EventOf<K extends EventName> = Extract<TraceEvent, { kind: K }>;

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
export function writeEvent(
  i32: Int32Array,
  f64: Float64Array,
  word: number,
  name: EventName,
  values: Record<string, number>,
): void {
  const { code, fields } = EVENTS[name];
  i32.fill(0, word, word + RECORD_WORDS);
  i32[word] = code;
  for (const [field, place] of Object.entries(fields)) writeField(i32, f64, word, place, values[field] ?? 0);
}
