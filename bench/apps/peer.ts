/** Programs in C++ that do the same work as an application. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Row } from "../benchmark.ts";
import * as compiler from "../compile.ts";

export interface Peer extends Pick<compiler.Source, "name" | "needs" | "package" | "flags"> {
  /** Headers in `peers/` that it includes. */
  readonly also?: readonly string[];
}

export const openmp = (name: string): Peer => ({ name, needs: "omp.h", package: "g++", flags: ["-fopenmp"] });
export const plain = (name: string): Peer => ({ name, needs: "cstdio", package: "g++", flags: [] });

/** Compiles `peers/NAME.cpp`. */
export function compile({ also = [], ...peer }: Peer): compiler.Program {
  const here = (file: string) => new URL(`peers/${file}`, import.meta.url);
  return compiler.compile({ ...peer, source: here(`${peer.name}.cpp`), also: also.map(here) });
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
