import { registerHooks } from "node:module";
import { UsageError } from "../../errors.ts";
import { moduleUrl } from "./module-url.ts";

/** A change to the source text of a module, in the virtual threads only: shows that a test notices it. */
export interface Mutation {
  readonly module: URL | string;
  /** Text that occurs exactly once in the module. */
  readonly from: string;
  readonly to: string;
}

const EXPLORED = moduleUrl("./atomics", import.meta.url).href;

/** From now on, in this thread, whoever imports the facade `shared/atomics`, or `facade`, gets the explorer's atomics instead. */
export function replaceFacade(facade: string | undefined): void {
  const replaced = new Set([moduleUrl("../../shared/atomics", import.meta.url).href, facade]);
  registerHooks({
    resolve(specifier, context, nextResolve) {
      const resolved = nextResolve(specifier, context);
      return replaced.has(resolved.url) ? { ...resolved, url: EXPLORED } : resolved;
    },
  });
}

/** From now on, in this thread, the modules are loaded with these changes. */
export function mutateModules(mutations: readonly Mutation[]): void {
  if (mutations.length === 0) return;
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      const wanted = mutations.filter(({ module }) => String(module) === url);
      if (wanted.length === 0) return loaded;
      const source = Buffer.from(loaded.source as Uint8Array).toString();
      return { ...loaded, source: wanted.reduce(mutate, source) };
    },
  });
}

function mutate(source: string, { module, from, to }: Mutation): string {
  const parts = source.split(from);
  if (parts.length !== 2) throw new UsageError(`"${from}" occurs ${parts.length - 1} times in ${module}, not once`);
  return parts.join(to);
}
