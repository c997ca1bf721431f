/** Compiles the C++ peers of Task Bench into `bench/build/`; one that cannot be compiled says which Debian package is missing. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

export interface Peer {
  readonly name: string;
  readonly what: string;
  /** The program and its arguments up to those of Task Bench, for so many workers; or why there is none. */
  readonly command?: (workers: number) => readonly string[];
  readonly missing?: string;
}

interface Recipe {
  readonly name: string;
  readonly what: string;
  readonly compiler: string;
  readonly header: string;
  readonly package: string;
  readonly flags: () => readonly string[];
}

const recipes: readonly Recipe[] = [
  {
    name: "openmp",
    what: "OpenMP tasks with depend",
    compiler: "g++",
    header: "omp.h",
    package: "g++",
    flags: () => ["-fopenmp"],
  },
  {
    name: "tbb",
    what: "oneTBB flow graph",
    compiler: "g++",
    header: "tbb/flow_graph.h",
    package: "libtbb-dev",
    flags: () => ["-ltbb"],
  },
  { name: "starpu", what: "StarPU tasks", compiler: "g++", header: "starpu.h", package: "libstarpu-dev", flags: starpuFlags },
  { name: "mpi", what: "MPI, nonblocking", compiler: "mpicxx", header: "mpi.h", package: "libopenmpi-dev", flags: () => [] },
];

/** StarPU's headers lie in a folder of their own, which only pkg-config knows. */
function starpuFlags(): readonly string[] {
  const { status, stdout } = spawnSync("pkg-config", ["--cflags", "--libs", "starpu-1.3"], { encoding: "utf8" });
  return status === 0 ? stdout.trim().split(/\s+/) : [];
}

export function buildPeers(names: readonly string[] = recipes.map(({ name }) => name)): Peer[] {
  return recipes.filter(({ name }) => names.includes(name)).map(build);
}

function build({ name, what, compiler, header, package: debian, flags }: Recipe): Peer {
  if (spawnSync(compiler, ["--version"]).status !== 0) {
    return { name, what, missing: `no ${compiler}: install Debian's package ${compiler === "g++" ? "g++" : debian}` };
  }
  const options = flags();
  const includes = options.filter((it) => /^-[If]/.test(it));
  const probe = spawnSync(compiler, [...includes, "-x", "c++", "-fsyntax-only", "-"], { input: `#include <${header}>\n` });
  if (probe.status !== 0) return { name, what, missing: `no <${header}>: install Debian's package ${debian}` };
  if (name === "mpi" && spawnSync("mpirun", ["--version"]).status !== 0) {
    return { name, what, missing: "no mpirun: install Debian's package openmpi-bin" };
  }
  mkdirSync(here("../../build"), { recursive: true });
  const source = here(`${name}.cpp`);
  const path = here(`../../build/task-bench-${name}`);
  if (modified(path) < Math.max(modified(source), modified(here("taskbench.hpp")))) {
    execFileSync(compiler, ["-O3", "-march=native", "-std=c++17", source, "-o", path, ...options], { stdio: "pipe" });
  }
  return {
    name,
    what,
    command: (workers) => (name === "mpi" ? ["mpirun", "-n", String(workers), path] : [path, "-workers", String(workers)]),
  };
}

/** What the peers' runtimes are told: threads that wait spin, as heddle's do for a short while, and nothing is printed. */
export const peerEnvironment: Readonly<Record<string, string>> = {
  OMP_WAIT_POLICY: "active",
  STARPU_SILENT: "1",
  OMPI_ALLOW_RUN_AS_ROOT: "1",
  OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: "1",
  OMPI_MCA_rmaps_base_oversubscribe: "1",
};

function modified(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function here(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}

if (import.meta.main) {
  for (const { name, what, command, missing } of buildPeers())
    console.log(`${name} (${what}): ${command?.(2).join(" ") ?? missing}`);
}
