import { type Control, Table } from "./control.ts";

/** A short spin hands over in well under a microsecond where two cores are free, and costs little where they are not. */
const SPINS = 200;

/** Lets `thread` run. The caller must not touch the control words again before it has taken the baton back. */
export function passBaton(control: Control, thread: number): void {
  Atomics.store(control.words, Table.BATON + thread, 1);
  Atomics.notify(control.words, Table.BATON + thread, 1);
}

/** Blocks until somebody passes the baton to `thread`. */
export function takeBaton(control: Control, thread: number): void {
  const word = Table.BATON + thread;
  for (let i = 0; i < SPINS && Atomics.load(control.words, word) === 0; i++);
  while (Atomics.load(control.words, word) === 0) Atomics.wait(control.words, word, 0);
  Atomics.store(control.words, word, 0);
}
