/** How long the communication thread looks on, without sleep, after something has happened. See README.md, "Threads". */

/** Milliseconds. */
const LONGEST = 0.1;
/** After a time in vain so many occasions are let go by, then twice as many, and so on up to this. */
const MOST_SKIPPED = 63;

export class Lingering {
  readonly #giveWay: () => void;
  readonly #now: () => number;
  /** Until when it looks on; 0 when it does not. */
  #until = 0;
  #looked = false;
  #skipped = 0;
  #toSkip = 0;

  /** `giveWay` lets another thread run that wants this core. */
  constructor(giveWay: () => void, now: () => number) {
    this.#giveWay = giveWay;
    this.#now = now;
  }

  /** Something has happened. */
  moved(): void {
    if (this.#looked) this.#skipped = 0; // what it looked for has come
    this.#looked = false;
    this.#until = this.#toSkip > 0 ? 0 : this.#now() + LONGEST;
    if (this.#toSkip > 0) this.#toSkip--;
  }

  /** Nothing has happened: true, after giving way to others, when it is to look again rather than sleep. */
  looksOn(): boolean {
    if (this.#until === 0) return false;
    if (this.#now() > this.#until) {
      this.#until = 0;
      this.#looked = false;
      this.#toSkip = this.#skipped = Math.min(MOST_SKIPPED, 2 * this.#skipped + 1);
      return false;
    }
    this.#looked = true;
    this.#giveWay();
    return true;
  }
}

/** Where nobody can give way. */
export const NO_LINGERING: Pick<Lingering, "moved" | "looksOn"> = { moved() {}, looksOn: () => false };
