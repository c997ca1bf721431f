import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { MAX_SLOTS } from "../shared/layout.ts";
import { CommandError } from "./exit-codes.ts";

/** Whether the workers and communication threads of the places that share these cores are more than the cores. */
export const isCrowded = (sharing: number, workers: number): boolean =>
  sharing > 1 && sharing * (workers + 1) > availableParallelism();

/** How many workers a place has: as HEDDLE_WORKERS says, or its share of the cores that this process may use. `sharing` places use these cores. */
export function workersOfPlace(sharing: number): number {
  const setting = process.env.HEDDLE_WORKERS;
  if (setting === undefined || setting === "") return Math.max(1, Math.floor(availableParallelism() / sharing));
  const workers = Number(setting);
  if (Number.isInteger(workers) && workers >= 1 && workers <= MAX_SLOTS - 2) return workers;
  throw new CommandError(`Each place needs workers: from 1 to ${MAX_SLOTS - 2}, not ${setting}.`);
}

/** The process that started the ranks of an MPI job on this machine, by its name. */
const LAUNCHERS = /^(mpirun|mpiexec|orterun|orted|prterun|prted|hydra_pmi_proxy|mpiexec\.hydra)$/;
const MOST_ANCESTORS = 8;

/**
 * How many of the ranks on this machine use the cores that this process may use: all, or where the launcher has bound each to a part of its own cores, those of
 * the same part. `status` gives the text of /proc/PID/status.
 */
export function ranksOnMyCores(ranks = ranksHere(), status = readStatus, pid = process.pid): number {
  const own = status(pid);
  if (own === undefined) return ranks;
  let parent = Number(field(own, "PPid"));
  for (let i = 0; i < MOST_ANCESTORS && parent > 1; i++) {
    const it = status(parent);
    if (it === undefined) break;
    if (LAUNCHERS.test(field(it, "Name"))) {
      const bound = coresIn(field(own, "Cpus_allowed_list")) / coresIn(field(it, "Cpus_allowed_list"));
      return bound > 0 && bound < 1 ? Math.max(1, Math.round(ranks * bound)) : ranks;
    }
    parent = Number(field(it, "PPid"));
  }
  return ranks;
}

/** How many ranks of the job are on this machine. */
function ranksHere(): number {
  for (const name of ["OMPI_COMM_WORLD_LOCAL_SIZE", "MPI_LOCALNRANKS", "SLURM_NTASKS_PER_NODE"]) {
    const ranks = Number(process.env[name] ?? Number.NaN);
    if (Number.isInteger(ranks) && ranks > 0) return ranks;
  }
  return 1;
}

function readStatus(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/status`, "utf8");
  } catch {
    return undefined; // no Linux, or a process of somebody else
  }
}

const field = (status: string, name: string): string => new RegExp(`^${name}:\\s*(.*)$`, "m").exec(status)?.[1] ?? "";

/** Of a list as "0-3,8". */
function coresIn(list: string): number {
  let count = 0;
  for (const piece of list.split(",")) {
    const [first, last = first] = piece.split("-").map(Number);
    count += last! - first! + 1;
  }
  return count;
}
