/** A record as a file: a line of JSON that says what it is of, then the entries of all threads of all places; compressed. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { ReplayError } from "../errors.ts";
import { ENTRY } from "./log.ts";

const FORMAT = 3;

interface Header {
  readonly format: number;
  readonly heddle: string;
  readonly node: string;
  readonly program: string;
  /** Of the text of the program's file. */
  readonly hash: string;
  readonly args: readonly string[];
  readonly places: number;
  /** Of each place. */
  readonly workers: number;
  /** The place of which this is a part; where there is none, the file holds all of them. */
  readonly place?: number;
  /** Entries of each thread of each place. */
  readonly counts: readonly (readonly number[])[];
}

/** By place, then by slot. */
export type Lists = readonly (readonly SharedArrayBuffer[])[];

export interface Recorded {
  readonly args: readonly string[];
  readonly workers: number;
  readonly lists: Lists;
}

/** What a replay is asked for; what is missing is as in the record. */
export interface Wanted {
  readonly args: readonly string[];
  readonly places?: number | undefined;
  readonly workers?: number | undefined;
}

const version = (): string => JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")).version;
const hashOfFile = (file: string): string => createHash("sha256").update(readFileSync(file)).digest("hex");

/** How many threads a place has beside its workers: the main thread and, among several places, the communication thread. */
const besideWorkers = (places: number): number => (places > 1 ? 2 : 1);

/** The part of one place of a job whose places share no memory. */
export const partOf = (file: string, place: number): string => `${file}.${place}`;

/** Writes all places; or one of them, a part. */
export function writeRecord(file: string, program: string, args: readonly string[], lists: Lists, place?: number): void {
  const parts = lists.map((its, at) => (place === undefined || place === at ? its.map(entriesOf) : []));
  const header: Header = {
    format: FORMAT,
    heddle: version(),
    node: process.versions.node,
    program: basename(program),
    hash: hashOfFile(program),
    args,
    places: lists.length,
    workers: lists[place ?? 0]!.length - besideWorkers(lists.length),
    ...(place === undefined ? {} : { place }),
    counts: parts.map((its) => its.map((it) => it.length / ENTRY)),
  };
  const bytes = [Buffer.from(`${JSON.stringify(header)}\n`), ...parts.flat().map((it) => Buffer.from(it.buffer))];
  writeFileSync(file, gzipSync(Buffer.concat(bytes), { level: 1 }));
}

function entriesOf(list: SharedArrayBuffer): Float64Array<ArrayBuffer> {
  const numbers = new Float64Array(list);
  return numbers.slice(1, 1 + numbers[0]! * ENTRY) as Float64Array<ArrayBuffer>;
}

/** Throws ReplayError for a record that is not of this program, this version of heddle, and what is wanted. The parts of a job are read as one. */
export function readRecord(file: string, program: string, wanted: Wanted): Recorded {
  if (existsSync(file) || !existsSync(partOf(file, 0))) return readOne(file, program, wanted);
  const first = readOne(partOf(file, 0), program, wanted);
  const rest = first.lists.slice(1).map((_, i) => {
    const { lists } = readOne(partOf(file, i + 1), program, { ...wanted, args: first.args, places: first.lists.length });
    return lists[i + 1]!;
  });
  return { ...first, lists: [first.lists[0]!, ...rest] };
}

function readOne(file: string, program: string, { args, places, workers }: Wanted): Recorded {
  const { header, body } = open(file);
  const refuse = (why: string): never => {
    throw new ReplayError(`${file} cannot be replayed: ${why}`);
  };
  if (header.format !== FORMAT || header.heddle !== version()) {
    refuse(`it was recorded by heddle ${header.heddle}, and this is ${version()}.`);
  }
  if (header.program !== basename(program)) refuse(`it is of ${header.program}, not of ${basename(program)}.`);
  if (header.hash !== hashOfFile(program)) refuse(`${header.program} has changed since it was recorded.`);
  if (places !== undefined && places !== header.places) {
    const way = header.places === 1 ? "leave --places out" : `--places ${header.places}, or mpirun with as many processes`;
    refuse(`it was recorded on ${counted(header.places, "place")}, not on ${counted(places, "place")}: ${way}.`);
  }
  if (workers !== undefined && workers !== header.workers) {
    const each = header.places === 1 ? "" : " at each place";
    refuse(`it was recorded with ${counted(header.workers, "worker")}${each}, not with ${counted(workers, "worker")}.`);
  }
  if (args.length > 0 && JSON.stringify(args) !== JSON.stringify(header.args)) {
    refuse(`it was recorded with the arguments ${JSON.stringify(header.args)}; leave the arguments out, or give the same.`);
  }
  let at = 0;
  const listOf = (count: number): SharedArrayBuffer => {
    const bytes = count * ENTRY * 8;
    if (at + bytes > body.length) refuse("it is not complete.");
    const list = new SharedArrayBuffer(8 + bytes);
    new Float64Array(list)[0] = count;
    new Uint8Array(list).set(body.subarray(at, at + bytes), 8);
    at += bytes;
    return list;
  };
  return { args: header.args, workers: header.workers, lists: header.counts.map((counts) => counts.map(listOf)) };
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;

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
