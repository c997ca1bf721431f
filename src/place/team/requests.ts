/** How collective operations are asked for, by the threads of a place. */
import type { Reader, Writer } from "../../net/wire.ts";
import type { Team } from "../protocol/members.ts";

export const OPERATIONS = [
  "barrier",
  "broadcast",
  "gather",
  "allGather",
  "scatter",
  "reduce",
  "allReduce",
  "scan",
  "allToAll",
] as const;
export type OperationName = (typeof OPERATIONS)[number];

export function writeTeam(body: Writer, { id, members }: Team): void {
  body.u32(id).u32(members.length);
  for (const member of members) body.u32(member);
}

export function readTeam(body: Reader): Team {
  const id = body.u32();
  return { id, members: Array.from({ length: body.u32() }, () => body.u32()) };
}
