/** The types of the records that communication threads send each other. What lies in each is drawn in README.md. */
export const Record = {
  /** Numbers of functions: what the place that sends this calls them. */
  FUNCTIONS: 1,
  SPAWN: 2,
  RESULT: 3,
  /** All below a task has ended. */
  END: 4,
  CANCEL: 5,
  /** Something below a task has failed. */
  FAILED: 6,
  /** After a loss: this place has nothing more to do. */
  LEAVING: 7,
  /** The value of a future is wanted. */
  FUTURE_ASK: 8,
  FUTURE_VALUE: 9,
  FUTURE_PUT: 10,
  FUTURE_CANCEL: 11,
  /** The place holds a future once less. */
  FUTURE_RELEASE: 12,
  /** A promise was put that had been settled before. */
  FUTURE_TOO_LATE: 13,
  /** Tasks for anywhere exist: idle places may look for them. */
  ANYWHERE: 14,
  /** What time is it there? See clocks.ts. */
  CLOCK: 15,
  /** Who waits for what there? See stuck.ts. */
  EXPLAIN: 16,
  EXPLAINED: 17,
  /** A call of an object comes back to its place: the object is elsewhere. */
  RETURNED: 18,
  /** Between the onlookers of two places, see relay.ts. */
  RELAY: 19,
  /** Of one-sided memory, see memory/service.ts; MEMORY_KINDS of them. */
  MEMORY: 32,
  /** Of the protocols; their numbers are added. */
  PROTOCOL: 64,
} as const;

/** Which protocol a record belongs to, see `Group.mount`. */
export const ProtocolNumber = {
  /** When everything has ended everywhere; scope JOB is the whole program. */
  TERMINATION: 0,
  COLLECTIVES: 1,
  STEALING: 2,
  LOCKS: 3,
  /** Of objects that move. */
  DIRECTORY: 4,
  PHASERS: 5,
} as const;

/** The scope of `Termination` that holds all tasks of the program. */
export const JOB = 0;
