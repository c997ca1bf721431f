/** Compiles the peers in C++ and C where the compiler and their libraries are; elsewhere says which Debian package brings what is missing. */
import { spawnSync } from "node:child_process";
import { mkdirSync, renameSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

export interface Source {
  /** Of the program, in `bench/build/`. */
  readonly name: string;
  readonly source: URL;
  /** Headers of this project that it includes. */
  readonly also?: readonly URL[];
  readonly compiler?: "g++" | "mpicxx" | "mpicc";
  /** A header that must be there, and the Debian package that brings it. */
  readonly needs: string;
  readonly package: string;
  readonly flags: readonly string[];
}

export type Program = { readonly path: string } | { readonly missing: string };

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export function compile({ name, source, also = [], compiler = "g++", needs, package: debian, flags }: Source): Program {
  const found = spawnSync(compiler, ["--version"]).status === 0;
  if (!found) return { missing: `no ${compiler}: install Debian's package ${compiler === "g++" ? "g++" : debian}` };
  const path = here(`./build/${name}`);
  if (modified(path) > Math.max(...[source, ...also].map((it) => modified(fileURLToPath(it))))) return { path };
  const [language, standard] = compiler === "mpicc" ? ["c", "c11"] : ["c++", "c++17"];
  const includes = flags.filter((it) => /^-[If]/.test(it));
  const probe = spawnSync(compiler, [...includes, "-x", language, "-fsyntax-only", "-"], { input: `#include <${needs}>\n` });
  if (probe.status !== 0) return { missing: `no <${needs}>: install Debian's package ${debian}` };
  mkdirSync(here("./build"), { recursive: true });
  // Another process may be compiling or running the same program.
  const made = `${path}.${process.pid}`;
  const options = ["-O3", "-march=native", `-std=${standard}`, fileURLToPath(source), "-o", made, ...flags];
  const { status, stderr } = spawnSync(compiler, options, { encoding: "utf8" });
  if (status !== 0) return { missing: `${compiler} does not compile it: ${firstError(stderr)}` };
  renameSync(made, path);
  return { path };
}

const firstError = (output: string): string =>
  output.split("\n").find((line) => /error|undefined|cannot find/.test(line)) ?? output.split("\n")[0]!;

function modified(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
