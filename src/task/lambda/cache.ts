const LIMIT = 1000;

/**
 * Remembers by source text. A program has as many texts as it has lambdas; the limit is for programs that generate code.
 * At the limit the oldest entry goes.
 */
export class SourceCache<T> {
  readonly #entries = new Map<string, T>();

  get(source: string): T | undefined {
    return this.#entries.get(source);
  }

  set(source: string, value: T): void {
    if (this.#entries.size >= LIMIT) this.#entries.delete(this.#entries.keys().next().value!);
    this.#entries.set(source, value);
  }
}
