/** From a function's number to the function: importing the modules that define tasks, noticing when they differ. */
import { CrossingError, ModuleImportError, ModuleMismatchError, SpawnDuringImportError } from "../errors.ts";
import { getPlatform } from "../platform/platform.ts";
import type { FunctionEntry, FunctionTable } from "../shared/functions.ts";
import { Body, NO_TASK, type TaskDefinition } from "./definition.ts";
import { definitionAt } from "./registry.ts";

let importing = 0;
/** Whether this thread is importing a module for the sake of its tasks. */
export const isImporting = (): boolean => importing > 0;

let instantiate: (entry: FunctionEntry) => TaskDefinition = () => {
  throw new ModuleMismatchError("lambdas are not available in this thread");
};
/** Set by the layer that ships lambdas. */
export function setInstantiate(hook: typeof instantiate): void {
  instantiate = hook;
}

/** The order of an entry that names a module which defines no task but a class that crosses. */
export const MODULE_ONLY = -1;

export class Imports {
  readonly #functions: FunctionTable;
  readonly #definitions: (TaskDefinition | undefined)[] = [];
  readonly #failed = new Map<string, unknown>();
  readonly #imported = new Set<string>();
  readonly #wanted = new Set<string>();
  /** Of these, what cannot be imported at once. */
  readonly #slow = new Set<string>();
  #resolved = 0;

  constructor(functions: FunctionTable) {
    this.#functions = functions;
  }

  /**
   * Whether everything that the table speaks of is known here. Only then may a cell be taken: its arguments can name
   * any task that was in the table when it was written.
   */
  complete(): boolean {
    const count = this.#functions.refresh();
    while (this.#resolved < count && this.#resolve(this.#resolved)) this.#resolved++;
    return this.#resolved === count;
  }

  definition(id: number): TaskDefinition {
    if (this.#definitions[id] === undefined) {
      this.#functions.refresh(); // this thread's own entry, which it reads again before it looked at the table
      this.#resolve(id);
    }
    return this.#definitions[id]!;
  }

  /** For the thread that started the runtime, which imports nothing by itself: a task that came back to it as a value. */
  static known(functions: FunctionTable, id: number): TaskDefinition {
    const entry = functions.entry(id);
    const def = entry.source === undefined ? definitionAt(entry.url, entry.order) : instantiate(entry);
    if (def === undefined)
      throw new CrossingError(`the task ${entry.name} came back, but this thread has not imported ${entry.url}`, "result");
    return def;
  }

  /** There are modules to import. */
  pending(): boolean {
    return !this.complete();
  }

  async run(): Promise<void> {
    for (let id = this.#resolved; id < this.#functions.refresh(); id++) this.#resolve(id);
    for (const url of [...this.#wanted]) {
      importing++;
      try {
        await import(/* @vite-ignore */ url);
      } catch (error) {
        this.#failed.set(url, error);
      } finally {
        importing--;
      }
      this.#wanted.delete(url);
      this.#imported.add(url); // not before: a body that goes on meanwhile would miss what the module is about to define
    }
  }

  /**
   * Imports at once what is missing, for a stack that waits: what it may run meanwhile lies behind what comes from those modules. True when
   * everything is known then.
   */
  runNow(): boolean {
    while (!this.complete()) {
      const url = [...this.#wanted].find((it) => !this.#slow.has(it));
      if (url === undefined) return false;
      importing++;
      const done = getPlatform().importNow?.(url) === true;
      importing--;
      if (done) {
        this.#wanted.delete(url);
        this.#imported.add(url);
      } else this.#slow.add(url);
    }
    return true;
  }

  #resolve(id: number): boolean {
    const entry = this.#functions.entry(id);
    const def = this.#find(entry);
    if (def !== undefined) this.#definitions[id] = def;
    return def !== undefined;
  }

  #find(entry: FunctionEntry): TaskDefinition | undefined {
    const { url, order, name, hash } = entry;
    if (entry.source !== undefined) return instantiate(entry);
    const def = order === MODULE_ONLY && this.#imported.has(url) ? NO_TASK : definitionAt(url, order);
    if (def?.hash === hash && !this.#failed.has(url)) return def;
    if (this.#failed.has(url)) {
      const cause = this.#failed.get(url);
      if ((cause as { code?: unknown } | null)?.code === "HEDDLE_SPAWN_DURING_IMPORT") {
        return failing(name, new SpawnDuringImportError(`${url}, which defines ${name}: ${messageOf(cause)}`, { cause }));
      }
      return failing(
        name,
        new ModuleImportError(`A worker could not import ${url}, which defines ${name}: ${messageOf(cause)}`, { cause }),
      );
    }
    if (def === undefined && !this.#imported.has(url)) {
      this.#wanted.add(url);
      return undefined;
    }
    const found = def === undefined ? "does not define it there" : `defines ${def.name} in its place, or with other source text`;
    return failing(
      name,
      new ModuleMismatchError(
        `${url} defines ${name} as its task number ${order} in the thread that spawned it; a worker that imported the module ${found}. ` +
          "Define tasks at the top level of a module, always all of them and in the same order.",
      ),
    );
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** A definition whose tasks fail with `error`. */
function failing(name: string, error: Error): TaskDefinition {
  const fn = (): never => {
    throw error;
  };
  return { fn, body: Body.PLAIN, arity: 0, name, url: "", order: -1, hash: 0 };
}
