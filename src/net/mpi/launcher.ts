import type { Family } from "./abi.ts";

/** What a launcher of MPI jobs has told this process. */
export interface Launch {
  /** The library whose launcher it was; undefined where it serves several. */
  readonly family: Family | undefined;
  /** As far as the launcher says; MPI itself knows better. */
  readonly rank: number;
  readonly size: number;
}

interface Launcher {
  readonly family: Family | undefined;
  readonly rank: string;
  readonly size: string;
}

const LAUNCHERS: readonly Launcher[] = [
  { family: "openmpi", rank: "OMPI_COMM_WORLD_RANK", size: "OMPI_COMM_WORLD_SIZE" },
  { family: "mpich", rank: "PMI_RANK", size: "PMI_SIZE" },
  // Slurm's srun --mpi=pmix, which Open MPI understands.
  { family: "openmpi", rank: "PMIX_RANK", size: "SLURM_NTASKS" },
];

/** The MPI job that this process belongs to, by its environment; undefined when it was started in another way. */
export function detectLaunch(environment: NodeJS.ProcessEnv = process.env): Launch | undefined {
  for (const { family, rank, size } of LAUNCHERS) {
    const [mine, all] = [Number(environment[rank] ?? NaN), Number(environment[size] ?? NaN)];
    if (Number.isInteger(mine) && Number.isInteger(all) && mine >= 0 && all > mine) return { family, rank: mine, size: all };
  }
  return undefined;
}
