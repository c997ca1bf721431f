/** How long the communication thread sleeps between polls that find nothing: not at all at first, then longer and longer. */

/** So often it does not sleep at first. */
const SPINS = 50;
/** Milliseconds. */
const SHORTEST = 0.01;
const LONGEST = 1;
/** After so many sleeps without anything, about a second, they are this long. */
const QUIET = 1000;
const LONGEST_IN_QUIET = 4;
/** While a transfer needs this place's polls to get on. */
const LONGEST_IN_TRANSFER = 0.1;

export class Patience {
  readonly #spins: number;
  /** How often in a row it was asked, and nothing had come. */
  #idle = 0;

  constructor(oversubscribed: boolean) {
    this.#spins = oversubscribed ? 1 : SPINS;
  }

  polled(progress: boolean): void {
    if (progress) this.#idle = 0;
  }

  /** Something has been sent: an answer may come soon. */
  hope(): void {
    this.#idle = 0;
  }

  rest(inTransfer: boolean): number {
    const over = this.#idle++ - this.#spins;
    if (over < 0) return 0;
    const longest = inTransfer ? LONGEST_IN_TRANSFER : over > QUIET ? LONGEST_IN_QUIET : LONGEST;
    return Math.min(longest, SHORTEST * 2 ** Math.min(over >> 2, 10));
  }
}
