/** Compiles the C++ peers of Task Bench; one that cannot be compiled says which Debian package is missing. */
import { spawnSync } from "node:child_process";
import { compile, type Source } from "../../compile.ts";

export interface Peer {
  readonly name: string;
  readonly what: string;
  /** The program and its arguments up to those of Task Bench, for so many workers; or why there is none. */
  readonly command?: (workers: number) => readonly string[];
  readonly missing?: string;
}

type Recipe = Pick<Source, "name" | "needs" | "package"> & {
  readonly what: string;
  readonly compiler?: "mpicxx";
  readonly flags: () => readonly string[];
  /** Names of the library's constructs that the file uses. */
  readonly constructs: readonly string[];
};

const recipes: readonly Recipe[] = [
  {
    name: "openmp",
    what: "OpenMP tasks with depend",
    needs: "omp.h",
    package: "g++",
    flags: () => ["-fopenmp"],
    constructs: ["parallel", "single", "task", "depend", "iterator", "omp_set_num_threads"],
  },
  {
    name: "tbb",
    what: "oneTBB flow graph",
    needs: "tbb/flow_graph.h",
    package: "libtbb-dev",
    flags: () => ["-ltbb"],
    constructs: ["graph", "continue_node", "continue_msg", "make_edge", "try_put", "wait_for_all", "global_control"],
  },
  {
    name: "starpu",
    what: "StarPU tasks",
    needs: "starpu.h",
    package: "libstarpu-dev",
    flags: starpuFlags,
    constructs: [
      "init",
      "codelet",
      "variable_data_register",
      "data_descr",
      "task_insert",
      "task_wait_for_all",
      "data_unregister",
      "shutdown",
    ],
  },
  {
    name: "mpi",
    what: "MPI, nonblocking",
    compiler: "mpicxx",
    needs: "mpi.h",
    package: "libopenmpi-dev",
    flags: () => [],
    constructs: ["Init", "Comm_rank", "Comm_size", "Irecv", "Isend", "Waitall", "Barrier", "Wtime", "Finalize"],
  },
];

/** StarPU's headers lie in a folder of their own, which only pkg-config knows. */
function starpuFlags(): readonly string[] {
  const { status, stdout } = spawnSync("pkg-config", ["--cflags", "--libs", "starpu-1.3"], { encoding: "utf8" });
  return status === 0 ? stdout.trim().split(/\s+/) : [];
}

export function buildPeers(names: readonly string[] = recipes.map(({ name }) => name)): Peer[] {
  return recipes.filter(({ name }) => names.includes(name)).map(build);
}

const here = (file: string): URL => new URL(file, import.meta.url);

/** The sources, for the table of their sizes. */
export const peerPrograms = recipes.map(({ name, constructs }) => ({ name, constructs, file: here(`${name}.cpp`) }));

function build({ what, flags, ...recipe }: Recipe): Peer {
  const { name } = recipe;
  if (name === "mpi" && spawnSync("mpirun", ["--version"]).status !== 0) {
    return { name, what, missing: "no mpirun: install Debian's package openmpi-bin" };
  }
  const program = compile({
    ...recipe,
    name: `task-bench-${name}`,
    source: here(`${name}.cpp`),
    also: [here("taskbench.hpp")],
    flags: flags(),
  });
  if ("missing" in program) return { name, what, missing: program.missing };
  const { path } = program;
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

if (import.meta.main) {
  for (const { name, what, command, missing } of buildPeers())
    console.log(`${name} (${what}): ${command?.(2).join(" ") ?? missing}`);
}
