/** States of a future. From DONE on it is settled for good. */
export const State = {
  /** In the private deque of this thread; nobody else knows of it. */
  PRIVATE: 0,
  /** Its body is on this thread's stack. */
  RUNNING: 1,
  /** Its body waits for something, off the stack. */
  SUSPENDED: 2,
  /** Promoted: the result comes by mail. */
  SHARED: 3,
  /** No task computes it (yet): a promise, or dataflow that waits for its inputs. */
  PROMISED: 4,
  DONE: 5,
  FAILED: 6,
  /** Who waits has been told. The body may still be on its way out; its children no longer start. */
  CANCELLED: 7,
} as const;
