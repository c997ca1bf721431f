import { registerHooks } from "node:module";
import { moduleUrl } from "./module-url.ts";

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
