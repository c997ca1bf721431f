/** Programs in C++ that do the same work: compiled where the compiler and their libraries are, else named with what they need. */
import { execFile, execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Row } from "../benchmark.ts";

export interface Peer {
  /** Of its source in `peers/`. */
  readonly name: string;
  /** A header that must be there, and the Debian package that brings it. */
  readonly needs: string;
  readonly package: string;
  readonly flags: readonly string[];
  /** Headers in `peers/` that it includes. */
  readonly also?: readonly string[];
}

export const openmp = (name: string): Peer => ({ name, needs: "omp.h", package: "libgomp1", flags: ["-fopenmp"] });
export const plain = (name: string): Peer => ({ name, needs: "cstdio", package: "g++", flags: [] });

/** The path of the program, or why there is none. */
export function compile({ name, needs, package: debian, flags, also = [] }: Peer): { path: string } | { missing: string } {
  if (spawnSync("g++", ["--version"]).status !== 0) return { missing: "no g++: install Debian's package g++" };
  const source = here(`peers/${name}.cpp`);
  const path = here(`../build/${name}`);
  if (modified(path) > Math.max(...[source, ...also.map((it) => here(`peers/${it}`))].map(modified))) return { path };
  const probe = spawnSync("g++", ["-fopenmp", "-x", "c++", "-fsyntax-only", "-"], { input: `#include <${needs}>\n` });
  if (probe.status !== 0) return { missing: `no <${needs}>: install Debian's package ${debian}` };
  mkdirSync(here("../build"), { recursive: true });
  execFileSync("g++", ["-O3", "-march=native", "-std=c++17", source, "-o", path, ...flags], { stdio: "pipe" });
  return { path };
}

/** Runs a peer, which prints one line of JSON. The event loop goes on meanwhile, so nothing else should be under way. */
export async function runPeer<F>(path: string, ...args: (number | string)[]): Promise<F> {
  const { stdout } = await promisify(execFile)(path, args.map(String), { encoding: "utf8" });
  return JSON.parse(stdout) as F;
}

/** The row of a peer that could not be compiled. */
export const leftOut = (metric: string, peer: string, missing: string): Row => ({
  metric,
  value: Number.NaN,
  unit: "ms",
  peer,
  note: `left out: ${missing}`,
});

function modified(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function here(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}
