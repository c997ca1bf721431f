/** Numbers of 32 bits that look random (xorshift: Marsaglia, 2003), the same for the same seed. */
export class Random {
  #state: number;

  /** `seed`: not 0. */
  constructor(seed: number) {
    this.#state = seed;
  }

  below(limit: number): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) % limit;
  }
}
