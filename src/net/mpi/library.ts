/** Finding the MPI library. Nothing here starts MPI. */
import { HeddleError, TransportError } from "../../errors.ts";
import { findKoffi, type Koffi } from "../koffi.ts";
import { ABIS, type Abi, type Family } from "./abi.ts";

type Native = (...args: (number | string)[]) => number;

/** RTLD_NOW | RTLD_GLOBAL, for the library's plug-ins. */
const OPEN_FLAGS = 0x102;
/** RTLD_NODELETE: the library has patched the C library by then, and must stay when koffi closes it. */
const PIN_FLAG: Partial<Record<NodeJS.Platform, number>> = { linux: 0x1000, darwin: 0x80 };
/** MPI_MAX_LIBRARY_VERSION_STRING is 256 in Open MPI, 8192 in MPICH. */
const VERSION_BYTES = 8192;

export interface MpiLibrary {
  readonly abi: Abi;
  readonly file: string;
  /** What the library says of itself, one line. */
  readonly version: string;
  readonly koffi: Koffi;
  /** A function of the library; its declaration in C, with H for the type of handles. */
  func(declaration: string): Native;
  /** The value of a handle that exists from the start. */
  handle(symbolOrNumber: string | number): number;
}

/**
 * Opens the MPI library of a family, or the first that is there; HEDDLE_MPI names a family or a file instead. The library stays open until the
 * process ends. Throws TransportError (`HEDDLE_TRANSPORT`), which says how to install what is missing.
 */
export function openLibrary(family?: Family): MpiLibrary {
  const found = findKoffi();
  if (found === undefined) throw new TransportError("MPI is called through koffi, which is not installed: npm install koffi");
  const { koffi } = found;
  const system = koffi.load(null);
  const dlopen = system.func("uint64_t dlopen(const char *name, int flags)") as Native;
  const dlsym = system.func("uint64_t dlsym(uint64_t library, const char *name)") as Native;
  const setenv = system.func("int setenv(const char *name, const char *value, int overwrite)") as Native;
  for (const { abi, file } of candidates(family)) {
    for (const [name, value] of Object.entries(abi.environment)) setenv(name, value, 0);
    const library = dlopen(file, OPEN_FLAGS | (PIN_FLAG[process.platform] ?? 0));
    if (library === 0 || dlsym(library, "MPI_Get_library_version") === 0) continue;
    const loaded = koffi.load(file);
    const func = (declaration: string) => loaded.func(declaration.replace(/\bH\b/g, abi.handle)) as Native;
    const version = versionOf(koffi, func);
    if (familyOf(version) !== abi.family) continue;
    const handle = (it: string | number) => (typeof it === "number" ? it : dlsym(library, it));
    return { abi, file, version, koffi, func, handle };
  }
  throw new TransportError(
    `No MPI library was found (${process.env.HEDDLE_MPI ?? family ?? "Open MPI or MPICH"}). On Debian and Ubuntu: apt-get install openmpi-bin libopenmpi-dev`,
  );
}

/** As `openLibrary`, or the reason why there is none. */
export function tryLibrary(): MpiLibrary | string {
  try {
    return openLibrary();
  } catch (error) {
    if (error instanceof HeddleError) return error.message;
    throw error;
  }
}

function candidates(family: Family | undefined): { abi: Abi; file: string }[] {
  const wanted = process.env.HEDDLE_MPI;
  if (wanted !== undefined && wanted !== "" && !ABIS.some((abi) => abi.family === wanted))
    return ABIS.map((abi) => ({ abi, file: wanted }));
  const name = wanted || family;
  return ABIS.filter((abi) => name === undefined || abi.family === name).flatMap((abi) =>
    abi.libraries.map((file) => ({ abi, file })),
  );
}

function versionOf(koffi: Koffi, func: (declaration: string) => Native): string {
  const bytes = new Uint8Array(new ArrayBuffer(VERSION_BYTES + 8));
  const address = Number(koffi.address(bytes));
  func("int MPI_Get_library_version(uint64_t text, uint64_t length)")(address, address + VERSION_BYTES);
  const text = Buffer.from(bytes.subarray(0, bytes.indexOf(0))).toString();
  return text.split("\n")[0]!.replace(/\s+/g, " ").trim();
}

const familyOf = (version: string): Family => (/Open MPI/i.test(version) ? "openmpi" : "mpich");
