/** Collective operations by their names. */
import type { Collectives, Combine, Elements } from "../protocol/collectives.ts";
import type { Team } from "../protocol/members.ts";
import type { Ended } from "../protocol/operation.ts";
import type { Purpose } from "../protocol/titles.ts";
import type { OperationName } from "./requests.ts";

/** Any operation, on parts: a list of byte strings, or none. */
export function perform(
  collectives: Collectives,
  team: Team,
  { name, purpose }: { readonly name: OperationName; readonly purpose?: Purpose | undefined },
  root: number,
  parts: Uint8Array[] | null,
  { combine, elements }: { readonly combine: Combine; readonly elements: Elements },
  ended: Ended<Uint8Array[] | null>,
): void {
  const own = parts?.[0] ?? new Uint8Array(0);
  const one: Ended<Uint8Array | null> = (error, part) => ended(error, part == null ? null : [part]);
  switch (name) {
    case "barrier":
      return collectives.barrier(team, (error) => ended(error, null), purpose);
    case "broadcast":
      return collectives.broadcast(team, root, own, one, purpose);
    case "gather":
      return collectives.gather(team, root, own, ended, purpose);
    case "allGather":
      return collectives.allGather(team, own, ended, purpose);
    case "scatter":
      return collectives.scatter(team, root, parts, one);
    case "reduce":
      return collectives.reduce(team, root, own, combine, one, elements);
    case "allReduce":
      return collectives.allReduce(team, own, combine, one, elements);
    case "scan":
      return collectives.scan(team, own, combine, one, elements);
    case "allToAll":
      return collectives.allToAll(team, parts ?? [], ended);
  }
}
