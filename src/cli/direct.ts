import type { Launch } from "../net/mpi/launcher.ts";
import type { Recorded } from "../replay/file.ts";
import type { Reel } from "../replay/reel.ts";
import { CommandError } from "./exit-codes.ts";
import { refuse } from "./one-place.ts";
import { checkWritable } from "./output-file.ts";
import { ranksOnMyCores, workersOfPlace } from "./place-workers.ts";

export interface DirectOptions {
  readonly places?: number;
  readonly record?: string;
  readonly replay?: string;
}

/** What is to run. */
export interface Directed {
  readonly args: string[];
  readonly places: number;
  /** For each place, where there are several and the run is recorded or replayed. */
  readonly reels?: readonly Reel[];
}

/** Before anything of heddle is loaded that defines tasks. */
export async function direct(file: string, args: string[], options: DirectOptions, launch?: Launch): Promise<Directed> {
  const { record, replay } = options;
  const rank = launch?.rank;
  const places = launch?.size ?? options.places ?? 1;
  if (record === undefined && replay === undefined) return { args, places };
  if (record !== undefined && replay !== undefined) throw new CommandError("--record and --replay: give one of them.");
  const { openRecord, partOf, startRecord, startRecordOfPlaces, startReplay, startReplayOfPlaces } = await import(
    "../replay/main.ts"
  );
  if (record !== undefined) {
    if (process.env.HEDDLE_WORKERS === "0")
      throw new CommandError("--record needs workers: in serial mode the order is the same each time.");
    checkWritable(rank === undefined ? record : partOf(record, rank), "record");
    if (places === 1) {
      startRecord(record, file, args);
      return { args, places };
    }
    const workers = workersOfPlace(rank === undefined ? places : ranksOnMyCores());
    process.env.HEDDLE_WORKERS = String(workers);
    return { args, places, reels: startRecordOfPlaces(record, file, args, { places, workers, rank }) };
  }
  const setting = process.env.HEDDLE_WORKERS;
  const workers = setting === undefined || setting === "" ? undefined : Number(setting);
  const wanted = { args, workers, places: launch?.size ?? options.places };
  const it = opened(() => openRecord(replay!, file, wanted));
  process.env.HEDDLE_WORKERS = String(it.workers);
  const recorded = { args: [...it.args], places: it.lists.length };
  if (recorded.places > 1) return { ...recorded, reels: startReplayOfPlaces(it, rank) };
  startReplay(replay!, it);
  return recorded;
}

function opened(open: () => Recorded): Recorded {
  try {
    return open();
  } catch (error) {
    if ((error as { code?: unknown }).code !== "HEDDLE_REPLAY") throw error;
    refuse(`${(error as Error).message} (HEDDLE_REPLAY)`);
  }
}
