/** How the two families of MPI libraries differ below the names of their functions. */
export interface Abi {
  readonly family: Family;
  /** File names to try, in order. */
  readonly libraries: readonly string[];
  /** Set before the library is opened, unless set already. */
  readonly environment: Readonly<Record<string, string>>;
  /** What a communicator, a datatype and a request are in C. */
  readonly handle: "uint64_t" | "int";
  readonly handleBytes: 8 | 4;
  /** Handles that exist from the start: the name of a symbol whose address it is, or a number. */
  readonly world: string | number;
  readonly byte: string | number;
  readonly errorsReturn: string | number;
  readonly anySource: number;
  readonly anyTag: number;
  readonly statusIgnore: number;
  /** Words of an MPI_Status, as 32-bit integers. */
  readonly statusWords: number;
  readonly source: number;
  readonly tag: number;
  readonly error: number;
  /** How many bytes were received: two words, the low one first; the high one is shifted by this many bits. */
  readonly count: number;
  readonly countShift: number;
}

export type Family = "openmpi" | "mpich";

const OPEN_MPI: Abi = {
  family: "openmpi",
  libraries: ["libmpi.so.40", "libmpi.40.dylib", "libmpi.so.80"],
  environment: {},
  handle: "uint64_t",
  handleBytes: 8,
  world: "ompi_mpi_comm_world",
  byte: "ompi_mpi_byte",
  errorsReturn: "ompi_mpi_errors_return",
  anySource: -1,
  anyTag: -1,
  statusIgnore: 0,
  statusWords: 6,
  source: 0,
  tag: 1,
  error: 2,
  count: 4,
  countShift: 0,
};

/** MPICH and those that share its ABI, as Intel MPI and MVAPICH. */
const MPICH: Abi = {
  family: "mpich",
  libraries: ["libmpich.so.12", "libmpi.so.12", "libmpi.12.dylib"],
  // UCX's hooks into memory mapping, which MPICH loads, crash Node in the garbage collector now and then.
  environment: { UCX_MEM_MMAP_HOOK_MODE: "none" },
  handle: "int",
  handleBytes: 4,
  world: 0x44000000,
  byte: 0x4c00010d,
  errorsReturn: 0x54000001,
  anySource: -2,
  anyTag: -1,
  statusIgnore: 1,
  statusWords: 5,
  source: 2,
  tag: 3,
  error: 4,
  count: 0,
  countShift: 1,
};

export const ABIS: readonly Abi[] = [OPEN_MPI, MPICH];
