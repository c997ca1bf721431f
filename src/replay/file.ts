/** A record as a file: a line of JSON that says what it is of, then the entries of all threads; compressed. */
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { ReplayError } from "../errors.ts";
import { ENTRY } from "./log.ts";

const FORMAT = 2;

interface Header {
  readonly format: number;
  readonly heddle: string;
  readonly node: string;
  readonly program: string;
  /** Of the text of the program's file. */
  readonly hash: string;
  readonly args: readonly string[];
  readonly workers: number;
  /** Entries of each thread. */
  readonly counts: readonly number[];
}

export interface Recorded {
  readonly args: readonly string[];
  readonly workers: number;
  readonly lists: readonly SharedArrayBuffer[];
}

const version = (): string => JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")).version;
const hashOfFile = (file: string): string => createHash("sha256").update(readFileSync(file)).digest("hex");

export function writeRecord(file: string, program: string, args: readonly string[], lists: readonly SharedArrayBuffer[]): void {
  const parts = lists.map((list) => {
    const numbers = new Float64Array(list);
    return numbers.slice(1, 1 + numbers[0]! * ENTRY);
  });
  const header: Header = {
    format: FORMAT,
    heddle: version(),
    node: process.versions.node,
    program: basename(program),
    hash: hashOfFile(program),
    args,
    workers: lists.length - 1,
    counts: parts.map((part) => part.length / ENTRY),
  };
  const bytes = [Buffer.from(`${JSON.stringify(header)}\n`), ...parts.map((part) => Buffer.from(part.buffer))];
  writeFileSync(file, gzipSync(Buffer.concat(bytes), { level: 1 }));
}

/** Throws ReplayError for a record that is not of this program, this version of heddle, and these arguments. */
export function readRecord(file: string, program: string, args: readonly string[], workers: number | undefined): Recorded {
  const { header, body } = open(file);
  const refuse = (why: string): never => {
    throw new ReplayError(`${file} cannot be replayed: ${why}`);
  };
  if (header.format !== FORMAT || header.heddle !== version()) {
    refuse(`it was recorded by heddle ${header.heddle}, and this is ${version()}.`);
  }
  if (header.program !== basename(program)) refuse(`it is of ${header.program}, not of ${basename(program)}.`);
  if (header.hash !== hashOfFile(program)) refuse(`${header.program} has changed since it was recorded.`);
  if (workers !== undefined && workers !== header.workers) {
    refuse(`it was recorded with ${counted(header.workers)}, not with ${counted(workers)}.`);
  }
  if (args.length > 0 && JSON.stringify(args) !== JSON.stringify(header.args)) {
    refuse(`it was recorded with the arguments ${JSON.stringify(header.args)}; leave the arguments out, or give the same.`);
  }
  let at = 0;
  const lists = header.counts.map((count) => {
    const bytes = count * ENTRY * 8;
    if (at + bytes > body.length) refuse("it is not complete.");
    const list = new SharedArrayBuffer(8 + bytes);
    new Float64Array(list)[0] = count;
    new Uint8Array(list).set(body.subarray(at, at + bytes), 8);
    at += bytes;
    return list;
  });
  return { args: header.args, workers: header.workers, lists };
}

const counted = (workers: number): string => (workers === 1 ? "1 worker" : `${workers} workers`);

function open(file: string): { header: Header; body: Uint8Array } {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    throw new ReplayError(`${file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
  try {
    const all = gunzipSync(bytes);
    const end = all.indexOf(10);
    return { header: JSON.parse(all.toString("utf8", 0, end)) as Header, body: all.subarray(end + 1) };
  } catch (cause) {
    throw new ReplayError(`${file} is no record: heddle run --record writes them.`, { cause });
  }
}
