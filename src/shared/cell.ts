/**
 * The cell of a promoted task: 16 words in the slab of the slot that promoted it. It carries the task out, comes home
 * with the result, and is the only thing that the two threads share. See ../sched/README.md, "The cell".
 */
import { CELL_BYTES, CELLS_PER_SLOT, type Layout } from "./layout.ts";

/** Word offsets. The first two are the message header of mailbox.ts. */
export const Cell = {
  NEXT: 0,
  KIND: 1,
  STATE: 2,
  FUNCTION: 3,
  /** Slot that runs it; meaningful from RUNNING on. */
  THIEF: 4,
  /** Address of the cell during whose execution this one was spawned; 0 for none. */
  TAG: 5,
  FLAGS: 6,
  /** Address of a heap block with what did not fit into the cell; 0 for none. */
  PAYLOAD: 7,
  /** Written by the owner (CancelMark.ASKED, MEMBERS) and by the thief (FAILED). */
  MARK: 8,
  /** Address of a heap block with the failures of the subtree; 0 for none. */
  FAILURES: 9,
  /** Three 8-byte values; as float64 indices see `valueIndex`. */
  VALUES: 10,
} as const;

export const CELL_VALUES = 3;

/** Who may move a cell out of a state stands behind it. */
export const CellState = {
  /** In its owner's free list. Owner. */
  FREE: 0,
  /** In a ring or on its way to a worker. Whoever takes it (to RUNNING), its owner (to CANCELLED). */
  READY: 1,
  /** Its task has begun. The thief. */
  RUNNING: 2,
  /** Cancelled before it began; whoever takes it from the ring sends it home. */
  CANCELLED: 3,
  /** The task has ended, tasks that it spawned have not. Thief (to ENDED), owner (to RECEIVED). */
  RESULT: 4,
  /** As RESULT, and the owner has read the result. The thief. */
  RECEIVED: 5,
  /** Task and subtree have ended. Owner. */
  ENDED: 6,
} as const;

export const CancelMark = {
  NONE: 0,
  ASKED: 1,
  /** Written by the thief: something in the subtree has failed. */
  FAILED: 2,
  /** Some members of a bundle are cancelled, not the bundle. */
  MEMBERS: 3,
} as const;

/** FLAGS: three kinds of values, of 3 bits each, then these. */
export const CellFlag = {
  /** How many arguments behind the values are undefined. */
  ABSENT_SHIFT: 9,
  ABSENT_MASK: 0x1ff,
  /** A failure in that scope does not cancel the rest. */
  KEEP_GOING: 1 << 20,
  /** How many arguments, 0 to 3; 7 when all arguments are in the payload. */
  COUNT_SHIFT: 24,
  COUNT_MASK: 7,
  /** The task belongs to a finish scope: the owner wants to hear of its subtree. */
  SCOPED: 1 << 27,
  /** How it ended: 0 value, 1 error, 2 cancelled. */
  OUTCOME_SHIFT: 28,
  OUTCOME_MASK: 3,
  /** That scope blocks a stack: async tasks must not be among its tasks. */
  BLOCKING: 1 << 31,
  /** Written by the thief: what its options begin has begun, and its end is the thief's to tell. */
  BEGUN: 1 << 21,
  /** It goes to another place or comes from one: arguments, result and failures are encoded for the wire. */
  AWAY: 1 << 22,
  /** Written by the thief: it took less time than to promote it and to send it home. */
  TINY: 1 << 23,
  /** It calls an object, whose number is the second value: all arguments are in the payload, and the third value is 1 if nothing else may run meanwhile. */
  OBJECT: 1 << 19,
  /** The payload holds options beside the arguments. */
  OPTIONS: 1 << 30,
} as const;

export const Outcome = { VALUE: 0, ERROR: 1, CANCELLED: 2 } as const;
export const IN_PAYLOAD = 7;

export const cellWord = (cell: number): number => cell >>> 2;
export const valueIndex = (cell: number, i: number): number => ((cell >>> 2) + Cell.VALUES + 2 * i) >>> 1;

export const firstCell = (map: Layout, slot: number): number => map.cellsAddress + slot * CELLS_PER_SLOT * CELL_BYTES;

/** The slot in whose slab the cell lies. */
export const ownerOf = (map: Layout, cell: number): number => ((cell - map.cellsAddress) / (CELLS_PER_SLOT * CELL_BYTES)) | 0;

/** The cell's number within its owner's slab. */
export const cellNumber = (map: Layout, cell: number): number => (((cell - map.cellsAddress) / CELL_BYTES) | 0) % CELLS_PER_SLOT;
