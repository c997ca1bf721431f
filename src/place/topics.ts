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
  OBJECT: 10,
} as const;
