/** Long data among all places, as it lies, by MPI's own collective operations: one after the other. */
import type { SharedMemory } from "../../shared/memory.ts";
import { Arena, type Mpi } from "./binding.ts";

interface Move {
  /** Returns MPI's code. */
  readonly begin: () => number;
  readonly done: () => void;
  /** What MPI reads and writes meanwhile. */
  readonly holds: readonly Uint8Array[];
}

/** What MPI has not given back when a place was lost: for the rest of the process. */
const kept: Move[] = [];

export class Moves {
  readonly #mpi: Mpi;
  readonly #comm: number;
  readonly #memory: SharedMemory;
  readonly #base: number;
  readonly #arena: Arena;
  readonly #request: number;
  readonly #flag: number;
  /** Lists of counts and of starts, for both directions. */
  readonly #lists: readonly number[];
  readonly #queue: Move[] = [];
  #isUnderWay = false;
  #hasFailed = false;

  constructor(mpi: Mpi, places: number, memory: SharedMemory) {
    this.#mpi = mpi;
    this.#comm = mpi.duplicate();
    this.#memory = memory;
    this.#base = Number(mpi.library.koffi.address(memory.u8));
    this.#arena = new Arena(mpi.library, 4 * (places * 4 + 64) + 256);
    this.#request = this.#arena.take(8);
    this.#flag = this.#arena.take(4);
    this.#lists = Array.from({ length: 4 }, () => this.#arena.take(places * 4));
  }

  get isMoving(): boolean {
    return this.#isUnderWay;
  }

  broadcast(root: number, bytes: Uint8Array, done: () => void): void {
    const { calls, byte } = this.#mpi;
    const begin = (): number =>
      calls.Ibcast(this.#addressOf(bytes), bytes.length, byte, root, this.#comm, this.#arena.base + this.#request);
    this.#add({ begin, done, holds: [bytes] });
  }

  allGather(own: Uint8Array, all: Uint8Array, lengths: readonly number[], done: () => void): void {
    const { calls, byte } = this.#mpi;
    const begin = (): number => {
      const [counts, starts] = this.#list(0, lengths);
      const [from, into] = [this.#addressOf(own), this.#addressOf(all)];
      const request = this.#arena.base + this.#request;
      return calls.Iallgatherv(from, own.length, byte, into, counts, starts, byte, this.#comm, request);
    };
    this.#add({ begin, done, holds: [own, all] });
  }

  allToAll(from: Uint8Array, sent: readonly number[], into: Uint8Array, come: readonly number[], done: () => void): void {
    const { calls, byte } = this.#mpi;
    const begin = (): number => {
      const [counts, starts] = this.#list(0, sent);
      const [theirs, to] = [this.#addressOf(from), this.#addressOf(into)];
      const [comeCounts, comeStarts] = this.#list(2, come);
      const request = this.#arena.base + this.#request;
      return calls.Ialltoallv(theirs, counts, starts, byte, to, comeCounts, comeStarts, byte, this.#comm, request);
    };
    this.#add({ begin, done, holds: [from, into] });
  }

  poll(): boolean {
    if (!this.#isUnderWay) return false;
    const { calls, abi } = this.#mpi;
    const { base, i32 } = this.#arena;
    this.#mpi.check(calls.Test(base + this.#request, base + this.#flag, abi.statusIgnore), "a collective operation of MPI");
    if (i32[this.#flag >> 2] === 0) return false;
    this.#isUnderWay = false;
    const { done } = this.#queue.shift()!;
    this.#begin();
    done();
    return true;
  }

  fail(): void {
    this.#hasFailed = true;
    if (this.#isUnderWay) kept.push(this.#queue[0]!);
    this.#isUnderWay = false;
    this.#queue.length = 0;
  }

  #add(move: Move): void {
    if (this.#hasFailed) return;
    this.#queue.push(move);
    this.#begin();
  }

  #begin(): void {
    if (this.#isUnderWay || this.#queue.length === 0) return;
    this.#isUnderWay = true;
    this.#mpi.check(this.#queue[0]!.begin(), "a collective operation of MPI");
  }

  /** Writes a list of counts and what it starts at; both addresses. */
  #list(first: 0 | 2, lengths: readonly number[]): [counts: number, starts: number] {
    const { base, i32 } = this.#arena;
    const [counts, starts] = [this.#lists[first]!, this.#lists[first + 1]!];
    let at = 0;
    for (const [place, length] of lengths.entries()) {
      i32[counts / 4 + place] = length;
      i32[starts / 4 + place] = at;
      at += length;
    }
    return [base + counts, base + starts];
  }

  #addressOf(bytes: Uint8Array): number {
    const isOfPlace = bytes.buffer === this.#memory.buffer;
    return isOfPlace ? this.#base + bytes.byteOffset : Number(this.#mpi.library.koffi.address(bytes));
  }
}
