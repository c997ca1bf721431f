import { dirname } from "node:path";
import { pathToFileURL } from "node:url";
import "../index.ts";
import { PlaceHome, type PlaceOptions } from "../place/home.ts";
import type { StealingTuning } from "../place/protocol/tuning.ts";
import { noteMainEnded } from "../stuck/collect.ts";
import { mainArguments } from "../task/main-arguments.ts";
import { EXIT } from "./exit-codes.ts";
import { failureText } from "./failure.ts";
import { watchPlace } from "./place-stuck.ts";
import { mainOf } from "./program.ts";
import { statsTable } from "./stats-table.ts";

/** What one place of a job runs. Structured-cloneable. */
export interface PlaceProgram {
  readonly file: string;
  readonly args: readonly string[];
  readonly stats: boolean;
  /** `main` runs on place 0 alone. */
  readonly rootOnly: boolean;
  readonly place: number;
  readonly places: number;
  readonly workers: number;
  /** Milliseconds. */
  readonly watchStuck: number | undefined;
  readonly stealing: StealingTuning | undefined;
  /** More threads than cores. */
  readonly crowded: boolean;
}

export interface PlaceEvents {
  /** The program failed here; all is to end. */
  failed(text: string, home: PlaceHome | null, error: unknown): void;
}

export interface PlaceEnd {
  readonly exitCode: number;
  readonly stats: string | undefined;
}

/** Runs the program as one place of several, in this thread: resolves when it has ended at all of them. */
export async function runPlace(
  program: PlaceProgram,
  surroundings: Pick<PlaceOptions, "transport" | "memory" | "facts" | "relay">,
  events: PlaceEvents,
): Promise<PlaceEnd> {
  const { file, args, place, places, workers, rootOnly } = program;
  process.argv = [process.argv[0]!, file, ...args];
  let home: PlaceHome | null = null;
  const lost: number[] = [];
  let told = "";
  const fail = (error: unknown, unobserved = false): void => {
    const text = failureText(error, unobserved, place);
    if (text === told) return; // that it cannot begin is heard of in two ways
    told = text;
    events.failed(text, home, error);
  };
  const uncaught = (error: unknown, origin: NodeJS.UncaughtExceptionOrigin): void => {
    if (process.listenerCount("uncaughtException") === 1) fail(error, origin === "unhandledRejection");
  };
  process.on("uncaughtException", uncaught);
  try {
    home = new PlaceHome({
      ...surroundings,
      place,
      places,
      workers,
      rootOnly,
      stealing: program.stealing,
      crowded: program.crowded,
      root: `${pathToFileURL(dirname(file)).href}/`,
      onLost(other) {
        lost.push(other);
        console.error(`Place ${place}: place ${other} was lost.`);
      },
      onHopeless: (error) => fail(error),
    });
    const { runtime } = home;
    await runtime.ready;
    if (program.watchStuck !== undefined) watchPlace(runtime, place, program.watchStuck);
    const main = mainOf(await import(pathToFileURL(file).href));
    const result = main !== undefined && (place === 0 || !rootOnly) ? await main(mainArguments(args, place, places)) : undefined;
    noteMainEnded();
    await runtime.stop();
    const wanted = Number.isInteger(result) ? (result as number) : Number(process.exitCode ?? EXIT.ok);
    const stats = program.stats ? statsTable(runtime.stats()) : undefined;
    return { exitCode: wanted === EXIT.ok && lost.length > 0 ? EXIT.failed : wanted, stats };
  } catch (error) {
    fail(error);
    return new Promise(() => {}); // whoever started the place ends it
  }
}
