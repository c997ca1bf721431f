/** A runtime's shared memory, seen by a thread that takes no part: plain reads of words that others write. Nothing follows from them. */
import { Park } from "../sched/parking.ts";
import { readCounters, readPrivate } from "../sched/stats.ts";
import { CACHE_WORDS, CACHED_UNITS_SHIFT, HeapWord, UNIT_BYTES } from "../shared/heap/words.ts";
import { Control, MAX_SLOTS, RINGS, Ring, ringWord, Slot, slotWord } from "../shared/layout.ts";
import { attachMemory, type Memory, type SharedMemory } from "../shared/memory.ts";
import type { Heap, LaneFigures } from "./messages.ts";

const State = { RUNNING: 0, JOINING: 1, SEARCHING: 2, PARKED: 3 } as const;

export class RuntimeView {
  readonly name: string;
  readonly workers: number;
  readonly #mem: SharedMemory;
  /** By worker, how often it was seen in each state since the last `take`. */
  readonly #seen: number[][];
  #stopped = false;

  constructor(name: string, workers: number, memory: Memory) {
    this.name = name;
    this.workers = workers;
    this.#mem = attachMemory(memory);
    this.#seen = Array.from({ length: workers }, () => [0, 0, 0, 0]);
  }

  /** Its threads have ended: their words say nothing any more. */
  stop(): void {
    this.#stopped = true;
    for (const seen of this.#seen) seen.fill(0);
  }

  /** Looks what each worker does at this moment. */
  look(): void {
    const { i32 } = this.#mem;
    for (const [i, seen] of this.#seen.entries()) seen[this.#stopped ? State.PARKED : stateOf(i32, i + 1)]!++;
  }

  /** The figures of each worker; states are those of the looks since the last call. */
  take(): LaneFigures[] {
    this.look();
    return this.#seen.map((seen, i) => {
      const slot = i + 1;
      const looks = seen.reduce((sum, it) => sum + it, 0);
      const part = (state: number): number => seen[state]! / looks;
      const { executed, promoted, stolen, parked: sleeps } = readCounters(this.#mem, slot);
      const states = {
        running: part(State.RUNNING),
        joining: part(State.JOINING),
        searching: part(State.SEARCHING),
        parked: part(State.PARKED),
      };
      seen.fill(0);
      const waiting = { stealable: this.#inRings(slot), private: readPrivate(this.#mem, slot) };
      return { ...states, executed, promoted, stolen, sleeps, ...waiting };
    });
  }

  /** Tasks that the thread which started the runtime has put into its rings. */
  get sent(): number {
    return this.workers === 0 ? 0 : this.#inRings(0);
  }

  #inRings(slot: number): number {
    const { i32 } = this.#mem;
    let cells = 0;
    for (let ring = 0; ring < RINGS; ring++) {
      const word = ringWord(slot, ring);
      cells += Math.max(0, (i32[word + Ring.BOTTOM]! - i32[word + Ring.TOP]!) | 0);
    }
    return cells;
  }

  /** As `Heap.usage`, without the lock: so it may be a little wrong while somebody allocates. */
  heap(): Heap {
    const { i32 } = this.#mem;
    const words = Control.HEAP;
    let cached = 0;
    for (let slot = 0; slot < MAX_SLOTS; slot++)
      cached += i32[words + HeapWord.CACHES + slot * CACHE_WORDS]! >>> CACHED_UNITS_SHIFT;
    const units = (word: number): number => i32[words + word]!;
    return {
      used: Math.max(0, units(HeapWord.TAKEN) - cached) * UNIT_BYTES,
      peak: units(HeapWord.PEAK) * UNIT_BYTES,
      capacity: Math.max(0, units(HeapWord.LAST) - units(HeapWord.FIRST)) * UNIT_BYTES,
    };
  }
}

/** A worker that has not started yet counts as parked. */
function stateOf(i32: Int32Array, slot: number): number {
  const block = slotWord(slot);
  const park = i32[block + Slot.PARK];
  if (park === Park.IDLE || i32[block + Slot.STARTED] === 0) return State.PARKED;
  if (park === Park.NESTED) return State.JOINING;
  return i32[Control.SPINNER] === slot ? State.SEARCHING : State.RUNNING;
}
