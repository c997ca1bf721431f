import { findKoffi } from "../net/koffi.ts";
import { tryLibrary } from "../net/mpi/library.ts";
import { onPath } from "./path.ts";

/** What there is for programs whose places are the ranks of an MPI job. What is missing is undefined. */
export interface MpiSupport {
  /** The version of the binding to C. */
  readonly koffi: string | undefined;
  /** The library, in its own words, and its file; HEDDLE_MPI can name another. */
  readonly library: { readonly family: string; readonly version: string; readonly file: string } | undefined;
  readonly launcher: boolean;
}

export function inspectMpi(): MpiSupport {
  const koffi = findKoffi()?.version;
  const library = tryLibrary();
  return {
    koffi,
    library:
      typeof library === "string" ? undefined : { family: library.abi.family, version: library.version, file: library.file },
    launcher: onPath("mpirun", "mpiexec", "srun"),
  };
}
