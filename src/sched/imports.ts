/** From a function's number to the function: importing the modules that define tasks, noticing when they differ. */
import { ModuleImportError, ModuleMismatchError } from "../errors.ts";
import type { FunctionEntry, FunctionTable } from "../shared/functions.ts";
import { Body, type TaskDefinition } from "./definition.ts";
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

export class Imports {
  readonly #functions: FunctionTable;
  readonly #definitions: (TaskDefinition | undefined)[] = [];
  readonly #failed = new Map<string, unknown>();
  readonly #imported = new Set<string>();
  readonly #wanted = new Set<string>();
  #seen = 0;

  constructor(functions: FunctionTable) {
    this.#functions = functions;
  }

  /** Whether a cell with this function can be run now; if not, `pending` will say that there is something to import. */
  isKnown(id: number): boolean {
    if (this.#definitions[id] !== undefined) return true;
    if (id < 0 || id >= this.#functions.refresh()) return false; // a cell that somebody else is taking at this moment
    return this.#resolve(id);
  }

  definition(id: number): TaskDefinition {
    if (!this.isKnown(id)) {
      const { url, name } = this.#functions.entry(id);
      return failing(name, new ModuleImportError(`${name} reached a worker that has not imported ${url}`));
    }
    return this.#definitions[id]!;
  }

  /** Modules wait to be imported: those that cells have asked for, and those that the table speaks of. */
  pending(): boolean {
    const count = this.#functions.refresh();
    for (; this.#seen < count; this.#seen++) this.#resolve(this.#seen);
    return this.#wanted.size > 0;
  }

  async run(): Promise<void> {
    for (const url of [...this.#wanted]) {
      this.#wanted.delete(url);
      this.#imported.add(url);
      importing++;
      try {
        await import(/* @vite-ignore */ url);
      } catch (error) {
        this.#failed.set(url, error);
      } finally {
        importing--;
      }
    }
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
    const def = definitionAt(url, order);
    if (def?.hash === hash) return def;
    if (this.#failed.has(url)) {
      const cause = this.#failed.get(url);
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
