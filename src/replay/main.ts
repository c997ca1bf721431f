/** Recording and replaying, in the thread that starts the runtime: before anything that defines tasks is loaded. */
import { rmSync } from "node:fs";
import { setEnvironmentData } from "node:worker_threads";
import { UsageError } from "../errors.ts";
import { setDirector } from "../sched/direct.ts";
import { directPlace, prepared, refuseRuntime } from "./direct.ts";
import { divergence } from "./divergence.ts";
import { type Lists, partOf, type Recorded, readRecord, type Wanted, writeRecord } from "./file.ts";
import { emptyList, SHARED_BYTES, Shared } from "./log.ts";
import { Recorder } from "./recorder.ts";
import { REEL, type Reel } from "./reel.ts";
import { Replayer } from "./replayer.ts";

const FULL =
  "The record is not complete: a thread took more decisions than fit into its list, 11 million of few threads. It can be replayed up to there.";

const newBlock = (): SharedArrayBuffer => new SharedArrayBuffer(SHARED_BYTES);

/** Writes the record of this run to `file` when the process ends. */
export function startRecord(file: string, program: string, args: readonly string[]): void {
  const shared = [newBlock()];
  const lists: SharedArrayBuffer[][] = [];
  const reel: Reel = { mode: "record", place: 0, shared, lists, apart: false };
  const recorder = new Recorder(reel, 0, (workers) => {
    refuseRuntime("--record", workers);
    lists.push(Array.from({ length: workers + 1 }, () => emptyList()));
    setEnvironmentData(REEL, reel as never);
    return lists[0]![0]!;
  });
  setDirector(prepared(recorder));
  writeAtExit(file, program, args, reel);
}

/** Several places, each with so many workers: what each of them is given. Those of other places are handed to their threads. */
export interface PlacesOfRun {
  readonly places: number;
  readonly workers: number;
  /** The place that this process is, where each is a process of its own. */
  readonly rank?: number | undefined;
}

/** The same over several places; this is the main thread of the first one, or of the place `rank`. Each process of a job writes a part. */
export function startRecordOfPlaces(
  file: string,
  program: string,
  args: readonly string[],
  { places, workers, rank }: PlacesOfRun,
): Reel[] {
  const here = (place: number): boolean => rank === undefined || rank === place;
  const threads = (workers + 2) * (rank === undefined ? places : 1);
  const lists = Array.from({ length: places }, (_, place) =>
    here(place) ? Array.from({ length: workers + 2 }, () => emptyList(threads)) : [],
  );
  const reels = reelsOf("record", lists, rank);
  directPlace(reels[rank ?? 0]!);
  writeAtExit(file, program, args, reels[0]!, rank);
  return reels;
}

function writeAtExit(whole: string, program: string, args: readonly string[], { lists, shared }: Reel, rank?: number): void {
  const file = rank === undefined ? whole : partOf(whole, rank);
  const given = [...args];
  process.once("exit", () => {
    if (lists.length === 0) return console.error("Nothing was recorded: the program spawned no task.");
    if (new Int32Array(shared[0]!)[Shared.FULL] !== 0) console.error(FULL);
    writeRecord(file, program, given, lists, rank);
    if (rank === 0) rmSync(whole, { force: true }); // an older one would be taken for this
  });
}

function reelsOf(mode: Reel["mode"], lists: Lists, rank: number | undefined): Reel[] {
  const shared = lists.map(newBlock);
  return lists.map((_, place) => ({ mode, place, shared, lists, apart: rank !== undefined }));
}

export { partOf };

/** Reads a record. Throws ReplayError when it is not of this program and what is wanted. */
export function openRecord(file: string, program: string, wanted: Wanted): Recorded {
  return readRecord(file, program, wanted);
}

/** Makes this run the one of the record, which is of one place. */
export function startReplay(file: string, { workers: recorded, lists }: Recorded): void {
  const reel: Reel = { mode: "replay", place: 0, shared: [newBlock()], lists, apart: false };
  const replayer = new Replayer(reel, 0, (workers) => {
    refuseRuntime("--replay", workers);
    if (workers !== recorded) {
      throw new UsageError(`${file} was recorded with ${recorded} workers, but the program starts ${workers}.`);
    }
    setEnvironmentData(REEL, reel as never);
  });
  setDirector(prepared(replayer));
  tellAtExit(reel);
}

/** The same over several places, as `startRecordOfPlaces`. */
export function startReplayOfPlaces({ lists }: Recorded, rank?: number): Reel[] {
  const reels = reelsOf("replay", lists, rank);
  directPlace(reels[rank ?? 0]!);
  tellAtExit(reels[0]!);
  return reels;
}

function tellAtExit({ shared }: Reel): void {
  process.once("exit", () => {
    const why = divergence(new Int32Array(shared[0]!));
    if (why === undefined) return;
    console.error(`\nThe replay left the record ${why} From there on the order is not the recorded one.`);
    process.exitCode ||= 1;
  });
}
