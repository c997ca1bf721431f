import { availableParallelism } from "node:os";
import { MAX_SLOTS } from "../shared/layout.ts";
import { CommandError } from "./exit-codes.ts";

/** Whether the workers and communication threads of the places here are more than this machine's cores. */
export const isCrowded = (placesHere: number, workers: number): boolean =>
  placesHere > 1 && placesHere * (workers + 1) > availableParallelism();

/** How many workers a place has: as HEDDLE_WORKERS says, or its share of the cores of this machine. */
export function workersOfPlace(placesHere: number): number {
  const setting = process.env.HEDDLE_WORKERS;
  if (setting === undefined || setting === "") return Math.max(1, Math.floor(availableParallelism() / placesHere));
  const workers = Number(setting);
  if (Number.isInteger(workers) && workers >= 1 && workers <= MAX_SLOTS - 2) return workers;
  throw new CommandError(`Each place needs workers: from 1 to ${MAX_SLOTS - 2}, not ${setting}.`);
}
