/** Recording and replaying, in the thread that starts the runtime: before anything that defines tasks is loaded. */
import { setEnvironmentData } from "node:worker_threads";
import { UsageError } from "../errors.ts";
import { setDirector } from "../sched/direct.ts";
import { prepared } from "./direct.ts";
import { readRecord, writeRecord } from "./file.ts";
import { emptyList, SHARED_BYTES, Shared } from "./log.ts";
import { Recorder } from "./recorder.ts";
import { REEL, type Reel } from "./reel.ts";
import { Replayer } from "./replayer.ts";

let runtimes = 0;

function refuse(what: string, workers: number): void {
  if (workers === 0) throw new UsageError(`${what} needs workers: in serial mode the order is the same each time.`);
  if (++runtimes > 1) throw new UsageError(`${what} knows one runtime, but the program starts another one.`);
}

/** Writes the record of this run to `file` when the process ends. */
export function startRecord(file: string, program: string, args: readonly string[]): void {
  const shared = new SharedArrayBuffer(SHARED_BYTES);
  const given = [...args];
  let lists: SharedArrayBuffer[] = [];
  const recorder = new Recorder(shared, null, (workers) => {
    refuse("--record", workers);
    lists = Array.from({ length: workers + 1 }, emptyList);
    const reel: Reel = { mode: "record", shared, lists };
    setEnvironmentData(REEL, reel as never);
    return lists[0]!;
  });
  setDirector(prepared(recorder));
  process.once("exit", () => {
    if (lists.length === 0) return console.error("Nothing was recorded: the program spawned no task.");
    if (new Int32Array(shared)[Shared.FULL] !== 0) {
      console.error("The record is not complete: a thread took more than 11 million decisions. It can be replayed up to there.");
    }
    writeRecord(file, program, given, lists);
  });
}

/** Makes this run the one of the record; returns the arguments of it. Throws ReplayError. */
export function startReplay(file: string, program: string, args: readonly string[]): readonly string[] {
  const setting = process.env.HEDDLE_WORKERS;
  const wanted = setting === undefined || setting === "" ? undefined : Number(setting);
  const record = readRecord(file, program, args, wanted);
  process.env.HEDDLE_WORKERS = String(record.workers);
  const reel: Reel = { mode: "replay", shared: new SharedArrayBuffer(SHARED_BYTES), lists: record.lists };
  const replayer = new Replayer(reel, 0, (workers) => {
    refuse("--replay", workers);
    if (workers !== record.workers) {
      throw new UsageError(`${file} was recorded with ${record.workers} workers, but the program starts ${workers}.`);
    }
    setEnvironmentData(REEL, reel as never);
  });
  setDirector(prepared(replayer));
  process.once("exit", () => {
    const shared = new Int32Array(reel.shared);
    if (Atomics.load(shared, Shared.DIVERGED) === 0) return;
    const bytes = new Uint8Array(reel.shared).slice(Shared.TEXT * 4, Shared.TEXT * 4 + shared[Shared.TEXT_BYTES]!);
    console.error(
      `\nThe replay left the record ${new TextDecoder().decode(bytes)} From there on the order is not the recorded one.`,
    );
    process.exitCode ||= 1;
  });
  return record.args;
}
