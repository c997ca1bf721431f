import { HeapError } from "../../errors.ts";
import { compareExchange, exchange, load, notify, pause, wait } from "../atomics.ts";
import { LOCK_CONTENDED, LOCK_OWNER } from "./words.ts";

const SPINS = 100;
/** A sleeper looks again after this long, in case the thread that should have woken it died in between. */
const SLEEP_MS = 20;
const SPINS_PER_CLOCK = 4096;
/** The thread that is to recover the heap asks after this long whether the holder is still alive. */
const ASK_MS = 5;
const GIVE_UP_MS = 10_000;

/** A mutual exclusion lock that knows its holder, so that it can be taken from a dead one. Any thread; not re-entrant. */
export class Lock {
  readonly #i32: Int32Array;
  readonly #word: number;
  readonly #self: number;
  readonly #canBlock: boolean;
  readonly #spins: number;
  /** The thread that started the runtime is told when others die, and calls `recover`: it must not wait for that itself. */
  readonly #mustRecover: boolean;
  /** Called in that thread, now and then while it waits: recovers the heap if it is known that the thread of this slot has ended. */
  onWaiting: (slot: number) => void = () => {};

  constructor(i32: Int32Array, word: number, slot: number, canBlock: boolean, spins = SPINS) {
    this.#i32 = i32;
    this.#word = word;
    this.#self = slot + 1;
    this.#canBlock = canBlock;
    this.#spins = spins;
    this.#mustRecover = slot === 0;
  }

  acquire(): void {
    if (compareExchange(this.#i32, this.#word, 0, this.#self) !== 0) this.#contend();
  }

  /** Only by the holder. */
  release(): void {
    if (exchange(this.#i32, this.#word, 0) & LOCK_CONTENDED) notify(this.#i32, this.#word, 1);
  }

  /** Makes this thread the holder if the thread of `slot`, which must be dead, holds the lock. */
  takeFrom(slot: number): boolean {
    for (;;) {
      const seen = load(this.#i32, this.#word);
      if ((seen & LOCK_OWNER) !== slot + 1) return false;
      if (compareExchange(this.#i32, this.#word, seen, (seen & LOCK_CONTENDED) | this.#self) === seen) return true;
    }
  }

  #contend(): void {
    for (let i = 0; i < this.#spins; i++) {
      pause();
      if (load(this.#i32, this.#word) === 0 && compareExchange(this.#i32, this.#word, 0, this.#self) === 0) return;
    }
    if (this.#canBlock) this.#sleep();
    else this.#spin();
  }

  #sleep(): void {
    const start = performance.now();
    for (;;) {
      const seen = load(this.#i32, this.#word);
      if (seen === 0) {
        if (compareExchange(this.#i32, this.#word, 0, this.#self | LOCK_CONTENDED) === 0) return;
      } else if (seen & LOCK_CONTENDED) {
        wait(this.#i32, this.#word, seen, SLEEP_MS);
      } else if (compareExchange(this.#i32, this.#word, seen, seen | LOCK_CONTENDED) === seen) {
        wait(this.#i32, this.#word, seen | LOCK_CONTENDED, SLEEP_MS);
      }
      if (this.#mustRecover) this.#giveUpIfLate(start);
    }
  }

  #spin(): void {
    const start = performance.now();
    for (let i = 1; ; i++) {
      pause();
      if (load(this.#i32, this.#word) === 0 && compareExchange(this.#i32, this.#word, 0, this.#self) === 0) return;
      if (i % SPINS_PER_CLOCK === 0) this.#giveUpIfLate(start);
    }
  }

  #giveUpIfLate(start: number): void {
    const seen = load(this.#i32, this.#word);
    const waited = performance.now() - start;
    if (seen === 0 || waited < ASK_MS) return;
    if (this.#mustRecover) this.onWaiting((seen & LOCK_OWNER) - 1);
    if (waited < GIVE_UP_MS) return;
    throw new HeapError(
      `The heap has been locked for ${GIVE_UP_MS / 1000} seconds, now by the thread in slot ${(seen & LOCK_OWNER) - 1}: that thread ` +
        "died or stands in a debugger in the middle of an allocation. The heap is usable again once the runtime has " +
        "noticed its death, which needs a turn of this thread's event loop.",
    );
  }
}
