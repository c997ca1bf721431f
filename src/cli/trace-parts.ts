/** The files of single places, where each place is a process: out.0.json, out.1.json and so on for out.json. */
import { closeSync, existsSync, openSync, readSync, statSync } from "node:fs";
import { parse } from "node:path";
import { Meta } from "../trace/chrome.ts";

export function partsOf(file: string, places: number): string[] {
  const { dir, name, ext } = parse(file);
  return Array.from({ length: places }, (_, place) => `${dir === "" ? "" : `${dir}/`}${name}.${place}${ext}`);
}

/** The parts of a file that is not there, as far as they are. */
export function partsFound(file: string): string[] {
  const found: string[] = [];
  for (let places = 1; ; places++) {
    const part = partsOf(file, places).at(-1)!;
    if (!existsSync(part)) return found;
    found.push(part);
  }
}

const TAIL_BYTES = 1 << 16;
const LOOK_MS = 20;

/** Waits until a file has been completed, at most so long (ms). Blocks. */
export function isWhole(file: string, limit: number): boolean {
  const nobody = new Int32Array(new SharedArrayBuffer(4));
  for (const end = performance.now() + limit; ; ) {
    if (tailOf(file).includes(`"${Meta.END}"`)) return true;
    if (performance.now() > end) return false;
    Atomics.wait(nobody, 0, 0, LOOK_MS);
  }
}

function tailOf(file: string): string {
  if (!existsSync(file)) return "";
  const fd = openSync(file, "r");
  try {
    const tail = Buffer.alloc(TAIL_BYTES);
    const from = Math.max(0, statSync(file).size - TAIL_BYTES);
    return tail.toString("utf8", 0, readSync(fd, tail, 0, TAIL_BYTES, from));
  } finally {
    closeSync(fd);
  }
}
