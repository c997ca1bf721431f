import { TaskDefinitionError } from "../errors.ts";
import { getPlatform } from "../platform/platform.ts";
import { noteSite } from "../sched/awaits.ts";
import { type Future, makeSpawn } from "../sched/core.ts";
import type { TaskDefinition } from "../sched/definition.ts";
import { bodyKind, define, hashOf } from "../sched/registry.ts";
import { framesBeneath, noteDefinition } from "../sched/spawn-site.ts";
import { spawnAfter } from "./after.ts";
import { spawnAt, spawnWith } from "./options.ts";
import type { SpawnOptions } from "./spawn-options.ts";

/** What a body's future holds: an async body's awaited type, a generator body's return type, else its own. */
export type ResultOf<R> = R extends Generator<infer _Y, infer T, infer _N> ? T : R extends PromiseLike<infer T> ? T : R;

/** For each parameter the value itself, or a future of it. */
export type OrFuture<A extends readonly unknown[]> = { [K in keyof A]: A[K] | Future<A[K]> };

/** The ways to spawn a task. */
export interface Spawner<A extends unknown[], R> {
  /** Makes a child task with these arguments, which may run on another worker. Never blocks. */
  spawn(...args: A): Future<R>;
  /**
   * Dataflow: makes a child task that starts once every future among its arguments is there, with their values. If one of
   * them fails the task is skipped and its future fails with the same error. Never blocks.
   */
  after(...args: OrFuture<A>): Future<R>;
  /**
   * The same task, to be spawned at a place, by its number from 0. Arguments and results are copied to the other place; futures and
   * promises among them go on to work there.
   *
   * @throws UsageError `HEDDLE_USAGE` when there is no such place.
   */
  at(place: number): Spawner<A, R>;
  /**
   * The same task, to be spawned wherever workers have nothing to do: here as long as there are some, else at a place that steals it (HabaneroUPC++'s asyncAny).
   * Worth while for tasks of some tens of microseconds and more.
   */
  readonly anywhere: Spawner<A, R>;
  /** The same task, to be spawned with options. */
  with(options: SpawnOptions): Spawner<A, R>;
}

/** A task is the function itself, so calling it is a plain call, plus the ways to spawn it. */
export type Task<F extends (...args: never[]) => unknown> = F &
  Spawner<Parameters<F>, ResultOf<ReturnType<F>>> & {
    /** The function's name, as errors show it. */
    readonly taskName: string;
  };

/**
 * Makes a function a task: something that can be spawned and may run on any worker.
 *
 * Call it at the top level of a module. Workers import the module and find the task by the module's URL and the order of
 * definition, so the module must be safe to import. Three kinds of body, told apart by the language: a plain function runs
 * to completion and may `join` its own children; a generator function waits by `yield*`; an async function by `await`.
 *
 * ```ts
 * export const fib = task(import.meta, (n: number): number => {
 *   if (n < 2) return n;
 *   const left = fib.spawn(n - 1); // a child task: another worker may take it
 *   return fib(n - 2) + left.join(); // calling a task is a plain call
 * });
 * ```
 *
 * The task is called like the variable. Give the function no name of its own where it spawns itself: inside a named function
 * expression TypeScript takes the name for the bare function, which has no `spawn`.
 *
 * @throws TaskDefinitionError `HEDDLE_TASK_DEFINITION` inside a function, or for something that is no function.
 */
export function task<F extends (...args: never[]) => unknown>(meta: { readonly url: string }, fn: F): Task<F> {
  if (typeof meta?.url !== "string") {
    throw new TaskDefinitionError("task: the first argument must be `import.meta`: it tells workers which module to import");
  }
  if (typeof fn !== "function") throw new TaskDefinitionError(`task: the second argument must be a function, not ${typeof fn}`);
  if ("taskName" in fn) throw new TaskDefinitionError(`task: ${fn.name} is a task already`);
  const site = framesBeneath(task, DEFINITION_FRAMES);
  refuseInsideFunction("task", fn.name, site);
  const source = Function.prototype.toString.call(fn);
  if (source.startsWith("class")) throw new TaskDefinitionError(`task: ${fn.name} is a class; a task is a function`);
  const def = define(fn, {
    fn,
    body: bodyKind(fn),
    arity: arityOf(fn, source),
    name: fn.name || nameAt(site[0]) || "anonymous",
    url: meta.url,
    hash: hashOf(isTransformed() ? `${fn.length} parameters` : source),
  });
  noteDefinition(def, site[0]);
  return makeTask(fn, def);
}

/** Adds the ways to spawn to a function. */
export function makeTask<F extends (...args: never[]) => unknown>(fn: F, def: TaskDefinition): Task<F> {
  const after = (...args: unknown[]): Future<unknown> => spawnAfter(def, args, null);
  const methods = {
    spawn: recordsSites() ? withSites(makeSpawn(def)) : makeSpawn(def),
    after: recordsSites() ? withSites(after) : after,
    at: (place: number) => spawnAt(def, place),
    with: (options: SpawnOptions) => spawnWith(def, options),
    taskName: def.name,
  };
  // A thread that is traced replaces the spawns of heddle's own tasks, which it has defined before.
  for (const [name, value] of Object.entries(methods)) Object.defineProperty(fn, name, { value, configurable: name === "spawn" });
  Object.defineProperty(fn, "anywhere", { get: () => spawnWith(def, { place: "anywhere" }) });
  return fn as Task<F>;
}

/** HEDDLE_SPAWN_SITES=1: spawns in tasks remember where they were as well, for whyStuck. */
const recordsSites = (): boolean => getPlatform().setting("HEDDLE_SPAWN_SITES") === "1";

const withSites =
  (spawn: (...args: never[]) => Future<unknown>) =>
  (...args: never[]): Future<unknown> => {
    const future = spawn(...args);
    noteSite(future);
    return future;
  };

/** The number of parameters where spawns with just so many arguments are all that one expects; else -1. */
function arityOf(fn: Function, source: string): number {
  const usesRest = /^[^{=]*\.\.\./.test(source) || /\barguments\b/.test(source);
  return fn.length > 3 || usesRest ? -1 : fn.length;
}

/** Vitest transforms the modules that tests import, and workers import them as they are: texts cannot be compared. */
const isTransformed = (): boolean => getPlatform().setting("VITEST") !== undefined;

/** So many callers are looked at: enough to see that a module's top level is not the first one. @internal */
export const DEFINITION_FRAMES = 10;

/** A worker cannot repeat a call that a function makes when it is called, so it would never find the task. @internal */
export function refuseInsideFunction(what: string, name: string, [site, ...callers]: NodeJS.CallSite[]): void {
  const fn = site?.getFunctionName?.();
  const file = site?.getFileName() ?? null;
  // A module's top level has no call of the same module beneath it. Async frames are not beneath it, they wait for it.
  const caller = callers
    .filter((it) => it.isAsync?.() !== true)
    .find((it, i) => it.getFileName() === file || (i === 0 && it.getFileName()?.startsWith(OWN) === true));
  const nested = file !== null && caller !== undefined;
  if (typeof fn === "string" && fn !== "" && !fn.startsWith("__vi") && !fn.startsWith("<")) refuse(what, name, fn, site!);
  else if (nested && !caller.isEval()) refuse(what, name, "a function", site!);
}

/**
 * The variable that an unnamed function is assigned to, as its module's text has it: `export const name = task(...`.
 * In browsers the file and the line.
 */
function nameAt(site: NodeJS.CallSite | undefined): string | undefined {
  const file = site?.getFileName();
  const line = site?.getLineNumber();
  if (file == null || line == null) return undefined;
  // To read the module again would be a request for which the page stands still.
  if (getPlatform().name === "browser") return `${file.slice(file.lastIndexOf("/") + 1)}:${line}`;
  try {
    const text = new TextDecoder().decode(getPlatform().readFile(file)).split("\n")[line - 1] ?? "";
    return /(?:const|let|var)\s+([\w$]+)[^=]*=\s*(?:[\w$]+\.)?task\b/.exec(text)?.[1];
  } catch {
    return undefined; // no file, or none that can be read at once: the task goes without a name
  }
}

/** Part of the URL of every module of heddle: a caller in there runs a task. */
const OWN = new URL("..", import.meta.url).href;

function refuse(what: string, name: string, where: string, site: NodeJS.CallSite): never {
  throw new TaskDefinitionError(
    `The ${what} ${name || "(unnamed)"} is defined inside ${where} (${site.getFileName()}:${site.getLineNumber()}). Workers import the module and repeat ` +
      "its top level only, so they would never find it: define it at the top level of a module" +
      (what === "task" ? ", or use a lambda: spawn([a, b], (a, b) => ...)." : "."),
  );
}
