/** The tasks that this thread's modules have defined, by module URL and order of definition. */
import type { Body, BodyKind, TaskDefinition } from "./definition.ts";
import { director } from "./direct.ts";
import { serialPlaces } from "./places.ts";

const modules = new Map<string, TaskDefinition[]>();
const definitions = new WeakMap<object, TaskDefinition>();

/** The definition behind a task (the function that users hold). */
export const definitionOf = (task: object): TaskDefinition | undefined => definitions.get(task);

/** Adds a definition to its module; `task` is what users will hold. */
export function define(task: object, parts: Omit<TaskDefinition, "order">): TaskDefinition {
  let module = modules.get(parts.url);
  if (module === undefined) modules.set(parts.url, (module = []));
  const fn = director === null ? parts.fn : director.body(parts.fn, parts.name);
  const place = serialPlaces?.placeOfModule(parts.url);
  const def: TaskDefinition = { ...parts, fn, order: module.length, ...(place === undefined ? {} : { place }) };
  module.push(def);
  remember(task, def);
  return def;
}

/** From now on `task` stands for `def`, also where it crosses as a value. */
export function remember(task: object, def: TaskDefinition): void {
  definitions.set(task, def);
  tasks.set(def, task);
}

export const isKnownModule = (url: string): boolean => modules.has(url);

export const definitionAt = (url: string, order: number): TaskDefinition | undefined => modules.get(url)?.[order];

const tasks = new Map<TaskDefinition, object>();

/** All that this thread knows: definitions, and what users hold for them. */
export const knownTasks = (): Iterable<[TaskDefinition, object]> => tasks;

/** What users hold for a definition: the inverse of `definitionOf`. */
export const taskFor = (def: TaskDefinition): object | undefined => tasks.get(def);

const AsyncFunction = (async () => {}).constructor;
const GeneratorFunction = function* () {}.constructor;

/** The language's own function kinds tell how a body may wait. */
export function bodyKind(fn: Function): BodyKind {
  if (fn instanceof AsyncFunction) return 2 satisfies typeof Body.ASYNC;
  return fn instanceof GeneratorFunction ? 1 : 0;
}

/** FNV-1a over the source text: enough to notice that two threads speak of different functions. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash | 0;
}
