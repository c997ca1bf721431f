/** Rewrites the program's modules as they are loaded, and those of heddle that touch elements for it. */
import { readFileSync } from "node:fs";
import { createRequire, type LoadFnOutput, registerHooks, stripTypeScriptTypes } from "node:module";
import { fileURLToPath } from "node:url";
import { instrument, type Parser } from "./instrument.ts";
import type { Sites } from "./sites.ts";

export interface Unwatched {
  readonly file: string;
  readonly line: number;
  readonly what: string;
}

/** Modules of heddle that read and write the elements of arrays that programs pass. */
const OWN = new URL("../pattern/", import.meta.url).href;
const HEDDLE = new URL("../", import.meta.url).href;

const isProgram = (url: string): boolean => !url.startsWith(HEDDLE) && !url.includes("/node_modules/");

export function watchModules(sites: Sites, unwatched: Unwatched[]): void {
  const parser = createRequire(import.meta.url)("acorn") as Parser;
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      const own = url.startsWith(OWN);
      if (!url.startsWith("file:") || !(own || isProgram(url))) return loaded;
      const format = loaded.format ?? "";
      const type = /^(module|commonjs)(-typescript)?$/.exec(format);
      if (type === null) return loaded;
      try {
        return rewritten(loaded, url, type[1] as "module" | "commonjs", type[2] !== undefined, own);
      } catch (error) {
        // What cannot be read is loaded as it is: Node says why, if there is something wrong with it.
        unwatched.push({ file: url, line: 0, what: `the module (${error instanceof Error ? error.message : String(error)})` });
        return loaded;
      }
    },
  });

  function rewritten(
    loaded: LoadFnOutput,
    url: string,
    format: "module" | "commonjs",
    typed: boolean,
    own: boolean,
  ): LoadFnOutput {
    const given = loaded.source ?? readFileSync(fileURLToPath(url));
    const text = typeof given === "string" ? given : new TextDecoder().decode(given);
    const source = typed ? withoutTypes(text) : text;
    const result = instrument(source, url, parser, sites, format === "module" ? "module" : "script", own);
    if (!own) for (const note of result.notes) unwatched.push({ file: url, ...note });
    return { ...loaded, format, source: result.text };
  }
}

/** Every position stays as it is. Node calls this experimental, each time in a process for the first time. */
function withoutTypes(text: string): string {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return stripTypeScriptTypes(text, { mode: "strip" });
  } finally {
    process.emitWarning = emitWarning;
  }
}
