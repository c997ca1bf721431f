/** The functions of MPI that the transport calls, as functions of numbers: addresses, handles, counts. */
import { TransportError } from "../../errors.ts";
import type { Abi } from "./abi.ts";
import type { MpiLibrary } from "./library.ts";

const DECLARATIONS = {
  Init_thread: "int MPI_Init_thread(uint64_t argc, uint64_t argv, int required, uint64_t provided)",
  Initialized: "int MPI_Initialized(uint64_t flag)",
  Finalize: "int MPI_Finalize()",
  Abort: "int MPI_Abort(H comm, int code)",
  Comm_rank: "int MPI_Comm_rank(H comm, uint64_t rank)",
  Comm_size: "int MPI_Comm_size(H comm, uint64_t size)",
  Comm_dup: "int MPI_Comm_dup(H comm, uint64_t copy)",
  Comm_set_errhandler: "int MPI_Comm_set_errhandler(H comm, H handler)",
  Allgather: "int MPI_Allgather(uint64_t mine, int n, H type, uint64_t all, int m, H of, H comm)",
  Iallgather: "int MPI_Iallgather(uint64_t mine, int n, H type, uint64_t all, int m, H of, H comm, uint64_t request)",
  Iallgatherv:
    "int MPI_Iallgatherv(uint64_t mine, int n, H type, uint64_t all, uint64_t counts, uint64_t starts, H of, H comm, uint64_t request)",
  Ialltoallv:
    "int MPI_Ialltoallv(uint64_t from, uint64_t sent, uint64_t at, H type, uint64_t into, uint64_t come, uint64_t to, H of, H comm, uint64_t request)",
  Ibcast: "int MPI_Ibcast(uint64_t bytes, int count, H type, int root, H comm, uint64_t request)",
  Ibarrier: "int MPI_Ibarrier(H comm, uint64_t request)",
  Isend: "int MPI_Isend(uint64_t bytes, int count, H type, int to, int tag, H comm, uint64_t request)",
  Irecv: "int MPI_Irecv(uint64_t bytes, int count, H type, int from, int tag, H comm, uint64_t request)",
  Recv_init: "int MPI_Recv_init(uint64_t bytes, int count, H type, int from, int tag, H comm, uint64_t request)",
  Start: "int MPI_Start(uint64_t request)",
  Test: "int MPI_Test(uint64_t request, uint64_t flag, uint64_t status)",
  Testsome: "int MPI_Testsome(int count, uint64_t requests, uint64_t done, uint64_t indices, uint64_t statuses)",
  Cancel: "int MPI_Cancel(uint64_t request)",
  Request_free: "int MPI_Request_free(uint64_t request)",
} as const;

type Calls = { readonly [name in keyof typeof DECLARATIONS]: (...args: number[]) => number };

/** Memory that C code reads and writes: it never moves, and lives as long as the process. */
const arenas: Arena[] = [];

/** Hands out pieces of such memory; none is given back. */
export class Arena {
  readonly i32: Int32Array;
  readonly u8: Uint8Array;
  /** The address of its first byte in the process. */
  readonly base: number;
  #used = 0;

  constructor({ koffi }: Pick<MpiLibrary, "koffi">, bytes: number) {
    const buffer = new ArrayBuffer(bytes);
    this.i32 = new Int32Array(buffer);
    this.u8 = new Uint8Array(buffer);
    this.base = Number(koffi.address(this.u8));
    arenas.push(this);
  }

  /** The offset of a piece, a multiple of 64. */
  take(bytes: number): number {
    const offset = this.#used;
    this.#used += (bytes + 63) & ~63;
    if (this.#used > this.u8.length) throw new RangeError("the memory for MPI's own words is used up");
    return offset;
  }
}

/** An MPI library that has been started, as one thread calls it. */
export class Mpi {
  readonly abi: Abi;
  readonly library: MpiLibrary;
  readonly calls: Calls;
  readonly world: number;
  readonly byte: number;
  readonly scratch: Arena;

  constructor(library: MpiLibrary) {
    this.abi = library.abi;
    this.library = library;
    this.calls = Object.fromEntries(
      Object.entries(DECLARATIONS).map(([name, text]) => [name, library.func(text)]),
    ) as unknown as Calls;
    this.world = library.handle(library.abi.world);
    this.byte = library.handle(library.abi.byte);
    this.scratch = new Arena(library, 1 << 20);
  }

  /** Throws TransportError when an MPI function has returned an error. */
  readonly check = (code: number, what: string): void => {
    if (code !== 0) throw new TransportError(`${what} failed with error ${code} of ${this.library.version}`);
  };

  /** Calls with the address of an integer that the function sets. */
  integer(what: string, call: (address: number) => number): number {
    const offset = this.scratch.take(8);
    this.check(call(this.scratch.base + offset), what);
    return this.scratch.i32[offset >> 2]!;
  }

  /** A private copy of the communicator of all, whose errors are returned. */
  duplicate(): number {
    const offset = this.scratch.take(8);
    this.check(this.calls.Comm_dup(this.world, this.scratch.base + offset), "MPI_Comm_dup");
    const comm = this.handleAt(this.scratch, offset);
    this.calls.Comm_set_errhandler(comm, this.library.handle(this.abi.errorsReturn));
    return comm;
  }

  handleAt(arena: Arena, offset: number): number {
    const low = arena.i32[offset >> 2]!;
    return this.abi.handleBytes === 4 ? low : (low >>> 0) + arena.i32[(offset >> 2) + 1]! * 2 ** 32;
  }

  /** The received bytes of a status at a word index. */
  countAt(words: Int32Array, status: number): number {
    const { count, countShift } = this.abi;
    return (words[status + count]! >>> 0) + (words[status + count + 1]! >>> countShift) * 2 ** 32;
  }
}
