import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { type Future, task } from "heddle";
import { readOptions } from "../lib/options.ts";
import { cook } from "./recipes.ts";
import { inOrder, parseRules, type Rule } from "./rules.ts";

const usage = `Builds what a rule file asks for: every recipe is a task that starts when its inputs are made.
A recipe that fails stops what needs its target, and nothing else. Targets newer than their inputs are left alone.

  --file FILE   the rules (default examples/make/Buildfile)
  --goal NAME   what to make (default all)
  --from DIR    where sources lie (default .)
  --out DIR     where targets go (default build/make)`;

export interface Folders {
  readonly from: string;
  readonly out: string;
}

export interface Built {
  readonly target: string;
  readonly path: string;
  readonly outcome: "made" | "up to date" | "grouped";
}

export interface Failed {
  readonly target: string;
  readonly reason: unknown;
}

/** Makes one target; the inputs that other rules make have been made. */
function makeTarget({ target, inputs, recipe }: Rule, { from, out }: Folders, made: readonly Built[]): Built {
  const madePaths = new Map(made.map((input) => [input.target, input.path]));
  const paths = inputs.map((input) => madePaths.get(input) ?? resolve(from, input));
  const path = resolve(out, target);
  if (recipe === undefined) return { target, path, outcome: "grouped" };
  const newest = Math.max(...paths.map((input) => statSync(input).mtimeMs));
  if (existsSync(path) && statSync(path).mtimeMs >= newest) return { target, path, outcome: "up to date" };
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, cook(recipe, paths));
  return { target, path, outcome: "made" };
}

const makeRule = task(import.meta, (rule: Rule, folders: Folders, ...made: Built[]): Built => makeTarget(rule, folders, made));

/** Every rule that the goal needs, as a future; one whose input fails fails with the same error and never runs. */
export function makeAll(rules: readonly Rule[], goal: string, folders: Folders): Map<string, Future<Built>> {
  const futures = new Map<string, Future<Built>>();
  for (const rule of inOrder(rules, goal)) {
    const inputs = rule.inputs.map((input) => futures.get(input)).filter((input) => input !== undefined);
    futures.set(rule.target, makeRule.after(rule, folders, ...inputs));
  }
  return futures;
}

export async function parallel(rules: readonly Rule[], goal: string, folders: Folders): Promise<(Built | Failed)[]> {
  const futures = makeAll(rules, goal, folders);
  const settled = await Promise.allSettled(futures.values());
  const targets = [...futures.keys()];
  return settled.map((result, index) =>
    result.status === "fulfilled" ? result.value : { target: targets[index]!, reason: result.reason },
  );
}

export function sequential(rules: readonly Rule[], goal: string, folders: Folders): (Built | Failed)[] {
  const results = new Map<string, Built | Failed>();
  for (const rule of inOrder(rules, goal)) {
    const inputs = rule.inputs.map((input) => results.get(input)).filter((input) => input !== undefined);
    const failed = inputs.find((input) => "reason" in input);
    try {
      if (failed) throw failed.reason;
      results.set(rule.target, makeTarget(rule, folders, inputs as Built[]));
    } catch (reason) {
      results.set(rule.target, { target: rule.target, reason });
    }
  }
  return [...results.values()];
}

export async function main(args: string[]): Promise<void> {
  const options = readOptions(args, usage, { file: "examples/make/Buildfile", goal: "all", from: ".", out: "build/make" });
  if (!options) return;
  const begin = performance.now();
  const futures = makeAll(parseRules(readFileSync(options.file, "utf8")), options.goal, options);
  const outcomes = await Promise.all(
    [...futures].map(([target, future]) =>
      future.then(
        ({ outcome }) => {
          console.log(`${outcome.padEnd(10)}  ${target}`);
          return true;
        },
        (error: unknown) => {
          console.log(`FAILED      ${target}: ${error instanceof Error ? error.message : String(error)}`);
          return false;
        },
      ),
    ),
  );
  const failures = outcomes.filter((ok) => !ok).length;
  console.log(`${outcomes.length} targets, ${failures} not made, ${(performance.now() - begin).toFixed(0)} ms`);
  if (failures > 0) process.exitCode = 1;
}
