import { closeSync, existsSync, openSync, unlinkSync } from "node:fs";
import { basename } from "node:path";
import { CommandError } from "./exit-codes.ts";
import { refuseSeveral } from "./one-place.ts";

export interface DirectOptions {
  readonly places?: number;
  readonly record?: string;
  readonly replay?: string;
}

/** The record is written when the program ends; that it cannot be is told before it begins. */
function checkWritable(file: string): void {
  const isNew = !existsSync(file);
  try {
    closeSync(openSync(file, "a"));
  } catch (error) {
    throw new CommandError(`The record cannot be written to ${file}: ${(error as Error).message}`);
  }
  if (isNew) unlinkSync(file);
}

/** Before anything of heddle is loaded that defines tasks. Returns the program's arguments. */
export async function direct(file: string, args: string[], options: DirectOptions): Promise<string[]> {
  const { record, replay, places = 1 } = options;
  if (record === undefined && replay === undefined) return args;
  if (record !== undefined && replay !== undefined) throw new CommandError("--record and --replay: give one of them.");
  refuseSeveral(
    "--record and --replay know the decisions of one place, not when messages between places arrive. Ways out: the program on one place, " +
      `heddle run ${basename(file)} ${record === undefined ? "--replay" : "--record"} ${record ?? replay}; or --trace out.json, which shows what happened at all of them, and when.`,
    places,
  );
  const { startRecord, startReplay } = await import("../replay/main.ts");
  if (record !== undefined) {
    if (process.env.HEDDLE_WORKERS === "0")
      throw new CommandError("--record needs workers: in serial mode the order is the same each time.");
    checkWritable(record);
    startRecord(record, file, args);
    return args;
  }
  try {
    return [...startReplay(replay!, file, args)];
  } catch (error) {
    if ((error as { code?: unknown }).code !== "HEDDLE_REPLAY") throw error;
    throw new CommandError(`${(error as Error).message} (HEDDLE_REPLAY)`);
  }
}
