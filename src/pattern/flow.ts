/** What mapStream and pipeline share: items from a source through stages of tasks, with a bound on how many are on the way. */
import { CancelledError, UsageError } from "../errors.ts";
import { type Frame, type Future, runningTask } from "../sched/core.ts";
import { Body, type TaskDefinition } from "../sched/definition.ts";
import { workerHere } from "../sched/here.ts";
import { whenSettled } from "../sched/settling.ts";
import { State } from "../sched/state.ts";
import { currentFrame, withEntered } from "../sched/thread.ts";
import { type Past, watch } from "../sched/watch.ts";
import { currentRuntime, type SpawnPlace, spawnPlace } from "../task/runtime.ts";
import { signal as signalOfTask } from "../task/signal.ts";
import { shipDefinition } from "./body.ts";
import { type Feed, isThenable } from "./feed.ts";

/** How far a stream or pipeline is. */
export interface FlowProgress {
  /** Items taken from the source. */
  readonly taken: number;
  /** Items whose tasks have ended. */
  readonly done: number;
  /** Items taken and not yet given out: they are waited for, in work, or wait for those before them. */
  readonly inFlight: number;
}

export interface FlowOptions {
  /** At most so many items have been taken from the source and not yet given out. Default: 4 for each worker, at least 8. */
  readonly inFlight?: number;
  /** Called each time the last task of an item has ended. */
  readonly onProgress?: (progress: FlowProgress) => void;
  /** Ends it with a CancelledError (`HEDDLE_CANCELLED`) when it aborts. */
  readonly signal?: AbortSignal;
}

export interface FlowStage {
  readonly def: TaskDefinition;
  readonly args: readonly unknown[];
  /** One item at a time, in the order of the source. */
  readonly serial: boolean;
}

/** Where items go that have passed all stages. Each of them stays in flight until `gone` is called for it. */
export interface Sink {
  passed(index: number, value: unknown): void;
  /** No more will come. */
  ended(): void;
  /** No more will come: the source or a task failed, or all was cancelled. */
  failed(error: unknown): void;
}

/** A task or closed lambda that gets an item and `args`. */
export function flowStage(fn: unknown, what: string, args: unknown, serial: boolean, callee: Function): FlowStage {
  if (!Array.isArray(args)) throw new UsageError(`${what.split(":")[0]}: args is ${String(args)}; it must be an array`);
  const def = shipDefinition(fn, what, callee);
  const { length } = fn as Function;
  if (length > 1 + args.length) {
    throw new UsageError(
      `${what} (${def.name}) has ${length} parameters, but gets ${1 + args.length}: an item and ${args.length} further arguments`,
    );
  }
  return { def, args, serial };
}

export function checkFlowOptions(options: FlowOptions, name: string): void {
  if (typeof options !== "object" || options === null) {
    throw new UsageError(`${name}: options is ${options === null ? "null" : typeof options}; it must be an object`);
  }
  const { inFlight, onProgress, signal } = options;
  if (inFlight !== undefined && !(Number.isSafeInteger(inFlight) && inFlight >= 1)) {
    throw new UsageError(`${name}: inFlight is ${String(inFlight)}; it must be a whole number from 1`);
  }
  if (onProgress !== undefined && typeof onProgress !== "function") {
    throw new UsageError(`${name}: onProgress is ${typeof onProgress}; it must be a function`);
  }
  if (signal !== undefined && typeof signal?.addEventListener !== "function") {
    throw new UsageError(`${name}: signal must be an AbortSignal`);
  }
}

function workers(): number {
  const here = workerHere();
  return here === null ? currentRuntime().workers : here.map.slots - 1;
}

/** Where a stage's tasks are spawned, and the items that wait for their turn in it, by index. */
class Lane {
  readonly args: readonly unknown[];
  readonly serial: boolean;
  readonly name: string;
  readonly place: SpawnPlace;
  readonly waiting = new Map<number, unknown>();
  busy = false;
  next = 0;
  /** While somebody watches: what comes before an item arrived here, and before the last one has ended. */
  readonly pasts = new Map<number, Past>();
  left: Past[] = [];

  constructor({ def, args, serial }: FlowStage) {
    this.args = args;
    this.serial = serial;
    this.name = def.name;
    this.place = spawnPlace(def);
  }
}

/** What whyStuck tells of a stream or pipeline. */
export interface FlowLook {
  readonly name: string;
  readonly stages: readonly string[];
  /** Whose it is; null outside of tasks. */
  readonly by: Frame | null;
  readonly out: ReadonlySet<Future<unknown>>;
  readonly taken: number;
  readonly done: number;
  readonly given: number;
  readonly limit: number;
  readonly waits: "tasks" | "source" | "consumer";
}

const flows = new Set<Flow>();
/** The streams and pipelines that this thread has begun and not ended. */
export const flowsHere = (): Iterable<Flow> => flows;

export class Flow {
  readonly #name: string;
  readonly #feed: Feed;
  readonly #lanes: readonly Lane[];
  readonly #limit: number;
  readonly #options: FlowOptions;
  readonly #sink: Sink;
  readonly #out = new Set<Future<unknown>>();
  readonly #signals: AbortSignal[] = [];
  readonly #frame: Frame | null;
  readonly #onAbort = (event: Event): void => this.#abort((event.target as AbortSignal).reason);
  #taken = 0;
  #done = 0;
  #gone = 0;
  #exhausted = false;
  #over = false;
  /** A task was cancelled from outside, as by a finish scope that has heard of a failure: the rest ends by itself. */
  #cancelled: { readonly error: unknown } | null = null;
  /** Goes on taking items, if it waits for room. */
  #goOn: (() => void) | null = null;

  constructor(name: string, feed: Feed, stages: readonly FlowStage[], options: FlowOptions, sink: Sink) {
    this.#name = name;
    checkFlowOptions(options, name);
    this.#limit = options.inFlight ?? Math.max(8, 4 * workers());
    this.#feed = feed;
    this.#lanes = stages.map((stage) => new Lane(stage));
    this.#options = options;
    this.#sink = sink;
    this.#frame = currentFrame();
  }

  /** Where the tasks of the first stage are spawned. */
  get place(): SpawnPlace {
    return this.#lanes[0]!.place;
  }

  start(): void {
    flows.add(this);
    const task = runningTask();
    const awaits = task === null || task.def.body === Body.ASYNC;
    if (this.#options.signal !== undefined) this.#signals.push(this.#options.signal);
    if (task !== null && awaits) this.#signals.push(signalOfTask());
    for (const signal of this.#signals) {
      if (signal.aborted) return this.#abort(signal.reason);
      signal.addEventListener("abort", this.#onAbort, { once: true });
    }
    if (awaits) void this.#takeSoon();
    else this.#takeHere();
  }

  /** How far it is, and what it waits for. */
  look(): FlowLook {
    const waits = this.#exhausted || this.#out.size > 0 ? "tasks" : this.#hasRoom() ? "source" : "consumer";
    return {
      name: this.#name,
      stages: this.#lanes.map((lane) => lane.name),
      by: this.#frame,
      out: this.#out,
      taken: this.#taken,
      done: this.#done,
      given: this.#gone,
      limit: this.#limit,
      waits: this.#done === this.#taken && this.#exhausted ? "consumer" : waits,
    };
  }

  /** An item that has passed was given out: there is room for another. */
  gone(): void {
    this.#gone++;
    this.#goOn?.();
  }

  /** Cancels what is in flight and closes the source; the sink hears nothing. Returns or throws what closing does. */
  stop(reason: unknown): undefined | Promise<unknown> {
    if (this.#over) return undefined;
    this.#over = true;
    flows.delete(this);
    for (const signal of this.#signals) signal.removeEventListener("abort", this.#onAbort);
    for (const future of this.#out) future.cancel(reason);
    this.#out.clear();
    this.#goOn?.();
    return this.#feed.close();
  }

  #abort(reason: unknown): void {
    this.#fail(reason instanceof CancelledError ? reason : new CancelledError(`${this.#name} was cancelled`, { cause: reason }));
  }

  #fail(error: unknown): void {
    if (this.#over) return;
    const tell = (): void => this.#sink.failed(error);
    let closing: undefined | Promise<unknown>;
    try {
      closing = this.stop(error);
    } catch {
      // the first error is the one to tell
    }
    if (closing === undefined) tell();
    else closing.then(tell, tell);
  }

  // ---- taking items ------------------------------------------------------------------------------------------------

  #hasRoom(): boolean {
    return !this.#over && this.#cancelled === null && this.#taken - this.#gone < this.#limit;
  }

  /** Takes items as long as there is room, in one async function, so that the source always sees the context of the start. */
  async #takeSoon(): Promise<void> {
    try {
      while (!this.#exhausted && !this.#over) {
        while (this.#hasRoom()) {
          let step = this.#feed.stepSoon();
          if (step instanceof Promise) step = await step;
          if (this.#over) return;
          if (!this.#take(step)) return;
        }
        if (this.#over) return;
        await new Promise<void>((resolve) => {
          this.#goOn = resolve;
        });
        this.#goOn = null;
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  /** As `takeSoon`, where nothing can be awaited: in plain and generator tasks, whenever there is room. */
  #takeHere(): void {
    const frame = currentFrame()!;
    let taking = false;
    const take = (): void => {
      if (taking) return;
      taking = true;
      try {
        withEntered(frame, () => {
          while (!this.#exhausted && this.#hasRoom()) {
            const step = this.#feed.step();
            if (isThenable(step.value)) throw needsAwait(this.#name);
            this.#take(step);
          }
        });
      } catch (error) {
        this.#fail(error);
      } finally {
        taking = false;
      }
    };
    this.#goOn = take;
    take();
  }

  #take(step: IteratorResult<unknown, unknown>): boolean {
    if (step.done === true) {
      this.#exhausted = true;
      this.#lookForEnd();
      return false;
    }
    this.#enter(0, this.#taken++, step.value);
    return true;
  }

  // ---- stages --------------------------------------------------------------------------------------------------------

  #enter(stage: number, index: number, value: unknown): void {
    const lane = this.#lanes[stage];
    if (lane === undefined) return this.#leave(index, value);
    if (!lane.serial) return this.#spawn(stage, lane, index, value);
    lane.waiting.set(index, value);
    if (watch !== null) lane.pasts.set(index, watch.past());
    this.#serve(stage, lane);
  }

  /** Lets the next item into a serial stage, if it is free and the item is there. */
  #serve(stage: number, lane: Lane): void {
    const index = lane.next;
    if (lane.busy || !lane.waiting.has(index)) return;
    const value = lane.waiting.get(index);
    lane.waiting.delete(index);
    lane.busy = true;
    lane.next++;
    if (watch === null) return this.#spawn(stage, lane, index, value);
    const arrived = lane.pasts.get(index)!;
    lane.pasts.delete(index);
    watch.runAfter([arrived, ...lane.left], () => this.#spawn(stage, lane, index, value));
  }

  #spawn(stage: number, lane: Lane, index: number, value: unknown): void {
    if (this.#cancelled !== null) return;
    let future: Future<unknown>;
    try {
      future = lane.place.spawn([value, ...lane.args], null);
    } catch (error) {
      return this.#fail(error);
    }
    this.#out.add(future);
    whenSettled(future, () => {
      this.#out.delete(future);
      if (this.#over) return;
      if (future.state === State.FAILED) return this.#fail(future.a0);
      if (future.state === State.CANCELLED) this.#cancelled ??= { error: future.a0 };
      if (this.#cancelled !== null) {
        if (this.#out.size === 0) this.#fail(this.#cancelled.error);
        return;
      }
      if (lane.serial) {
        lane.busy = false;
        if (watch !== null) lane.left = [watch.past()];
        this.#serve(stage, lane);
      }
      this.#enter(stage + 1, index, future.a0);
    });
  }

  #leave(index: number, value: unknown): void {
    this.#done++;
    this.#sink.passed(index, value);
    try {
      const inFlight = this.#taken - this.#gone;
      this.#options.onProgress?.({ taken: this.#taken, done: this.#done, inFlight });
    } catch (error) {
      return this.#fail(error);
    }
    this.#lookForEnd();
  }

  #lookForEnd(): void {
    if (this.#over || !this.#exhausted || this.#done < this.#taken) return;
    this.#over = true;
    flows.delete(this);
    for (const signal of this.#signals) signal.removeEventListener("abort", this.#onAbort);
    this.#sink.ended();
  }
}

export const needsAwait = (name: string): UsageError =>
  new UsageError(
    `${name}: a plain or generator task cannot await items. Call it in an async task or outside of tasks, or give it a source that has them at hand.`,
  );
