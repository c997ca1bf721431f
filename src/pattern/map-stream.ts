import { CancelledError, UsageError } from "../errors.ts";
import { runningTask } from "../sched/core.ts";
import { Body } from "../sched/definition.ts";
import { type Past, watch } from "../sched/watch.ts";
import type { ResultOf } from "../task/task.ts";
import { Feed, type Items } from "./feed.ts";
import { Flow, type FlowOptions, flowStage } from "./flow.ts";

export interface MapStreamOptions extends FlowOptions {
  /** Results in the order of the items (default), or as they come. */
  readonly ordered?: boolean;
}

interface Asking<R> {
  readonly resolve: (step: IteratorResult<R, undefined>) => void;
  readonly reject: (error: unknown) => void;
  readonly heard: ((past: Past) => void) | undefined;
}

/** The results of `mapStream`: for one `for await`, or one `collect`. Nothing happens before the first result is asked for. */
export class MapStream<R> implements AsyncIterableIterator<R, undefined>, AsyncDisposable {
  readonly #flow: Flow;
  readonly #ordered: boolean;
  /** Results that nobody has asked for: by the item's number, or in the order in which they came. */
  readonly #ready = new Map<number, R>();
  readonly #pasts = new Map<number, Past>();
  #arrived = 0;
  #given = 0;
  #asking: Asking<R>[] = [];
  #started = false;
  #ended = false;
  #failure: { readonly error: unknown } | null = null;

  /** @internal */
  constructor(makeFlow: (sink: MapStream<R>) => Flow, ordered: boolean) {
    this.#flow = makeFlow(this);
    this.#ordered = ordered;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** The next result. Never blocks. */
  next(): Promise<IteratorResult<R, undefined>> {
    return new Promise((resolve, reject) => {
      this.#asking.push({ resolve, reject, heard: watch?.listener() });
      if (this.#started) return this.#give();
      this.#started = true;
      this.#flow.start();
    });
  }

  /** Cancels what is in flight and closes the source. A `break` out of `for await` calls it. */
  async return(): Promise<IteratorReturnResult<undefined>> {
    this.#started = this.#ended = true;
    this.#ready.clear();
    this.#failure = null;
    const closing = this.#flow.stop(new CancelledError("nobody wants more results of this mapStream"));
    this.#give();
    await closing;
    return { done: true, value: undefined };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  /** All results that are left. Fails with the first failure. */
  async collect(): Promise<R[]> {
    const all: R[] = [];
    for await (const result of this) all.push(result);
    return all;
  }

  /** @internal */
  passed(index: number, value: unknown): void {
    const at = this.#ordered ? index : this.#arrived++;
    this.#ready.set(at, value as R);
    if (watch !== null) this.#pasts.set(at, watch.past());
    this.#give();
  }

  /** @internal */
  ended(): void {
    this.#ended = true;
    this.#give();
  }

  /** @internal */
  failed(error: unknown): void {
    this.#ready.clear();
    this.#failure = { error };
    this.#ended = true;
    this.#give();
  }

  #give(): void {
    while (this.#asking.length > 0) {
      if (this.#ready.has(this.#given)) {
        const value = this.#ready.get(this.#given) as R;
        const past = this.#pasts.get(this.#given);
        this.#pasts.delete(this.#given);
        this.#ready.delete(this.#given++);
        const { resolve, heard } = this.#asking.shift()!;
        if (past !== undefined) heard?.(past);
        resolve({ done: false, value });
        queueMicrotask(() => this.#flow.gone()); // once the consumer has it
      } else if (this.#failure !== null) {
        this.#asking.shift()!.reject(this.#failure.error);
        this.#failure = null;
      } else if (this.#ended) this.#asking.shift()!.resolve({ done: true, value: undefined });
      else return;
    }
  }
}

/**
 * Runs a task for every item of a source, and gives the results as a stream. No more than `inFlight` items have been taken
 * and not yet given out, so a slow consumer slows the source, and neither a long nor an endless one fills the memory.
 *
 * ```ts
 * for await (const report of mapStream(files, tokenize, { inFlight: 8 })) console.log(report);
 * const sizes = await mapStream(files, sizeOf, { ordered: false }).collect();
 * ```
 *
 * The source is anything that `for await` takes; `fn` is a task of any kind, or a lambda that uses nothing from outside, and gets
 * `(item, ...args)`, with `args` from the options. A `break` cancels what is in flight and closes the source. So does the first failure, of a task or of the
 * source: the stream throws it at once, before results that are not given out yet. Items that the source is still asked for
 * are not waited for. For use outside of tasks and in async tasks. Never blocks.
 *
 * @throws UsageError `HEDDLE_USAGE` for bad arguments, and in plain and generator tasks, which cannot await results.
 * @throws LambdaError `HEDDLE_LAMBDA` for a lambda that uses variables from outside.
 */
export function mapStream<T, R, A extends readonly unknown[]>(
  source: Items<T>,
  fn: (item: T, ...args: [...A]) => R,
  options: MapStreamOptions & { readonly args: readonly [...A] },
): MapStream<ResultOf<R>>;
export function mapStream<T, R>(source: Items<T>, fn: (item: T) => R, options?: MapStreamOptions): MapStream<ResultOf<R>>;
export function mapStream(
  source: Items<unknown>,
  fn: unknown,
  options: MapStreamOptions & { readonly args?: readonly unknown[] } = {},
): MapStream<unknown> {
  const task = runningTask();
  if (task !== null && task.def.body !== Body.ASYNC) {
    throw new UsageError(
      `mapStream: ${task.def.name} is a ${task.def.body === Body.PLAIN ? "plain" : "generator"} task, which cannot await results. ` +
        "Make it async, or use map, or pipeline with one parallel stage.",
    );
  }
  const feed = new Feed(source, "mapStream");
  const { ordered = true, args = [] } = options ?? {};
  if (typeof ordered !== "boolean") throw new UsageError(`mapStream: ordered is ${String(ordered)}; it must be true or false`);
  const stage = flowStage(fn, "mapStream: the function", args, false, mapStream);
  return new MapStream((sink) => new Flow("mapStream", feed, [stage], options, sink), ordered);
}
