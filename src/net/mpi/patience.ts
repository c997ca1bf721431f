/** How long the communication thread sleeps between polls that find nothing: not at all at first, then longer and longer. */

/** Polls before the first sleep. */
const SPINS = 50;
/** Milliseconds. */
const SHORTEST = 0.01;
const LONGEST = 1;
/** After so many polls without anything, about a second, sleeps are this long. */
const QUIET = 1000;
const LONGEST_IN_QUIET = 4;
/** While a transfer needs this place's polls to get on. */
const LONGEST_IN_TRANSFER = 0.1;

export class Patience {
  readonly #spins: number;
  #idle = 0;

  constructor(oversubscribed: boolean) {
    this.#spins = oversubscribed ? 1 : SPINS;
  }

  polled(progress: boolean): void {
    this.#idle = progress ? 0 : this.#idle + 1;
  }

  /** Something has been sent: an answer may come soon. */
  hope(): void {
    this.#idle = 0;
  }

  rest(inTransfer: boolean): number {
    const over = this.#idle - this.#spins;
    if (over < 0) return 0;
    const longest = inTransfer ? LONGEST_IN_TRANSFER : over > QUIET ? LONGEST_IN_QUIET : LONGEST;
    return Math.min(longest, SHORTEST * 2 ** Math.min(over >> 2, 10));
  }
}
