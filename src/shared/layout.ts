/**
 * The memory map: where everything lies in a runtime's shared memory, in one place.
 *
 * ```
 * byte 0            left free: WebAssembly kernels linked to this memory put their static data here
 * CONTROL           the control block: words that all threads look at
 * SLOTS             one block per thread: slot 0 is the thread that started the runtime, 1..n are the workers; where there are
 *                   several places the last one is the communication thread
 * CELLS             one slab of task cells per slot
 * heapStart         the user heap, up to the end of the memory
 * ```
 *
 * Words are 32 bits; a "word" below is an index into the Int32Array, an "address" a byte offset.
 * Words that different threads write at high rate lie a cache line (16 words) apart.
 */

const LINE = 16;

export const STATIC_DATA_BYTES = 65_536;

/** Word indices of the control block. */
const CONTROL = STATIC_DATA_BYTES / 4;
export const Control = {
  MAGIC: CONTROL,
  VERSION: CONTROL + 1,
  SLOT_COUNT: CONTROL + 2,
  HEAP_START: CONTROL + 3,
  HEAP_END: CONTROL + 4,
  STOP: CONTROL + LINE,
  /** Counts the failures that nobody looked at and slot 0 is to report: it may not be listening for mail. */
  UNHANDLED: CONTROL + LINE + 1,
  /** How many workers are looking for work. Read plainly by every spawn. */
  HUNGRY: CONTROL + 2 * LINE,
  /** Bumped by every cancellation of something that has already been promoted. Read plainly by every dispatch. */
  CANCEL_EPOCH: CONTROL + 2 * LINE + 1,
  /** Address of the newest entry of the table of functions; see functions.ts. */
  FUNCTIONS: CONTROL + 3 * LINE,
  /** Slot of the worker that looks for work without a pause, 0 for none: whoever makes work need wake nobody then. */
  SPINNER: CONTROL + 4 * LINE,
  /** 1 while slot 0 wants to be woken by a worker that goes to sleep; see ../sched/rest.ts. */
  ASKS_REST: CONTROL + 3 * LINE + 2,
  /** The slot that is about to give up a wait, 0 for none; see ../sched/stuck.ts. */
  GIVING_UP: CONTROL + 3 * LINE + 3,
  /** 1 when a ring of high priority may hold something. Read plainly between two tasks. */
  URGENT: CONTROL + 3 * LINE + 4,
  /** The slot of the communication thread; 0 where this place is the only one. Written once, before any other thread starts. */
  COMMUNICATION: CONTROL + 3 * LINE + 5,
  /** The number of this place, and how many there are less one. As above. */
  PLACE: CONTROL + 3 * LINE + 6,
  /** 1 while the communication thread wants to be woken by a worker that begins to look for work; see ../place/pool.ts. */
  ASKS_HUNGER: CONTROL + 3 * LINE + 8,
  /** Counts the scopes of `finish.spmd` that this place has opened. */
  SPMD_SCOPES: CONTROL + 3 * LINE + 9,
  OTHER_PLACES: CONTROL + 3 * LINE + 7,
  /** 1 where workers and communication threads are more than the machine's cores, so that who looks for work without a pause takes one away. As above. */
  CROWDED: CONTROL + 3 * LINE + 10,
  /** 1 where `main` runs on place 0 alone. Of slot 0. */
  ROOT_ONLY: CONTROL + 3 * LINE + 11,
  /** The allocator's own block of words. */
  HEAP: CONTROL + 5 * LINE,
} as const;

export const HEAP_WORDS = 4096;
export const MAX_SLOTS = 129;

/** Word offsets inside a slot's block. */
export const Slot = {
  /** 0 awake, 1 parked with nothing at all to do, 2 parked inside a join or finish. */
  PARK: 0,
  /** Newest node of the mailbox, an address; 0 when empty. */
  MAILBOX: LINE,
  /** One of Hunger: its owner's part of HUNGRY, so that the count can be put right when the thread dies. */
  HUNGRY: 2 * LINE,
  /** Counts up each time a thread dies in this slot and another takes its place. */
  GENERATION: 2 * LINE + 1,
  /** First of what the others must be told when the thread dies, see ../sched/duties.ts; 0 for none. */
  DUTIES: 2 * LINE + 2,
  /** 1 once a thread works in this slot, until it is buried. */
  STARTED: 2 * LINE + 3,
  /** Counts what the thread has done other than looking for work; see ../sched/rest.ts. */
  ACTIVITY: 2 * LINE + 4,
  /** What its event loop still did when it went to sleep; see ../sched/rest.ts. */
  LOOP: 2 * LINE + 5,
  /** When (ms since 1970, float64) it last looked at the clock; see ../sched/rest.ts. */
  CLOCK: 2 * LINE + 6,
  /** 8 counters as float64, see stats.ts. */
  COUNTERS: 3 * LINE,
  /** Two rings for each priority, the second one for async tasks; each starts with its TOP and BOTTOM words. */
  RINGS: 6 * LINE,
} as const;

/** As many as a slot has cells: what its owner pushes always finds room, also when nobody comes home who would make it look again. */
export const RING_CAPACITY = 8192;
export const Ring = { TOP: 0, BOTTOM: LINE, ITEMS: 2 * LINE } as const;
export const RING_WORDS = 2 * LINE + RING_CAPACITY;
export const RINGS = 6;
export const SLOT_WORDS = Slot.RINGS + RINGS * RING_WORDS;
export const SLOTS_WORD = Control.HEAP + HEAP_WORDS;

/** A task cell: 16 words. See cell.ts for what each word means. */
export const CELL_BYTES = 64;
export const CELLS_PER_SLOT = 8192;

export interface Layout {
  readonly slots: number;
  readonly cellsAddress: number;
  readonly heapStart: number;
}

export function layout(slots: number): Layout {
  const cellsAddress = (SLOTS_WORD + slots * SLOT_WORDS) * 4;
  const heapStart = cellsAddress + slots * CELLS_PER_SLOT * CELL_BYTES;
  return { slots, cellsAddress, heapStart };
}

/** The first word of slot `slot`'s block. */
export const slotWord = (slot: number): number => SLOTS_WORD + slot * SLOT_WORDS;

/** The first word of one of the slot's rings. */
export const ringWord = (slot: number, ring: number): number => slotWord(slot) + Slot.RINGS + ring * RING_WORDS;
