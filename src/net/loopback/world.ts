/** What the places inside one process share besides their memories: the rings between them, and words about each place. */
import { UsageError } from "../../errors.ts";
import { add, compareExchange, load, notify, store, waitAsync } from "../../shared/atomics.ts";
import { attachMemory, type Memory } from "../../shared/memory.ts";
import { ringDoorbell } from "../doorbell.ts";
import { longestPayload, ringBytes } from "./ring.ts";

export interface LoopbackOptions {
  /** The memory of each place, in order. */
  readonly memories: readonly Memory[];
  /** For each place the index of the word on which its communication thread sleeps, in its memory. */
  readonly parkWords: readonly number[];
  /** How long everything is under way, in milliseconds. For measurements; Node only. Default 0. */
  readonly delay?: number;
  /** Bytes per second from one place to another. For measurements; Node only. Default: no limit. */
  readonly bandwidth?: number;
  /** Bytes of each ring, a power of two. */
  readonly capacity?: number;
}

/** Plain data for the communication threads; it crosses to them by structured clone. */
export interface LoopbackWorld {
  readonly buffer: SharedArrayBuffer;
  readonly memories: readonly Memory[];
  readonly parkWords: readonly number[];
  readonly capacity: number;
  /** Milliseconds. */
  readonly delay: number;
  /** Milliseconds for a byte. */
  readonly byteTime: number;
}

/** Words at the beginning of the world's buffer; then one STATE and one FROZEN word for each place; then the rings. */
export const World = {
  /** 0, or one more than the exit code with which the job is to end. */
  ABORT: 0,
  /** Counts changes of the STATE words. */
  EPOCH: 1,
  STATES: 16,
} as const;

export const PlaceState = {
  UP: 0,
  /** Called `close`. */
  CLOSED: 1,
  LOST: 2,
} as const;

const LARGE_RING = 1 << 18;
const SMALL_RING = 1 << 16;
/** With more places than these, rings are small. */
const MANY = 16;
const LONGEST_PACKET = 1 << 15;

export const stateWord = (place: number): number => World.STATES + 2 * place;
export const frozenWord = (place: number): number => World.STATES + 2 * place + 1;

const ringsAt = (places: number): number => (World.STATES * 4 + places * 8 + 63) & ~63;

/** The first word of the ring from one place to another. */
export const ringWordOf = ({ memories, capacity }: LoopbackWorld, from: number, to: number): number =>
  (ringsAt(memories.length) + (from * memories.length + to) * ringBytes(capacity)) / 4;

export const packetBytesOf = ({ capacity }: LoopbackWorld): number => Math.min(LONGEST_PACKET, longestPayload(capacity) & ~15);

/** Once, before the communication threads start. */
export function createLoopback(options: LoopbackOptions): LoopbackWorld {
  const { memories, parkWords, delay = 0, bandwidth = Number.POSITIVE_INFINITY } = options;
  const places = memories.length;
  const capacity = options.capacity ?? (places > MANY ? SMALL_RING : LARGE_RING);
  if (!(Number.isInteger(Math.log2(capacity)) && capacity >= 64))
    throw new UsageError(`The capacity of a ring is ${capacity}; it must be a power of two`);
  if (!(delay >= 0) || !(bandwidth > 0)) throw new UsageError("A delay is at least 0, a bandwidth more than 0");
  const buffer = new SharedArrayBuffer(ringsAt(places) + places * places * ringBytes(capacity));
  return { buffer, memories, parkWords, capacity, delay, byteTime: 1000 / bandwidth };
}

/** What a thread does to the places of a process from outside of them. */
export class LoopbackControl {
  readonly #i32: Int32Array;
  readonly #world: LoopbackWorld;
  readonly #memories: Int32Array[];

  constructor(world: LoopbackWorld) {
    this.#world = world;
    this.#i32 = new Int32Array(world.buffer);
    this.#memories = world.memories.map((memory) => attachMemory(memory).i32);
  }

  /** The place has died: whoever runs its threads says so. The others are told by `Receiver.lost`. */
  lose(place: number): void {
    if (compareExchange(this.#i32, stateWord(place), PlaceState.UP, PlaceState.LOST) === PlaceState.UP) this.changed();
  }

  /** Says that a STATE word has changed. */
  changed(): void {
    add(this.#i32, World.EPOCH, 1);
    for (let place = 0; place < this.#memories.length; place++) this.wake(place);
  }

  /** Lets the place neither send nor receive for a while, as if its process were stopped. */
  freeze(place: number, frozen: boolean): void {
    store(this.#i32, frozenWord(place), frozen ? 1 : 0);
    this.wake(place);
  }

  wake(place: number): void {
    ringDoorbell(this.#memories[place]!, this.#world.parkWords[place]!);
  }

  abort(exitCode: number): void {
    compareExchange(this.#i32, World.ABORT, 0, exitCode + 1);
    notify(this.#i32, World.ABORT);
  }

  /** Resolves with the exit code when a place aborts the job. Does not keep the process alive. */
  async aborted(): Promise<number> {
    const waiting = waitAsync(this.#i32, World.ABORT, 0);
    if (waiting.async) await waiting.value;
    return load(this.#i32, World.ABORT) - 1;
  }
}
