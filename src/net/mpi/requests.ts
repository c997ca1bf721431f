import { Arena, type Mpi } from "./binding.ts";

/** Told of a request that has ended: MPI's error code, 0 for none, and for a receive the number of bytes. */
export type Ended<T> = (item: T, error: number, bytes: number) => void;

/** Requests that are under way, each with something that belongs to it. What they read and write must outlive them. */
export class Requests<T> {
  readonly #mpi: Mpi;
  readonly #arena: Arena;
  readonly #capacity: number;
  readonly #requests: number;
  readonly #count: number;
  readonly #indices: number;
  readonly #statuses: number;
  readonly #items: T[] = [];

  constructor(mpi: Mpi, capacity: number) {
    const status = mpi.abi.statusWords * 4;
    this.#mpi = mpi;
    this.#capacity = capacity;
    this.#arena = new Arena(mpi.library, capacity * (mpi.abi.handleBytes + 4 + status) + 512);
    this.#requests = this.#arena.take(capacity * mpi.abi.handleBytes);
    this.#count = this.#arena.take(4);
    this.#indices = this.#arena.take(capacity * 4);
    this.#statuses = this.#arena.take(capacity * status);
  }

  get size(): number {
    return this.#items.length;
  }

  get isFull(): boolean {
    return this.#items.length === this.#capacity;
  }

  /** Where the call that starts the next request is to write its handle. `add` follows. */
  get next(): number {
    return this.#arena.base + this.#requests + this.#items.length * this.#mpi.abi.handleBytes;
  }

  add(item: T): void {
    this.#items.push(item);
  }

  /** Those that satisfy `is` are forgotten; MPI keeps them. */
  drop(is: (item: T) => boolean): T[] {
    const dropped = this.#items.filter(is);
    for (let i = this.#items.length - 1; i >= 0; i--) if (is(this.#items[i]!)) this.#remove(i);
    return dropped;
  }

  /** Lets MPI make progress, and tells of those that have ended. True when there were any. */
  test(ended: Ended<T>): boolean {
    const items = this.#items;
    if (items.length === 0) return false;
    const { base, i32 } = this.#arena;
    const { abi, calls } = this.#mpi;
    const code = calls.Testsome(
      items.length,
      base + this.#requests,
      base + this.#count,
      base + this.#indices,
      base + this.#statuses,
    );
    const count = i32[this.#count >> 2]!;
    if (count <= 0) return false; // or MPI_UNDEFINED, a negative number
    const done: { item: T; error: number; bytes: number }[] = [];
    const indices: number[] = [];
    for (let i = 0; i < count; i++) {
      const index = i32[(this.#indices >> 2) + i]!;
      const status = (this.#statuses >> 2) + i * abi.statusWords;
      indices.push(index);
      // Statuses have their error set only when the call has failed.
      done.push({ item: items[index]!, error: code === 0 ? 0 : i32[status + abi.error]!, bytes: this.#mpi.countAt(i32, status) });
    }
    for (const index of indices.sort((a, b) => b - a)) this.#remove(index);
    for (const { item, error, bytes } of done) ended(item, error, bytes);
    return true;
  }

  /** The last one takes its place. */
  #remove(index: number): void {
    const { i32 } = this.#arena;
    const words = this.#mpi.abi.handleBytes / 4;
    const first = this.#requests / 4;
    const last = this.#items.length - 1;
    for (let word = 0; word < words; word++) i32[first + index * words + word] = i32[first + last * words + word]!;
    this.#items[index] = this.#items[last]!;
    this.#items.length = last;
  }
}
