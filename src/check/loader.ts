/** Rewrites the program's modules as they are loaded, and those of heddle that touch elements for it. */
import { readFileSync } from "node:fs";
import { createRequire, type LoadFnOutput, registerHooks, stripTypeScriptTypes } from "node:module";
import { fileURLToPath } from "node:url";
import { placeOfUrl } from "../shared/module-place.ts";
import { instrument, type Parser } from "./instrument.ts";
import type { Positions } from "./positions.ts";
import type { Sites } from "./sites.ts";

export interface Unwatched {
  readonly file: string;
  readonly line: number;
  readonly what: string;
}

/** Modules of heddle that read and write the elements of arrays that programs pass. */
const OWN = new URL("../pattern/", import.meta.url).href;
const HEDDLE = new URL("../", import.meta.url).href;

/** Neither heddle nor a package. */
export const isProgram = (url: string): boolean => !url.startsWith(HEDDLE) && !url.includes("/node_modules/");

export function watchModules(sites: Sites, unwatched: Unwatched[], positions: Positions): void {
  const parser = createRequire(import.meta.url)("acorn") as Parser;
  rewriteModules(
    (url) => url.startsWith(OWN) || isProgram(url),
    (source, url, type, written) => {
      const own = url.startsWith(OWN);
      const result = instrument(source, url, parser, sites, type, own, written);
      positions.add(url, source, result.text, result.kept);
      if (!own && placeOfUrl(url) === 0) for (const note of result.notes) unwatched.push({ file: url, ...note });
      return result.text;
    },
    // What cannot be read is loaded as it is: Node says why, if there is something wrong with it.
    (url, error) => {
      if (placeOfUrl(url) === 0)
        unwatched.push({ file: url, line: 0, what: `the module (${error instanceof Error ? error.message : String(error)})` });
    },
  );
}

/** Passes the text of modules, without types and as it was written, through `rewrite`; where that throws, `failed` is told and the module is loaded as it is. */
export function rewriteModules(
  wanted: (url: string) => boolean,
  rewrite: (source: string, url: string, type: "module" | "script", written: string) => string,
  failed: (url: string, error: unknown) => void,
): void {
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      if (!url.startsWith("file:") || !wanted(url)) return loaded;
      const type = /^(module|commonjs)(-typescript)?$/.exec(loaded.format ?? "");
      if (type === null) return loaded;
      const format = type[1] as "module" | "commonjs";
      try {
        const text = textOf(loaded, url);
        const source = type[2] === undefined ? text : withoutTypes(text);
        return { ...loaded, format, source: rewrite(source, url, format === "module" ? "module" : "script", text) };
      } catch (error) {
        failed(url, error);
        return loaded;
      }
    },
  });
}

function textOf({ source }: LoadFnOutput, url: string): string {
  const given = source ?? readFileSync(fileURLToPath(url));
  return typeof given === "string" ? given : new TextDecoder().decode(given);
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
