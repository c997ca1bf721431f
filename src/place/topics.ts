import type { RemoteName } from "../trace/events.ts";

/** What the communication thread is asked for, see requests.ts. */
export const AskTopic = {
  COPY: 1,
  ATOMIC: 2,
  UPDATE: 3,
  ALLOCATE: 4,
  FREE: 5,
  LOCK: 6,
  UNLOCK: 7,
  COLLECTIVE: 8,
  SPLIT: 9,
  /** Of whyStuck, see stuck.ts. */
  EXPLAIN: 10,
  EXPLAINED: 11,
  WIRE: 12,
  OBJECT: 13,
} as const;

/** How a trace calls what is asked, where it is of interest; what a collective operation is called goes along. */
export const TRACED_AS: Readonly<Record<number, RemoteName | undefined>> = {
  [AskTopic.COPY]: "copy",
  [AskTopic.ATOMIC]: "atomic",
  [AskTopic.UPDATE]: "update",
  [AskTopic.ALLOCATE]: "allocate",
  [AskTopic.FREE]: "free",
  [AskTopic.LOCK]: "lock",
  [AskTopic.COLLECTIVE]: "barrier",
  [AskTopic.SPLIT]: "split",
};
