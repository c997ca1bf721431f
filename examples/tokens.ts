import { readdir, readFile } from "node:fs/promises";
import { extname, join, relative } from "node:path";
import { Parser } from "acorn";
import { mapStream, task } from "heddle";
import { readOptions } from "./lib/options.ts";
import { showProgress } from "./lib/progress.ts";

const usage = `Reads every JavaScript and TypeScript file under a folder, tokenizes it with acorn, and reports totals and the slowest files.

  --dir DIR     where to look (default node_modules)
  --flight N    files in flight at once (default 32)
  --top N       how many slow files to list (default 8)`;

const extensions = new Set([".js", ".ts", ".mjs", ".cjs"]);
export const kinds = ["name", "keyword", "punctuation", "string", "template", "number", "regexp"] as const;
export type Kind = (typeof kinds)[number];

export interface FileReport {
  readonly path: string;
  readonly bytes: number;
  readonly lines: number;
  readonly tokens: Record<Kind, number>;
  readonly milliseconds: number;
  /** Why the tokenizer stopped early: acorn reads JavaScript, and some TypeScript is none. */
  readonly problem?: string;
}

export interface Totals {
  files: number;
  bytes: number;
  lines: number;
  tokens: Record<Kind, number>;
  unreadable: FileReport[];
  slowest: FileReport[];
}

export const tokenizeFile = task(
  import.meta,
  async (path: string): Promise<FileReport> => tokenize(path, await readFile(path, "utf8")),
);

export function tokenize(path: string, text: string): FileReport {
  const begin = performance.now();
  const tokens = noTokens();
  let problem: string | undefined;
  try {
    for (const { type } of Parser.tokenizer(text, { ecmaVersion: "latest", sourceType: "module", allowHashBang: true })) {
      tokens[kindOf(type.label, type.keyword)]++;
    }
  } catch (error) {
    problem = (error as Error).message;
  }
  const milliseconds = performance.now() - begin;
  return { path, bytes: Buffer.byteLength(text), lines: countLines(text), tokens, milliseconds, ...(problem && { problem }) };
}

function kindOf(label: string, keyword: string | undefined): Kind {
  if (keyword) return "keyword";
  switch (label) {
    case "name":
    case "privateId":
      return "name";
    case "num":
      return "number";
    case "string":
    case "template":
    case "regexp":
      return label;
    default:
      return "punctuation";
  }
}

function countLines(text: string): number {
  let lines = text.length > 0 && !text.endsWith("\n") ? 1 : 0;
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) lines++;
  return lines;
}

function noTokens(): Record<Kind, number> {
  return { name: 0, keyword: 0, punctuation: 0, string: 0, template: 0, number: 0, regexp: 0 };
}

/** Paths of the source files under a folder, as they are found. */
export async function* sourceFiles(folder: string): AsyncGenerator<string> {
  const entries = await readdir(folder, { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* sourceFiles(path);
    else if (entry.isFile() && extensions.has(extname(path))) yield path;
  }
}

class Summary {
  readonly totals: Totals = { files: 0, bytes: 0, lines: 0, tokens: noTokens(), unreadable: [], slowest: [] };

  add(report: FileReport): void {
    const { totals } = this;
    totals.files++;
    totals.bytes += report.bytes;
    totals.lines += report.lines;
    for (const kind of kinds) totals.tokens[kind] += report.tokens[kind];
    if (report.problem) totals.unreadable.push(report);
    totals.slowest.push(report);
  }

  finish(top: number): Totals {
    const { totals } = this;
    totals.slowest.sort((a, b) => b.milliseconds - a.milliseconds).splice(top);
    totals.unreadable.sort((a, b) => (a.path < b.path ? -1 : 1));
    return totals;
  }
}

export async function sequential(folder: string, top = 8): Promise<Totals> {
  const summary = new Summary();
  for await (const path of sourceFiles(folder)) summary.add(tokenize(path, await readFile(path, "utf8")));
  return summary.finish(top);
}

export async function parallel(
  folder: string,
  { top = 8, flight = 32, onProgress = (_done: number) => {} } = {},
): Promise<Totals> {
  const summary = new Summary();
  const reports = mapStream(sourceFiles(folder), tokenizeFile, { inFlight: flight, ordered: false });
  for await (const report of reports) {
    summary.add(report);
    onProgress(summary.totals.files);
  }
  return summary.finish(top);
}

export async function main(args: string[]): Promise<void> {
  const options = readOptions(args, usage, { dir: "node_modules", flight: 32, top: 8 });
  if (!options) return;
  const begin = performance.now();
  const progress = showProgress();
  const totals = await parallel(options.dir, { ...options, onProgress: (done) => progress.show(`${done} files`) });
  progress.clear();
  print(totals, options.dir, performance.now() - begin);
}

function print(totals: Totals, folder: string, milliseconds: number): void {
  const count = (value: number) => value.toLocaleString("en-US").padStart(12);
  const all = kinds.reduce((sum, kind) => sum + totals.tokens[kind], 0);
  console.log(`${count(totals.files)} files in ${(milliseconds / 1000).toFixed(2)} s`);
  console.log(`${count(totals.bytes)} bytes\n${count(totals.lines)} lines\n${count(all)} tokens`);
  for (const kind of kinds) console.log(`${count(totals.tokens[kind])}   ${kind}`);
  console.log("slowest");
  for (const { path, bytes, milliseconds: ms } of totals.slowest) {
    console.log(`${ms.toFixed(1).padStart(9)} ms  ${relative(folder, path)} (${(bytes / 1024).toFixed(0)} KiB)`);
  }
  if (totals.unreadable.length === 0) return;
  console.log(`${totals.unreadable.length} files that acorn does not read to the end, most of them TypeScript; the first`);
  for (const { path, problem } of totals.unreadable.slice(0, 3)) console.log(`  ${relative(folder, path)}: ${problem}`);
}
