import { execFileSync } from "node:child_process";
import { compile } from "../compile.ts";

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
  { name: "fib-openmp", needs: "omp.h", package: "g++", flags: ["-fopenmp"] },
];

/** Compiles the C++ peers; one that cannot be compiled says which Debian package is missing. */
export function buildPeers(): PeerProgram[] {
  const fib = new URL("fib.hpp", import.meta.url);
  return peers.map((peer) => ({
    name: peer.name,
    ...compile({ ...peer, source: new URL(`${peer.name}.cpp`, import.meta.url), also: [fib] }),
  }));
}

export function runPeer(path: string, workers: number, n: number): PeerFigures {
  return JSON.parse(execFileSync(path, [String(workers), String(n)], { encoding: "utf8" })) as PeerFigures;
}

if (import.meta.main) {
  for (const { name, path, missing } of buildPeers()) console.log(`${name}: ${path ?? missing}`);
}
