import { UsageError } from "../errors.ts";

/** Where items come from: anything that `for await` takes. Promises and futures among a plain iterable's items are awaited. */
export type Items<T> = Iterable<T | PromiseLike<T>> | AsyncIterable<T>;

type Step = IteratorResult<unknown, unknown>;

export const isThenable = (it: unknown): it is PromiseLike<unknown> =>
  typeof it === "object" && it !== null && typeof (it as { then?: unknown }).then === "function";

/** Takes items from a source, one at a time, and closes it once. Opens it when the first is taken. */
export class Feed {
  readonly isAsync: boolean;
  readonly #items: object;
  #iterator: Iterator<unknown> | AsyncIterator<unknown> | null = null;
  /** It has no more items, has failed, or was closed. */
  #ended = false;
  #asked = false;

  constructor(items: unknown, name: string) {
    const has = (symbol: symbol): boolean =>
      items !== null && items !== undefined && typeof (items as Record<symbol, unknown>)[symbol] === "function";
    this.isAsync = has(Symbol.asyncIterator);
    if (!this.isAsync && !has(Symbol.iterator)) {
      throw new UsageError(
        `${name}: the source is ${items === null ? "null" : typeof items}; it must be an iterable or an async iterable`,
      );
    }
    this.#items = items as object;
  }

  /** The next step of a source that is not async. */
  step(): Step {
    try {
      const step = this.#next() as Step;
      if (step.done === true) this.#ended = true;
      return step;
    } catch (error) {
      this.#ended = true;
      throw error;
    }
  }

  /** The next step of any source, promises awaited where there are some. */
  stepSoon(): Step | Promise<Step> {
    if (this.isAsync) return this.#stepLater();
    const step = this.step();
    const { value } = step;
    return step.done !== true && isThenable(value) ? Promise.resolve(value).then((it) => ({ done: false, value: it })) : step;
  }

  async #stepLater(): Promise<Step> {
    this.#asked = true;
    try {
      const step = await this.#next();
      if (step.done === true) this.#ended = true;
      return step;
    } catch (error) {
      this.#ended = true;
      throw error;
    } finally {
      this.#asked = false;
    }
  }

  #next(): Step | Promise<Step> {
    this.#iterator ??= this.isAsync
      ? (this.#items as AsyncIterable<unknown>)[Symbol.asyncIterator]()
      : (this.#items as Iterable<unknown>)[Symbol.iterator]();
    return this.#iterator.next();
  }

  /**
   * Tells the source that no more is wanted. Returns a promise where that takes time; throws, or fails, with what the source
   * throws. If an item has been asked for and is not there yet, nobody waits: it may never come.
   */
  close(): undefined | Promise<unknown> {
    if (this.#ended || this.#iterator === null) return undefined;
    this.#ended = true;
    const closing = this.#iterator.return?.();
    if (!isThenable(closing)) return undefined;
    const closed = Promise.resolve(closing);
    if (!this.#asked) return closed;
    closed.catch(() => {});
    return undefined;
  }
}
