/** How arguments and results lie in a cell: small ones inside it, everything else encoded in a block of the heap. */
import { CELL_VALUES, Cell, CellFlag, cellWord, IN_PAYLOAD, valueIndex } from "../shared/cell.ts";
import type { Codec } from "../shared/codec/index.ts";
import type { Heap } from "../shared/heap/heap.ts";
import type { SharedMemory } from "../shared/memory.ts";

/** How a value of 8 bytes is to be read. */
export const Kind = { FLOAT: 0, INT: 1, UNDEFINED: 2, NULL: 3, FALSE: 4, TRUE: 5, ENCODED: 6 } as const;
const KIND_BITS = 3;
const KIND_MASK = 0x7;

const BLOCK_HEADER = 8;

export class Values {
  readonly #mem: SharedMemory;
  readonly #heap: Heap;
  readonly #codec: Codec;
  readonly #away: Codec;

  /** `away` is for cells that go to other places or come from there. */
  constructor(mem: SharedMemory, heap: Heap, codec: Codec, away: Codec) {
    this.#mem = mem;
    this.#heap = heap;
    this.#codec = codec;
    this.#away = away;
  }

  #codecOf(word: number): Codec {
    return (this.#mem.i32[word + Cell.FLAGS]! & CellFlag.AWAY) === 0 ? this.#codec : this.#away;
  }

  /** Writes arguments, and options if there are any; returns the flags, among them `away`. Throws CrossingError, and writes nothing then. */
  writeArguments(cell: number, args: readonly unknown[], options: unknown, away: 0 | typeof CellFlag.AWAY = 0): number {
    const word = cellWord(cell);
    this.#mem.i32[word + Cell.PAYLOAD] = 0;
    const absent = options === null ? absentBehind(args) : 0;
    if (args.length - absent <= CELL_VALUES && options === null) {
      const count = args.length - absent;
      let flags = away | (count << CellFlag.COUNT_SHIFT) | (absent << CellFlag.ABSENT_SHIFT);
      for (let i = 0; i < count; i++) {
        const kind = writeSmall(this.#mem, valueIndex(cell, i), args[i]);
        if (kind === Kind.ENCODED) return this.#writeEncoded(word, args, options, away);
        flags |= kind << (i * KIND_BITS);
      }
      return flags;
    }
    return this.#writeEncoded(word, args, options, away);
  }

  #writeEncoded(word: number, args: readonly unknown[], options: unknown, away: number): number {
    const codec = away === 0 ? this.#codec : this.#away;
    const bytes = codec.encode(options === null ? args : [args, options], "args");
    this.#mem.i32[word + Cell.PAYLOAD] = this.writeBlock(bytes);
    return away | (IN_PAYLOAD << CellFlag.COUNT_SHIFT) | (options === null ? 0 : CellFlag.OPTIONS);
  }

  /** Reads, and frees the payload. */
  readArguments(cell: number): { args: unknown[]; options: unknown } {
    const word = cellWord(cell);
    const flags = this.#mem.i32[word + Cell.FLAGS]!;
    const count = (flags >>> CellFlag.COUNT_SHIFT) & CellFlag.COUNT_MASK;
    if (count === IN_PAYLOAD) {
      const value = this.#codecOf(word).decode(this.readBlock(this.#take(word, Cell.PAYLOAD)));
      if (value instanceof Error) throw value; // they were given up on the way
      return (flags & CellFlag.OPTIONS) === 0
        ? { args: value as unknown[], options: null }
        : { args: (value as unknown[][])[0]!, options: (value as unknown[])[1] };
    }
    const args: unknown[] = [];
    for (let i = 0; i < count; i++) args.push(readSmall(this.#mem, valueIndex(cell, i), (flags >>> (i * KIND_BITS)) & KIND_MASK));
    for (let absent = (flags >>> CellFlag.ABSENT_SHIFT) & CellFlag.ABSENT_MASK; absent > 0; absent--) args.push(undefined);
    return { args, options: null };
  }

  /** Frees what a cell holds, unread. */
  discard(cell: number): void {
    for (const field of [Cell.PAYLOAD, Cell.FAILURES]) {
      const block = this.#take(cellWord(cell), field);
      if (block !== 0) this.#heap.free(block);
    }
  }

  /** Writes a result; returns its kind for the flags. Throws CrossingError when it cannot cross. */
  writeResult(cell: number, value: unknown): number {
    const kind = writeSmall(this.#mem, valueIndex(cell, 0), value);
    if (kind === Kind.ENCODED)
      this.#mem.i32[cellWord(cell) + Cell.PAYLOAD] = this.writeBlock(this.#codecOf(cellWord(cell)).encode(value, "result"));
    return kind;
  }

  writeError(cell: number, error: unknown): number {
    this.#mem.i32[cellWord(cell) + Cell.PAYLOAD] = this.writeBlock(this.#codecOf(cellWord(cell)).encodeError(error));
    return Kind.ENCODED;
  }

  /** Reads a result or an error, and frees the payload. */
  readResult(cell: number): unknown {
    const word = cellWord(cell);
    const kind = this.#mem.i32[word + Cell.FLAGS]! & KIND_MASK;
    if (kind !== Kind.ENCODED) return readSmall(this.#mem, valueIndex(cell, 0), kind);
    return this.#codecOf(word).decode(this.readBlock(this.#take(word, Cell.PAYLOAD)));
  }

  /** A block with the failures of a cell's subtree. */
  writeFailures(cell: number, errors: readonly unknown[]): number {
    return this.writeBlock(this.#codecOf(cellWord(cell)).encodeError(errors));
  }

  /** Reads them, and frees the block. */
  readFailures(cell: number, block: number): unknown[] {
    const errors = this.#codecOf(cellWord(cell)).decode(this.readBlock(block));
    return Array.isArray(errors) ? errors : [errors]; // one that says why the others could not cross
  }

  #take(word: number, field: number): number {
    const block = this.#mem.i32[word + field]! >>> 0;
    this.#mem.i32[word + field] = 0;
    return block;
  }

  /** A block that holds its length, how many bytes to skip (what a message from another place has in front), and these bytes; its address. */
  writeBlock(bytes: Uint8Array): number {
    const block = this.allocBlock(bytes.length);
    this.#mem.u8.set(bytes, block + BLOCK_HEADER);
    return block;
  }

  /** Such a block, whose bytes are to be written. */
  allocBlock(bytes: number): number {
    const block = this.#heap.alloc(bytes + BLOCK_HEADER);
    this.#mem.i32[block >>> 2] = bytes;
    this.#mem.i32[(block >>> 2) + 1] = 0;
    return block;
  }

  /** The bytes of such a block as they lie. Whoever looks at them frees it. */
  viewBlock(block: number): Uint8Array {
    const { address, bytes } = this.rangeOf(block);
    return this.#mem.u8.subarray(address, address + bytes);
  }

  /** Where the bytes of such a block lie. */
  rangeOf(block: number): { address: number; bytes: number } {
    return { address: block + BLOCK_HEADER + this.#mem.i32[(block >>> 2) + 1]!, bytes: this.#mem.i32[block >>> 2]! };
  }

  /** Makes a heap block into such a block: its bytes are those from `start` on, at least 8 bytes behind the beginning. */
  makeBlock(block: number, start: number, end: number): void {
    this.#mem.i32[block >>> 2] = end - start;
    this.#mem.i32[(block >>> 2) + 1] = start - block - BLOCK_HEADER;
  }

  /** The bytes of such a block, which is freed. */
  readBlock(block: number): Uint8Array {
    const { address, bytes } = this.rangeOf(block);
    const copy = this.#mem.u8.slice(address, address + bytes);
    this.#heap.free(block);
    return copy;
  }
}

/** How many arguments behind the values of a cell need none, being undefined: what dataflow passes on from tasks without a result. */
function absentBehind(args: readonly unknown[]): number {
  let first = args.length;
  while (first > CELL_VALUES && args[first - 1] === undefined) first--;
  return first <= CELL_VALUES && args.length - first <= CellFlag.ABSENT_MASK ? args.length - first : 0;
}

/** Writes `value` at float64 index `index` if 8 bytes can hold it; returns its kind, ENCODED if they cannot. */
export function writeSmall(mem: SharedMemory, index: number, value: unknown): number {
  if (typeof value === "number") {
    if ((value | 0) === value && !Object.is(value, -0)) {
      mem.i32[index * 2] = value; // an integer stays one: it would come back as a float otherwise
      return Kind.INT;
    }
    mem.f64[index] = value;
    return Kind.FLOAT;
  }
  if (value === undefined) return Kind.UNDEFINED;
  if (value === null) return Kind.NULL;
  if (value === false) return Kind.FALSE;
  return value === true ? Kind.TRUE : Kind.ENCODED;
}

export function readSmall(mem: SharedMemory, index: number, kind: number): unknown {
  switch (kind) {
    case Kind.FLOAT:
      return mem.f64[index];
    case Kind.INT:
      return mem.i32[index * 2];
    case Kind.NULL:
      return null;
    case Kind.FALSE:
      return false;
    case Kind.TRUE:
      return true;
    default:
      return undefined;
  }
}
