import { existsSync } from "node:fs";
import { join } from "node:path";
import { MAX_MEMORY_BYTES } from "../shared/memory.ts";
import type { Machine } from "./machine.ts";
import { onPath } from "./path.ts";
import { bytes } from "./text.ts";

/** Something that is not there, what it would serve, and how to get it. */
export interface Missing {
  readonly what: string;
  readonly for: string;
  readonly get: string;
}

/** What this Node and this system lack; in a development checkout also the tools of benchmarks and tests. */
export function findMissing({ features, mpi }: Pick<Machine, "features" | "mpi">): Missing[] {
  const missing: Missing[] = [];
  const need = (present: boolean, what: string, purpose: string, get: string) => {
    if (!present) missing.push({ what, for: purpose, get });
  };
  const node = (version: number) => `Node ${version} or newer: npm install --save-dev node@${version}`;

  need(
    features.reservableMemory >= MAX_MEMORY_BYTES,
    "4 GiB of address space",
    `a heap of 4 GiB (here: ${bytes(features.reservableMemory)})`,
    "lift the limit on virtual memory: ulimit -v unlimited",
  );
  need(features.atomicsWaitAsync, "Atomics.waitAsync", "waiting on the main thread", node(22));
  need(features.wasmSimd, "WebAssembly SIMD", "SIMD kernels in wasm tasks", "a processor with SSE4.1 or NEON");
  need(features.typeStripping, "type stripping", "running .ts files", node(24));
  need(features.atomicsPause, "Atomics.pause", "idle workers that spin at lower power", node(24));
  need(features.float16Array, "Float16Array", "shared.float16", node(24));
  need(features.importMetaMain, "import.meta.main", "guards in programs that run under plain node", node(24));

  need(mpi.koffi !== undefined, "koffi", "places over MPI", "npm install koffi");
  // Without koffi nobody knows whether there is a library.
  need(mpi.koffi === undefined || mpi.library !== undefined, "an MPI library", "places over MPI", install("libopenmpi3"));
  need(mpi.launcher, "mpirun", "starting places over MPI", install("openmpi-bin"));

  if (isCheckout()) {
    need(onPath("mpicc"), "mpicc", "the MPI peers in npm run bench -- places", install("libopenmpi-dev"));
    need(onPath("g++"), "g++", "the C++ peers in npm run bench", install("g++"));
    need(hasHeader("tbb/task_group.h"), "oneTBB", "the oneTBB peer in npm run bench", install("libtbb-dev"));
    need(onPath("chromium", "chromium-browser", "google-chrome"), "Chromium", "the browser test", install("chromium"));
  }
  return missing;
}

const isCheckout = (): boolean => existsSync(new URL("../cli/main.ts", import.meta.url));

const hasHeader = (header: string): boolean =>
  ["/usr/include", "/usr/local/include", "/opt/homebrew/include"].some((folder) => existsSync(join(folder, header)));

const OPEN_MPI = Object.fromEntries(["libopenmpi3", "openmpi-bin", "libopenmpi-dev"].map((it) => [it, "brew install open-mpi"]));
const MAC: Record<string, string> = { "g++": "xcode-select --install", "libtbb-dev": "brew install tbb", ...OPEN_MPI };

function install(debianName: string): string {
  if (process.platform === "darwin") return MAC[debianName] ?? `brew install --cask ${debianName}`;
  return onPath("apt-get") ? `sudo apt-get install ${debianName}` : `your system's package for Debian's ${debianName}`;
}
