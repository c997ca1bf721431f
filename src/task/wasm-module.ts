/** What a WebAssembly module would do to the shared memory, read from its sections before it is allowed to. */
import { WasmError } from "../errors.ts";
import { PAGE_BYTES } from "../shared/memory.ts";

const Section = { IMPORT: 2, MEMORY: 5, START: 8, DATA: 11 } as const;
const ImportKind = { FUNCTION: 0, TABLE: 1, MEMORY: 2, GLOBAL: 3, TAG: 4 } as const;
const I32_CONST = 0x41;
const END = 0x0b;

export interface Range {
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

export interface WasmFacts {
  /** The imported memory: its names, and its limits in pages. */
  readonly memory: { module: string; name: string; least: number; most: number; shared: boolean } | null;
  readonly ownMemory: boolean;
  readonly hasStart: boolean;
  /** Where static data is written when the module is instantiated; null for an address that is not a constant. */
  readonly data: readonly (Range | null)[];
}

class Reader {
  readonly #bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  byte(): number {
    const byte = this.#bytes[this.at++];
    if (byte === undefined) throw new WasmError("the file ends in the middle of a section");
    return byte;
  }

  /** LEB128; a number up to 2^53 without sign. */
  unsigned(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }

  signed(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      scale *= 128;
      if (byte < 128) return (byte & 64) === 0 ? value : value - scale;
    }
  }

  text(): string {
    const length = this.unsigned();
    this.at += length;
    return new TextDecoder().decode(this.#bytes.slice(this.at - length, this.at));
  }

  limits(): { least: number; most: number; shared: boolean } {
    const flags = this.byte();
    const least = this.unsigned();
    return { least, most: (flags & 1) === 0 ? Number.POSITIVE_INFINITY : this.unsigned(), shared: (flags & 2) !== 0 };
  }
}

/** `bytes` is a module that the engine has accepted. */
export function readWasm(bytes: Uint8Array): WasmFacts {
  let memory: WasmFacts["memory"] = null;
  let ownMemory = false;
  let hasStart = false;
  let data: (Range | null)[] = [];
  const reader = new Reader(bytes, 8);
  while (reader.at < bytes.length) {
    const section = reader.byte();
    const size = reader.unsigned();
    const end = reader.at + size;
    if (section === Section.IMPORT) memory = readImports(reader);
    else if (section === Section.MEMORY) ownMemory = reader.unsigned() > 0;
    else if (section === Section.START) hasStart = true;
    else if (section === Section.DATA) data = readData(reader);
    reader.at = end;
  }
  return { memory, ownMemory, hasStart, data };
}

function readImports(reader: Reader): WasmFacts["memory"] {
  for (let left = reader.unsigned(); left > 0; left--) {
    const module = reader.text();
    const name = reader.text();
    switch (reader.byte()) {
      case ImportKind.FUNCTION:
        reader.unsigned();
        break;
      case ImportKind.TABLE:
        reader.byte();
        reader.limits();
        break;
      case ImportKind.MEMORY:
        return { module, name, ...reader.limits() };
      case ImportKind.GLOBAL:
        reader.byte();
        reader.byte();
        break;
      default:
        reader.byte();
        reader.unsigned();
    }
  }
  return null;
}

function readData(reader: Reader): (Range | null)[] {
  const ranges: (Range | null)[] = [];
  for (let left = reader.unsigned(); left > 0; left--) {
    const flags = reader.unsigned();
    if (flags === 2) reader.unsigned();
    if (flags === 1) {
      reader.at += reader.unsigned(); // passive: nothing is written by itself
      continue;
    }
    const isConstant = reader.byte() === I32_CONST;
    const from = reader.signed();
    if (!isConstant || reader.byte() !== END) return [...ranges, null]; // what follows cannot be found without decoding the expression
    const length = reader.unsigned();
    reader.at += length;
    ranges.push({ from: from >>> 0, to: (from >>> 0) + length });
  }
  return ranges;
}

const FLAGS = "--importMemory --sharedMemory --initialMemory 1 --maximumMemory 65536 --enable threads,simd --runtime stub";

/** Throws WasmError when the module cannot work on a shared memory of `memoryBytes`, whose first `staticBytes` are free for static data. */
export function checkWasm(facts: WasmFacts, what: string, memoryBytes: number, staticBytes: number): void {
  const { memory, ownMemory, hasStart, data } = facts;
  const pages = memoryBytes / PAGE_BYTES;
  if (memory === null) {
    throw new WasmError(
      `${what} ${ownMemory ? "has a memory of its own" : "imports no memory"}, so it cannot see arrays on the heap. Compile it to import a shared ` +
        `memory; AssemblyScript: asc kernel.ts -o kernel.wasm ${FLAGS}`,
    );
  }
  if (!memory.shared) {
    throw new WasmError(
      `${what} imports a memory that is not shared. AssemblyScript: add --sharedMemory --enable threads (all: ${FLAGS})`,
    );
  }
  if (memory.most < pages || memory.least > pages) {
    throw new WasmError(
      `${what} imports a memory of ${memory.least} to ${memory.most} pages of 64 KiB, but the runtime's has ${pages}. ` +
        "AssemblyScript: --initialMemory 1 --maximumMemory 65536",
    );
  }
  if (hasStart) {
    throw new WasmError(
      `${what} has a start function, which every thread would run again on the same memory. Initialize globals with constants; AssemblyScript: ` +
        "--runtime stub leaves none, --exportStart makes it an export that you call once yourself",
    );
  }
  for (const range of data) {
    if (range === null)
      throw new WasmError(`${what} has static data at an address that is not a constant: link it without relocation`);
    if (range.to > staticBytes) {
      throw new WasmError(
        `${what} has static data at bytes ${range.from} to ${range.to}, but only the first ${staticBytes} bytes are free for it; all else is the heap. ` +
          "Pass large tables as heap arrays; AssemblyScript: --memoryBase says where static data begins",
      );
    }
  }
}
