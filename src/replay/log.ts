/** The events of a run, in memory that all threads share: a list for each thread, and one order over all of them. */

export const Event = {
  BODY: 0,
  STEP: 1,
  MAIL: 2,
  ORDERED: 3,
  VALUE: 4,
  GLANCE: 5,
  BATCH: 6,
  LOOP: 7,
  SPAWN: 8,
  ARRIVAL: 9,
} as const;

/** Numbers of an entry: (turn << 4 | kind), identity, hash of the name. */
export const ENTRY = 3;

/** Words of the control block that all threads share. */
export const Shared = { TURN: 0, LOCK: 1, DIVERGED: 2, FULL: 3, WAITING: 4, TEXT_BYTES: 5, TEXT: 6 } as const;
export const SHARED_BYTES = 8192;

/** What every thread of a recorded or replayed run is given. */
export interface Reel {
  readonly mode: "record" | "replay";
  readonly shared: SharedArrayBuffer;
  /** By slot. */
  readonly lists: readonly SharedArrayBuffer[];
}

/** By this name workers find the reel. */
export const REEL = "heddle.replay";

const FIRST_BYTES = 1 << 16;
const MOST_BYTES = 1 << 28;

export const emptyList = (): SharedArrayBuffer => new SharedArrayBuffer(FIRST_BYTES, { maxByteLength: MOST_BYTES });

/** Appends to the list of this thread. Its first number is the count of entries. */
export class Writer {
  /** Kind of the newest entry. */
  last = -1;
  readonly #list: SharedArrayBuffer;
  readonly #shared: Int32Array;
  #numbers: Float64Array;

  constructor(list: SharedArrayBuffer, shared: Int32Array) {
    this.#list = list;
    this.#shared = shared;
    this.#numbers = new Float64Array(list);
  }

  add(kind: number, turn: number, id: number, name: number): void {
    const count = this.#numbers[0]!;
    const at = 1 + count * ENTRY;
    if (at + ENTRY > this.#numbers.length && !this.#grow()) return;
    this.last = kind;
    this.#numbers[at] = turn * 16 + kind;
    this.#numbers[at + 1] = id;
    this.#numbers[at + 2] = name;
    this.#numbers[0] = count + 1;
  }

  #grow(): boolean {
    const bytes = Math.min(this.#list.byteLength * 2, MOST_BYTES);
    if (bytes === this.#list.byteLength) {
      this.#shared[Shared.FULL] = 1;
      return false;
    }
    this.#list.grow(bytes);
    this.#numbers = new Float64Array(this.#list);
    return true;
  }
}

/** Reads the list of this thread. */
export class Reader {
  readonly #numbers: Float64Array;
  readonly count: number;
  position = 0;

  constructor(list: SharedArrayBuffer) {
    this.#numbers = new Float64Array(list);
    this.count = this.#numbers[0] ?? 0;
  }

  /** The task whose body is behind nothing but mail and operations, without going there; 0 when something else is. */
  bodyBehind(): number {
    for (let at = 1 + this.position * ENTRY; at < 1 + this.count * ENTRY; at += ENTRY) {
      const kind = this.#numbers[at]! % 16;
      if (kind === Event.BODY) return this.#numbers[at + 1]!;
      if (kind !== Event.MAIL && kind !== Event.ORDERED) return 0;
    }
    return 0;
  }

  get ended(): boolean {
    return this.position >= this.count;
  }
  get kind(): number {
    return this.#numbers[1 + this.position * ENTRY]! % 16;
  }
  get turn(): number {
    return Math.floor(this.#numbers[1 + this.position * ENTRY]! / 16);
  }
  get id(): number {
    return this.#numbers[2 + this.position * ENTRY]!;
  }
  get name(): number {
    return this.#numbers[3 + this.position * ENTRY]!;
  }
}

/** The worker that begins each task, by its identity. */
export function places(lists: readonly SharedArrayBuffer[]): Map<number, number> {
  const where = new Map<number, number>();
  lists.forEach((list, slot) => {
    const reader = new Reader(list);
    for (; !reader.ended; reader.position++) if (reader.kind === Event.BODY) where.set(reader.id, slot);
  });
  return where;
}
