import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

export interface PeerProgram {
  readonly name: string;
  /** Path of the compiled program, or why there is none. */
  readonly path?: string;
  readonly missing?: string;
}

export interface PeerFigures {
  readonly peer: string;
  readonly workers: number;
  readonly n: number;
  readonly seqMs: number;
  readonly parMs: number;
  readonly nsPerTask: number;
}

const peers = [
  { name: "fib-tbb", needs: "tbb/task_group.h", package: "libtbb-dev", flags: ["-ltbb"] },
  { name: "fib-openmp", needs: "omp.h", package: "libgomp1", flags: ["-fopenmp"] },
];

/** Compiles the C++ peers into `bench/build/`; one that cannot be compiled says which Debian package is missing. */
export function buildPeers(): PeerProgram[] {
  if (spawnSync("g++", ["--version"]).status !== 0) {
    return peers.map(({ name }) => ({ name, missing: "no g++: install Debian's package g++" }));
  }
  mkdirSync(here("../build"), { recursive: true });
  return peers.map((peer) => {
    if (!hasHeader(peer.needs)) {
      return { name: peer.name, missing: `no <${peer.needs}>: install Debian's package ${peer.package}` };
    }
    const source = here(`${peer.name}.cpp`);
    const path = here(`../build/${peer.name}`);
    if (modified(path) < Math.max(modified(source), modified(here("fib.hpp")))) {
      execFileSync("g++", ["-O3", "-march=native", "-std=c++17", source, "-o", path, ...peer.flags], { stdio: "pipe" });
    }
    return { name: peer.name, path };
  });
}

export function runPeer(path: string, workers: number, n: number): PeerFigures {
  return JSON.parse(execFileSync(path, [String(workers), String(n)], { encoding: "utf8" })) as PeerFigures;
}

function hasHeader(header: string): boolean {
  const probe = spawnSync("g++", ["-fopenmp", "-x", "c++", "-fsyntax-only", "-"], { input: `#include <${header}>\n` });
  return probe.status === 0;
}

function modified(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function here(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}

if (import.meta.main) {
  for (const { name, path, missing } of buildPeers()) console.log(`${name}: ${path ?? missing}`);
}
