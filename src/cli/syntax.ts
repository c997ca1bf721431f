/** Where a program has a syntax error that Node does not place: Node keeps that to itself when an import fails and the error is caught. */
import { existsSync, readFileSync } from "node:fs";
import { createRequire, stripTypeScriptTypes } from "node:module";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** So many files are looked at. */
const MOST_FILES = 200;

interface SyntaxAt {
  readonly file: string;
  readonly line: number;
  /** The line, and below it a mark. */
  readonly excerpt: string;
}

interface Parser {
  parse(code: string, options: object): { readonly body: readonly { readonly source?: { readonly value?: unknown } | null }[] };
}

/** The first syntax error in a program or in what it imports by relative paths. */
export function syntaxErrorIn(program: string): SyntaxAt | undefined {
  const acorn = createRequire(import.meta.url)("acorn") as Parser;
  const files = [program];
  for (let i = 0; i < files.length && i < MOST_FILES; i++) {
    const file = files[i]!;
    if (!existsSync(file)) continue;
    const text = readFileSync(file, "utf8");
    try {
      const code = /\.[mc]?ts$/.test(file) ? stripped(text) : text;
      for (const { source } of acorn.parse(code, { ecmaVersion: newest(), sourceType: "module" }).body) {
        const path = typeof source?.value === "string" && /^\.{0,2}\/|^file:/.test(source.value) ? source.value : undefined;
        if (path === undefined) continue;
        const target = path.startsWith("file:") ? fileURLToPath(path) : resolve(dirname(file), path);
        if (!files.includes(target)) files.push(target);
      }
    } catch (error) {
      const { loc } = error as { readonly loc?: { readonly line: number; readonly column: number } };
      if (loc === undefined) return undefined; // not acorn's
      const line = text.split("\n")[loc.line - 1] ?? "";
      return { file, line: loc.line, excerpt: `${line}\n${line.slice(0, loc.column).replace(/\S/g, " ")}^` };
    }
  }
  return undefined;
}

/** `using` is newer than the oldest Node that heddle runs on. */
const hasUsing = Number(process.versions.node.split(".")[0]) >= 24;
const newest = (): "latest" | number => (hasUsing ? "latest" : 2025);

function stripped(text: string): string {
  const { emitWarning } = process;
  process.emitWarning = () => {}; // that stripTypeScriptTypes is experimental
  try {
    return stripTypeScriptTypes(text);
  } finally {
    process.emitWarning = emitWarning;
  }
}
