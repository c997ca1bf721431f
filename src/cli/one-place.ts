import { detectLaunch } from "../net/mpi/launcher.ts";
import { CommandError, EXIT } from "./exit-codes.ts";

/**
 * Says that a command knows one place, where a launcher has started several processes or `places` asks for more: once, by the first of them; the others end
 * without a word.
 */
export function refuseSeveral(what: string, places = 1): void {
  const launch = detectLaunch();
  const several = Math.max(places, launch?.size ?? 1);
  if (several === 1) return;
  if (launch !== undefined && launch.rank > 0) process.exit(EXIT.ok); // else the launcher might end the first one before it has spoken
  throw new CommandError(what);
}
