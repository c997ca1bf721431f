/** What was found, in words and as data. */
import { isAbsolute, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { isLambdaName } from "../sched/definition.ts";
import type { Unwatched } from "./loader.ts";
import { type Accessed, MOST_RACES, type Race, type Step } from "./races.ts";
import { isOwn, type Site } from "./sites.ts";

export interface CheckResult {
  readonly races: readonly Race[];
  /** Races of further pairs of positions, which are not kept. */
  readonly moreRaces: number;
  /** What could race and was not looked at. */
  readonly notWatched: readonly Unwatched[];
  readonly tasks: number;
  readonly iterations: number;
  readonly accesses: number;
  readonly seconds: number;
}

const count = (value: number): string => value.toLocaleString("en-US");
const counted = (value: number, noun: string, nouns = `${noun}s`): string => `${count(value)} ${value === 1 ? noun : nouns}`;

export function fileName(file: string): string {
  if (!file.startsWith("file:")) return file;
  const path = fileURLToPath(file);
  const near = relative(process.cwd(), path);
  return near.startsWith("..") || isAbsolute(near) ? path : near;
}

export function position({ file, line, column }: Site): string {
  if (file === "") return "an unknown position";
  if (isOwn(file) || file.startsWith("heddle:")) return "inside heddle";
  return `${fileName(file)}:${line}${column > 0 ? `:${column}` : ""}`;
}

/** The report for people. */
export function text(result: CheckResult): string {
  const { races, moreRaces, notWatched } = result;
  const parts = races.map((race, i) => `${i + 1}. ${describe(race)}`);
  if (moreRaces > 0) {
    parts.push(
      `And ${counted(moreRaces, "more pair")} of positions that race, which are not listed after the first ${MOST_RACES}.`,
    );
  }
  if (notWatched.length > 0) parts.push(unwatched(notWatched));
  parts.push(summary(result));
  return parts.join("\n\n");
}

export function summary({ races, moreRaces, tasks, iterations, accesses, seconds }: CheckResult): string {
  const found = races.length + moreRaces;
  const work = `${counted(tasks, "task")}, ${counted(iterations, "iteration")} of parallel loops, ${counted(accesses, "access", "accesses")} to arrays on the heap`;
  const verdict = found === 0 ? "No race was found" : `${counted(found, "race")} ${found === 1 ? "was" : "were"} found`;
  return `${verdict} in ${work}; ${seconds.toFixed(1)} s.`;
}

function describe(race: Race): string {
  const [one, other] = race.accesses;
  const freed = one.how === "frees" || other.how === "frees";
  const what = freed
    ? "An array is freed while others may still use it"
    : "Two accesses to the same element, and nothing orders them";
  const lines = [
    `${what}.`,
    `   element ${count(race.element)} of ${race.length === 0 ? "" : `${count(race.length)} in `}${arrayOf(race)} made at ${position(race.made)}${race.place === undefined ? "" : `, at place ${race.place}`}`,
    ...accessed(one),
    ...accessed(other),
  ];
  if (race.count > 1) lines.push(`   The same two positions race ${counted(race.count - 1, "more time")}.`);
  return lines.join("\n");
}

function arrayOf({ array, shared }: Race): string {
  const kind = `${/^[AEIOU]/.test(array) ? "an" : "a"} ${array}`;
  return shared === true ? `the shared array (${array})` : kind;
}

function accessed({ how, at, path }: Accessed): string[] {
  return [`   ${how} at ${position(at)}${at.text === "" ? "" : `   ${at.text}`}`, ...path.map((step) => `     in ${who(step)}`)];
}

function who({ name, iteration, spawned, operation, place: at }: Step): string {
  if (operation === true) return `the operation ${name}, which may happen until its future is there`;
  const what = iteration === undefined ? (isLambdaName(name) ? "a lambda" : name) : `iteration ${count(iteration)} of ${name}`;
  const where = at === undefined ? what : `${what} at place ${at}`;
  return spawned === undefined ? where : `${where}, spawned at ${position(spawned)}`;
}

const MOST_NOTES = 20;

function unwatched(list: readonly Unwatched[]): string {
  const lines = list.slice(0, MOST_NOTES).map(({ file, line, what }) => {
    const where = file === "" ? "" : `${fileName(file)}${line > 0 ? `:${line}` : ""}: `;
    return `   ${where}${what}`;
  });
  if (list.length > MOST_NOTES) lines.push(`   and ${count(list.length - MOST_NOTES)} more`);
  return `Not watched, so a race there would not be seen:\n${lines.join("\n")}`;
}
