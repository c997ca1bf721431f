/**
 * What the others must be told when a thread dies: a list in shared memory, one for each slot. Only the slot's own thread
 * changes it; the thread that started the runtime reads it after that thread's death. Every single write leaves the list whole
 * as seen from its head, so it does not matter where the thread was stopped.
 */
import { Slot, slotWord } from "../shared/layout.ts";
import type { Station } from "./station.ts";

/** Word offsets in a node of 16 bytes. */
const Duty = { NEXT: 0, PREV: 1, KIND: 2, TARGET: 3 } as const;

/**
 * HANDLE: the thread holds a block; one holder less. FUTURE: the same, of a pending future that the thread owns; it fails. PHASER: the
 * same, of a phaser in which the thread has members; it breaks.
 */
export const DutyKind = { FUTURE: 1, PHASER: 2, HANDLE: 3 } as const;

type Discharge = (station: Station, target: number, error: Error) => void;
const discharges = new Map<number, Discharge>();
/** What is to be done for a dead thread; called in the thread that started the runtime. */
export function onDeath(kind: number, discharge: Discharge): void {
  discharges.set(kind, discharge);
}

export class Duties {
  readonly #station: Station;
  readonly #head: number;

  constructor(station: Station) {
    this.#station = station;
    this.#head = slotWord(station.slot) + Slot.DUTIES;
  }

  /** The address of the new node, for `remove`. */
  add(kind: number, target: number): number {
    const { mem, heap } = this.#station;
    const node = heap.alloc(16);
    const word = node >>> 2;
    const first = mem.i32[this.#head]!;
    mem.i32[word + Duty.NEXT] = first;
    mem.i32[word + Duty.PREV] = 0;
    mem.i32[word + Duty.KIND] = kind;
    mem.i32[word + Duty.TARGET] = target;
    mem.i32[this.#head] = node;
    if (first !== 0) mem.i32[(first >>> 2) + Duty.PREV] = node;
    return node;
  }

  kindOf(node: number): number {
    return this.#station.mem.i32[(node >>> 2) + Duty.KIND]!;
  }

  change(node: number, kind: number): void {
    this.#station.mem.i32[(node >>> 2) + Duty.KIND] = kind;
  }

  remove(node: number): void {
    const { i32 } = this.#station.mem;
    const next = i32[(node >>> 2) + Duty.NEXT]!;
    const previous = i32[(node >>> 2) + Duty.PREV]!;
    i32[previous === 0 ? this.#head : (previous >>> 2) + Duty.NEXT] = next;
    if (next !== 0) i32[(next >>> 2) + Duty.PREV] = previous;
    this.#station.heap.free(node);
  }
}

/** Does what a dead thread owed, in the thread that started the runtime and before the slot is used again. */
export function discharge(station: Station, slot: number, error: Error): void {
  const { mem, heap } = station;
  const head = slotWord(slot) + Slot.DUTIES;
  let node = mem.i32[head]! >>> 0;
  mem.i32[head] = 0;
  while (node !== 0) {
    const word = node >>> 2;
    const next = mem.i32[word + Duty.NEXT]! >>> 0;
    discharges.get(mem.i32[word + Duty.KIND]!)!(station, mem.i32[word + Duty.TARGET]! >>> 0, error);
    heap.free(node);
    node = next;
  }
}
