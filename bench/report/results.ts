/** The file in which a report keeps every section that has been measured, so that an interrupted run can go on. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { type Machine, machine } from "../machine.ts";
import { type Tool, versions } from "./versions.ts";

export interface SectionResult {
  readonly command: string;
  /** When it ended, as an ISO 8601 date and time. */
  readonly ended: string;
  readonly seconds: number;
  /** What the program printed. */
  readonly value: unknown;
}

export interface Results {
  readonly format: 1;
  readonly quick: boolean;
  readonly started: string;
  /** Of the sources, with a plus where files other than documents had been changed. */
  readonly commit: string;
  readonly machine: Machine;
  readonly versions: readonly Tool[];
  /** Names of the sections that were asked for. */
  readonly planned: readonly string[];
  readonly sections: Record<string, SectionResult>;
}

export function newResults(quick: boolean, planned: readonly string[]): Results {
  const started = new Date().toISOString();
  return { format: 1, quick, started, commit: commit(), machine: machine(), versions: versions(), planned, sections: {} };
}

/** @throws Error when the file is something else. */
export function load(file: string): Results | undefined {
  if (!existsSync(file)) return undefined;
  const results = JSON.parse(readFileSync(file, "utf8")) as Results;
  if (results.format !== 1) throw new Error(`${file} does not hold the results of a report.`);
  return results;
}

/** Writes the whole file or, if the program is killed meanwhile, leaves the old one. */
export function save(file: string, results: Results): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, `${JSON.stringify(results, null, 1)}\n`);
  renameSync(`${file}.new`, file);
}

export function commit(): string {
  const git = (...args: string[]): string =>
    execFileSync("git", args, {
      cwd: fileURLToPath(new URL("../..", import.meta.url)),
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  try {
    return (
      git("rev-parse", "--short", "HEAD") +
      (git("status", "--porcelain", "--untracked-files=no", "--", ".", ":!*.md", ":!docs") === "" ? "" : "+")
    );
  } catch {
    return "unknown";
  }
}
