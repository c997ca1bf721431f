import { detectLaunch } from "../net/mpi/launcher.ts";
import { CommandError, EXIT } from "./exit-codes.ts";

/**
 * Refuses to run: once, by the first of the processes that a launcher may have started. The others end without a word; else the launcher might end
 * the first one before it has spoken.
 */
export function refuse(why: string): never {
  if ((detectLaunch()?.rank ?? 0) > 0) process.exit(EXIT.ok);
  throw new CommandError(why);
}

/** Says that a command runs in one process, where a launcher has started several. */
export function refuseSeveral(why: string): void {
  if ((detectLaunch()?.size ?? 1) > 1) refuse(why);
}
