/** Where collective operations meet in serial mode over several places. What runs them, meeting.ts, is loaded there alone. */
import type { Future } from "../../sched/core.ts";
import type { Combination } from "../protocol/combine.ts";
import type { Team } from "../protocol/members.ts";
import type { Purpose } from "../protocol/titles.ts";
import type { OperationName } from "./requests.ts";

/** One member's call. */
export interface SerialCall {
  readonly team: Team;
  readonly name: OperationName;
  /** What it is a part of. */
  readonly purpose: Purpose | undefined;
  readonly root: number;
  readonly parts: Uint8Array[] | null;
  readonly kind: number;
  readonly combination: Combination;
}

export interface SerialMeeting {
  perform<R>(call: SerialCall, then: (parts: Uint8Array[]) => R): Future<R>;
  split<R>(team: Team, colour: number, key: number, then: (its: Team | null) => R): Future<R>;
}

let meeting: SerialMeeting | null = null;

export function setMeeting(it: SerialMeeting): void {
  meeting = it;
}

export const theMeeting = (): SerialMeeting => meeting!;
