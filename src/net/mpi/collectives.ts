/** MPI's own collective operations, for all places at once. See ../README.md, "MPI". */
import type { SharedMemory } from "../../shared/memory.ts";
import type { TransportCollectives } from "../transport.ts";
import { Arena, type Mpi } from "./binding.ts";
import { Moves } from "./moves.ts";

/** Beyond this the libraries' exchange, in which everybody writes to everybody, takes longer than a tree of packets. */
export const MOST_PLACES = 64;
const SLOT_BYTES = 256;
/** How many exchanges are under way at most; more wait. */
const UNDER_WAY = 64;

interface Exchange {
  readonly slot: Uint8Array;
  readonly done: (slots: Uint8Array) => void;
}

export class MpiCollectives implements TransportCollectives {
  readonly slotBytes = SLOT_BYTES;
  readonly #mpi: Mpi;
  readonly #hope: () => void;
  readonly #comm: number;
  readonly #arena: Arena;
  /** Where the requests, the own slots and everybody's lie: so many of each, used in turn. */
  readonly #requests: number;
  readonly #slots: number;
  readonly #all: number;
  readonly #allBytes: number;
  readonly #flag: number;
  /** The oldest that is under way, and the next one, counted without an end. */
  #first = 0;
  #next = 0;
  readonly #ends: Exchange["done"][] = [];
  #waiting: Exchange[] = [];
  readonly #moves: Moves;
  #hasFailed = false;

  constructor(mpi: Mpi, places: number, memory: SharedMemory, hope: () => void) {
    this.#mpi = mpi;
    this.#hope = hope;
    this.#comm = mpi.duplicate();
    this.#allBytes = places * SLOT_BYTES;
    this.#arena = new Arena(mpi.library, UNDER_WAY * (mpi.abi.handleBytes + SLOT_BYTES + this.#allBytes) + 256);
    this.#requests = this.#arena.take(UNDER_WAY * mpi.abi.handleBytes);
    this.#slots = this.#arena.take(UNDER_WAY * SLOT_BYTES);
    this.#all = this.#arena.take(UNDER_WAY * this.#allBytes);
    this.#flag = this.#arena.take(4);
    this.#moves = new Moves(mpi, places, memory);
  }

  /** Whether long data needs the polls of this place to get on. */
  get isMoving(): boolean {
    return this.#moves.isMoving;
  }

  exchange(slot: Uint8Array, done: Exchange["done"]): void {
    if (this.#hasFailed) return;
    this.#hope();
    if (this.#waiting.length > 0 || this.#next - this.#first === UNDER_WAY) this.#waiting.push({ slot: slot.slice(), done });
    else this.#post(slot, done);
  }

  broadcast(root: number, bytes: Uint8Array, done: () => void): void {
    this.#hope();
    this.#moves.broadcast(root, bytes, done);
  }

  allGather(own: Uint8Array, all: Uint8Array, lengths: readonly number[], done: () => void): void {
    this.#hope();
    this.#moves.allGather(own, all, lengths, done);
  }

  allToAll(from: Uint8Array, sent: readonly number[], into: Uint8Array, come: readonly number[], done: () => void): void {
    this.#hope();
    this.#moves.allToAll(from, sent, into, come, done);
  }

  poll(): boolean {
    if (this.#hasFailed) return false;
    let progress = this.#moves.poll();
    while (this.#first < this.#next && this.#isDone(this.#first % UNDER_WAY)) {
      progress = true;
      const index = this.#first % UNDER_WAY;
      const start = this.#all + index * this.#allBytes;
      this.#ends[index]!(this.#arena.u8.subarray(start, start + this.#allBytes));
      this.#first++;
      const waiting = this.#waiting.shift();
      if (waiting !== undefined) this.#post(waiting.slot, waiting.done);
    }
    return progress;
  }

  /** A place is lost: nothing of this ends any more. MPI keeps what is under way, and its memory. */
  fail(): void {
    this.#hasFailed = true;
    this.#waiting = [];
    this.#moves.fail();
  }

  #post(slot: Uint8Array, done: Exchange["done"]): void {
    const { calls, byte, abi } = this.#mpi;
    const { base, u8 } = this.#arena;
    const index = this.#next++ % UNDER_WAY;
    const own = this.#slots + index * SLOT_BYTES;
    const all = this.#all + index * this.#allBytes;
    const request = base + this.#requests + index * abi.handleBytes;
    u8.set(slot, own);
    this.#ends[index] = done;
    const code = calls.Iallgather(base + own, SLOT_BYTES, byte, base + all, SLOT_BYTES, byte, this.#comm, request);
    this.#mpi.check(code, "MPI_Iallgather");
  }

  #isDone(index: number): boolean {
    const { calls, abi } = this.#mpi;
    const { base, i32 } = this.#arena;
    const request = base + this.#requests + index * abi.handleBytes;
    this.#mpi.check(calls.Test(request, base + this.#flag, abi.statusIgnore), "MPI_Iallgather");
    return i32[this.#flag >> 2] !== 0;
  }
}
