/** The events of a run, in memory that all threads share: a list for each thread, and one order over all those of a place. */
import { store } from "../shared/atomics.ts";

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

/** Words of the control block of a place; DIVERGED and what follows, but for LOCK, only of the first one, for all places. */
export const Shared = { TURN: 0, LOCK: 1, DIVERGED: 2, FULL: 3, WAITING: 4, TEXT_BYTES: 5, TEXT: 6 } as const;
export const SHARED_BYTES = 8192;

const FIRST_BYTES = 1 << 16;
const MOST_BYTES = 1 << 28;

/** For all lists together: that is reserved, not used up. */
const MOST_BYTES_OF_ALL = 2 ** 34;

/** One of so many. */
export const emptyList = (lists = 1): SharedArrayBuffer =>
  new SharedArrayBuffer(FIRST_BYTES, {
    maxByteLength: Math.max(FIRST_BYTES, Math.min(MOST_BYTES, Math.floor(MOST_BYTES_OF_ALL / lists))),
  });

/** Appends to the list of this thread. Its first number is the count of entries. */
export class Writer {
  /** Kind of the newest entry. */
  last = -1;
  readonly #list: SharedArrayBuffer;
  readonly #job: Int32Array;
  #numbers: Float64Array;

  /** `job` is the control block of the first place. */
  constructor(list: SharedArrayBuffer, job: Int32Array) {
    this.#list = list;
    this.#job = job;
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
    const bytes = Math.min(this.#list.byteLength * 2, this.#list.maxByteLength);
    if (bytes === this.#list.byteLength) {
      store(this.#job, Shared.FULL, 1);
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

/** The worker of a place that begins each task, by its identity. */
export function workersOf(lists: readonly SharedArrayBuffer[]): Map<number, number> {
  const where = new Map<number, number>();
  for (const [id, { slot }] of whereabouts([lists])) where.set(id, slot);
  return where;
}

export interface Whereabouts {
  readonly place: number;
  readonly slot: number;
}

/** Where each task begins, by its identity. */
export function whereabouts(places: readonly (readonly SharedArrayBuffer[])[]): Map<number, Whereabouts> {
  const where = new Map<number, Whereabouts>();
  places.forEach((lists, place) => {
    lists.forEach((list, slot) => {
      const reader = new Reader(list);
      const here = { place, slot };
      for (; !reader.ended; reader.position++) if (reader.kind === Event.BODY) where.set(reader.id, here);
    });
  });
  return where;
}
