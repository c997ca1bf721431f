/**
 * The threads of a simulated machine by their numbers: 0 is the main thread of place 0, then come the workers of all places, and behind them the
 * main threads of the other places. A main thread runs nothing but its main strand.
 */
export class Threads {
  readonly #workers: number;
  readonly #places: number;
  readonly count: number;
  /** Groups of workers that steal of each other: the places of a program that ran on several, else all workers are one group. */
  readonly domains: number;

  /** `mains`: how many places the program had; `places`: over how many the workers are spread. */
  constructor(workers: number, places: number, mains: number) {
    this.#workers = workers;
    this.#places = places;
    this.count = workers + Math.max(1, mains);
    this.domains = mains > 1 ? places : 1;
  }

  mainOf(place: number): number {
    return place === 0 ? 0 : this.#workers + place;
  }

  isWorker(thread: number): boolean {
    return thread > 0 && thread <= this.#workers;
  }

  placeOf(thread: number): number {
    if (thread === 0 || this.#places === 1) return 0;
    if (!this.isWorker(thread)) return thread - this.#workers;
    return Math.floor(((thread - 1) * this.#places) / this.#workers);
  }

  domainOf(thread: number): number {
    return this.domains === 1 ? 0 : this.placeOf(thread);
  }
}
