/** A facade as a user of heddle/testing would write it. */
export const { load, store } = Atomics;
