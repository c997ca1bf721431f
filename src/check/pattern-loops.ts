/**
 * The inner loops of ../pattern, rewritten: whatever the library promises no order of is an iteration of its own.
 *
 * - `parallelFor`: each call of the body.
 * - `map`: each element, with reading and storing it.
 * - `reduce`, `scan`: each block, after which the combining of blocks comes; in it the reading and mapping of each element, after
 *   which the combining with it comes.
 */
import { createRequire } from "node:module";
import type { AnyNode } from "acorn";
import { setGenerator } from "../pattern/generate.ts";
import type { Accesses } from "./access.ts";
import { instrument, type Parser } from "./instrument.ts";
import type { Sites } from "./sites.ts";

type Call = (...args: unknown[]) => unknown;
type Loop = (lo: number, hi: number, ...rest: unknown[]) => unknown;

export function watchLoops(accesses: Accesses, sites: Sites): void {
  const parser = createRequire(import.meta.url)("acorn") as Parser;
  const compile = (name: string, parameters: readonly string[], text: string, scope: object): Call => {
    const source = `(function ${name.replace(/\W/g, "_")}(${parameters.join(", ")}) {\n${text}\n})`;
    const made = instrument(source, `heddle:${name.split("_")[0]}`, parser, sites, "script", true).text;
    return new Function(...Object.keys(scope), `"use strict"; return ${made}`)(...Object.values(scope)) as Call;
  };

  setGenerator((name, parameters, text, scope) => {
    const parts = scope as Record<string, Call | null>;
    switch (name.slice(0, name.indexOf("_"))) {
      case "parallelFor": {
        let count = 0;
        const body: Call = (...args) => {
          const index = typeof args[0] === "number" ? args[0] : count++;
          return accesses.iteration(index, false, () => parts.body!(...args));
        };
        const loop = compile(name, parameters, text, { ...parts, body }) as Loop;
        return (...args: Parameters<Loop>) => accesses.loop(() => loop(...args));
      }
      case "map": {
        const loop = compile(name, parameters, inIterations(text, parser), { ...parts, accesses }) as Loop;
        return (...args: Parameters<Loop>) => accesses.loop(() => loop(...args));
      }
      case "fold": {
        const element = /const element = (.*);/;
        const each = text.replace(element, "const element = accesses.iteration(k, true, () => $1);");
        const loop = compile(name, parameters, each, { ...parts, accesses }) as Loop;
        return (lo: number, ...rest: unknown[]) =>
          accesses.iteration(lo, true, () => accesses.loop(() => (loop as Call)(lo, ...rest)));
      }
      default:
        return compile(name, parameters, text, scope);
    }
  });
}

/** The text with the body of its loop as an iteration. */
function inIterations(text: string, parser: Parser): string {
  const root = parser.parse(text, { ecmaVersion: "latest", sourceType: "script" }) as AnyNode & { body: AnyNode[] };
  const loop = root.body.find((it) => it.type === "ForStatement") as AnyNode & { body: AnyNode };
  const { start, end } = loop.body;
  return `${text.slice(0, start)}accesses.iteration(k, false, () => { ${text.slice(start, end)} });${text.slice(end)}`;
}
