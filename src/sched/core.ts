/**
 * What every task passes through, and only one thread ever sees: the future, spawning onto the private part of the split
 * deque, running. No atomics and no encoding here: all it knows of other threads is one plain read of a hunger word
 * in `push`, and the port. See README.md, "The private deque".
 */
import { InvariantError } from "../errors.ts";
import { forgetAwait, noteAwait } from "./awaits.ts";
import { cancel } from "./cancel.ts";
import { Body, type SpawnOptions, type TaskDefinition } from "./definition.ts";
import { director } from "./direct.ts";
import { asyncInBlockingFinish, joinSlow } from "./join.ts";
import { meetManyBodies } from "./many-bodies.ts";
import { type More, moreOf, rareOf } from "./more.ts";
import { serialPlaces } from "./places.ts";
import type { Scope } from "./scope.ts";
import { ended, settledValue, whenSettled } from "./settling.ts";
import { beginSuspendable } from "./suspend.ts";
import { currentFrame, getPort, thread as ownThread } from "./thread.ts";
import { tracer } from "./tracing.ts";
import { watch } from "./watch.ts";

// Literals of this module's own: cheaper in the fast path than properties of an object. core.test.ts compares them.
const PRIVATE = 0;
const RUNNING = 1;
const DONE = 5;
const FAILED = 6;
const CANCELLED = 7;
const PLAIN = 0;
const HUNGRY = 16_416;

/** As above: a variable of this module is cheaper to reach than an import. */
const thread = ownThread;

/** What a task is spawned below: a task, or the finish scope that it has open. */
export type Frame = Future<unknown> | Scope;

/** More private tasks than this, and a spawn runs its task at once: memory stays bounded. */
export const BACK_PRESSURE = 1 << 18;

/**
 * The place of a value that is not there yet: pending, then fulfilled, failed or cancelled, once.
 *
 * `await` it outside of tasks and in async tasks, `join` it in plain tasks, `yield*` it in generator tasks.
 */
export class Future<T> implements PromiseLike<T> {
  // `declare`: a field that is only declared would cost a store of undefined for each task.
  /** @internal */ declare state: number;
  /** @internal */ declare readonly def: TaskDefinition;
  /** @internal */ declare readonly owner: Frame | null;
  /** @internal */ declare readonly scope: Scope | null;
  /** First argument; once settled, the value or the error. @internal */ declare a0: unknown;
  /** @internal */ declare a1: unknown;
  /** @internal */ declare a2: unknown;
  /** @internal */ declare more: More | null;

  /** @internal */
  constructor(
    state: number,
    def: TaskDefinition,
    owner: Frame | null,
    scope: Scope | null,
    a0: unknown,
    a1: unknown,
    a2: unknown,
  ) {
    this.state = state;
    this.def = def;
    this.owner = owner;
    this.scope = scope;
    this.a0 = a0;
    this.a1 = a1;
    this.a2 = a2;
    this.more = null;
  }

  /**
   * The value, in a plain task, for a future that this task spawned. Blocks the task; its worker meanwhile runs only
   * work that descends from it. Throws what the task threw.
   *
   * @throws JoinError `HEDDLE_JOIN_NOT_OWN` when the future is not a descendant of the running task: use `yield*` in a
   * generator task, `await` in an async task, or `after`.
   * @throws JoinAsyncError `HEDDLE_JOIN_ASYNC` for an async task.
   * @throws JoinOutsideError `HEDDLE_JOIN_OUTSIDE` outside of tasks, where nothing may block.
   */
  join(): T {
    if (thread.items[thread.top - 1] === this && this.state === PRIVATE && this.def.body === PLAIN && thread.at >= 0)
      run(this as Future<unknown>);
    if (this.state === DONE) return this.a0 as T;
    return joinSlow(this as Future<unknown>) as T;
  }

  /** "pending", or how it ended. Never blocks. */
  get status(): "pending" | "fulfilled" | "failed" | "cancelled" {
    if (this.state < DONE) this.more?.rare.remote?.look(true);
    if (this.state < DONE) return "pending";
    return this.state === DONE ? "fulfilled" : this.state === FAILED ? "failed" : "cancelled";
  }

  then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    // biome-ignore lint/suspicious/noExplicitAny: as Promise has it, so that handlers may name the class they expect
    onFailed?: ((error: any) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    const awaiter = tracer.awaits();
    return new Promise<T>((resolve, reject) => {
      const noted = this.state < DONE ? noteAwait(this as Future<unknown>) : null;
      whenSettled(this as Future<unknown>, (settled) => {
        if (awaiter !== null) tracer.resumes(awaiter, settled);
        if (noted !== null) forgetAwait(noted);
        thread.promiseJobs = true;
        if (settled.state === DONE) resolve(settled.a0 as T);
        else reject(settled.a0);
      });
      (this.more?.port ?? getPort())?.expectResult(this as Future<unknown>);
    }).then(onFulfilled, onFailed);
  }

  // biome-ignore lint/suspicious/noExplicitAny: as above
  catch<B = never>(onFailed?: ((error: any) => B | PromiseLike<B>) | null): Promise<T | B> {
    return this.then(null, onFailed);
  }

  finally(onSettled?: (() => void) | null): Promise<T> {
    return this.then().finally(onSettled);
  }

  /** `const value = yield* future` in a generator task: suspends it until the value is there. */
  *[Symbol.iterator](): Generator<Future<T>, T, unknown> {
    if (this.state < DONE) yield this;
    tracer.continues(this as Future<unknown>);
    return settledValue(this as Future<unknown>) as T;
  }

  /**
   * Cancels the task and all that it spawned: what has not started never runs; what runs sees its `signal()` abort and
   * cannot join children any more; whoever waits gets a CancelledError (`HEDDLE_CANCELLED`) with `reason` as its cause.
   * The thread is not interrupted. Returns false when the future was settled already.
   */
  cancel(reason?: unknown): boolean {
    return cancel(this as Future<unknown>, reason);
  }

  get [Symbol.toStringTag](): string {
    return "Future";
  }
}

// ---- spawning ----------------------------------------------------------------------------------------------------

/** What a spawn does where no task runs, or with more than three arguments; set by the layer that knows runtimes. */
let spawnElsewhere: (def: TaskDefinition, args: unknown[], options: SpawnOptions | null) => Future<unknown> = () => {
  throw new InvariantError("a task was spawned before the runtime was loaded");
};
export function setSpawnElsewhere(hook: typeof spawnElsewhere): void {
  spawnElsewhere = hook;
}
/** Of threads that are traced. */
export const spawnOutside = (def: TaskDefinition, args: unknown[]): Future<unknown> => spawnElsewhere(def, args, null);

/**
 * The `spawn` of one task, for its number of parameters. All of them make the future, count it in its scope, push it
 * onto the private deque and look whether somebody is hungry.
 */
export function makeSpawn(def: TaskDefinition): (...args: never[]) => Future<unknown> {
  const isPlaced = serialPlaces === null || def.place !== undefined;
  const traced = watch === null && director === null && isPlaced ? tracer.makeSpawn(def) : null;
  if (traced !== null) return traced;
  switch (def.body === Body.ASYNC || watch !== null || director !== null || !isPlaced ? -1 : def.arity) {
    case 0:
      return function spawn() {
        // biome-ignore lint/complexity/noArguments: rest parameters would allocate an array for each task
        if (arguments.length !== 0) return spawnElsewhere(def, [...arguments], null);
        if (thread.at < 0) return spawnElsewhere(def, [], null);
        return push(def, undefined, undefined, undefined);
      };
    case 1:
      return function spawn(a0: unknown) {
        // biome-ignore lint/complexity/noArguments: as above
        if (arguments.length !== 1) return spawnElsewhere(def, [...arguments], null);
        if (thread.at < 0) return spawnElsewhere(def, [a0], null);
        return push(def, a0, undefined, undefined);
      } as (...args: never[]) => Future<unknown>;
    case 2:
      return function spawn(a0: unknown, a1: unknown) {
        // biome-ignore lint/complexity/noArguments: as above
        if (arguments.length !== 2) return spawnElsewhere(def, [...arguments], null);
        if (thread.at < 0) return spawnElsewhere(def, [a0, a1], null);
        return push(def, a0, a1, undefined);
      } as (...args: never[]) => Future<unknown>;
    case 3:
      return function spawn(a0: unknown, a1: unknown, a2: unknown) {
        // biome-ignore lint/complexity/noArguments: as above
        if (arguments.length !== 3) return spawnElsewhere(def, [...arguments], null);
        if (thread.at < 0) return spawnElsewhere(def, [a0, a1, a2], null);
        return push(def, a0, a1, a2);
      } as (...args: never[]) => Future<unknown>;
    default:
      return (...args: unknown[]) => spawnElsewhere(def, args, null);
  }
}

function push(def: TaskDefinition, a0: unknown, a1: unknown, a2: unknown): Future<unknown> {
  const parent = thread.items[thread.at]!;
  const scope = parent.scope;
  const future = new Future(PRIVATE, def, parent, scope, a0, a1, a2);
  if (scope !== null) scope.pending++;
  thread.items[thread.top++] = future;
  if (thread.words[HUNGRY] !== 0 || thread.top - thread.head > BACK_PRESSURE) pressed(future);
  return future;
}

/** Somebody is hungry, or the deque is full. */
export function pressed(future: Future<unknown>): void {
  if (thread.words[HUNGRY] !== 0) getPort()?.feed(false);
  if (thread.top - thread.head > BACK_PRESSURE && thread.items[thread.top - 1] === future && future.def.body !== Body.ASYNC)
    beginTop(future);
}

/** As `spawn`, for any number of arguments and with options, below `parent`. */
export function spawnBelow(
  parent: Frame | null,
  def: TaskDefinition,
  args: unknown[],
  options: SpawnOptions | null,
): Future<unknown> {
  const scope = parent?.scope ?? null;
  if (def.body === Body.ASYNC && scope?.blocking === true) throw asyncInBlockingFinish(def);
  const future = new Future(PRIVATE, def, parent, scope, args[0], args[1], args[2]);
  if (args.length !== def.arity) moreOf(future).args = args;
  if (options !== null) setOptions(future, options);
  if (scope !== null) scope.pending++;
  tracer.spawned(future);
  watch?.spawned(future);
  director?.spawned(future);
  if (thread.cancellation && mustNotStart(future)) cancelBeforeStart(future);
  else if (options === null || director?.replaying === true || getPort()?.divert(future, options) !== true) enqueue(future);
  return future;
}

export function setOptions(future: Future<unknown>, options: SpawnOptions): void {
  moreOf(future).options = options;
  if (options.onEnd !== undefined) rareOf(future).onEnd = [options.onEnd];
}

/**
 * Puts a future into the deque: a new one, or dataflow whose inputs are there. Where no body runs, the scheduler is about to look
 * at the deque: it keeps one of what is there and shares the others.
 */
export function enqueue(future: Future<unknown>): void {
  future.state = PRIVATE;
  if (director?.sends(future)) return;
  thread.items[thread.top++] = future;
  if (thread.at !== thread.waiting && (thread.words[HUNGRY] !== 0 || thread.top - thread.head > BACK_PRESSURE)) pressed(future);
  if (thread.at < 0) getPort()?.localWork();
}

// ---- running -----------------------------------------------------------------------------------------------------

/** Begins a PRIVATE task that is not in the deque (any more). */
export function begin(future: Future<unknown>): void {
  thread.items[thread.top++] = future;
  beginTop(future);
}

/** The same for the one at the top. */
export function beginTop(future: Future<unknown>): void {
  if (future.def.body === PLAIN) run(future);
  else {
    thread.items[--thread.top] = null;
    beginSuspendable(future);
  }
}

/** Runs the plain task at the top of the deque where it lies. A traced thread has it once more, in `tracer/traced-join.ts`. */
export function run(future: Future<unknown>): void {
  if (thread.cancellation && mustNotStart(future)) {
    thread.top--;
    return cancelBeforeStart(future);
  }
  const outer = thread.at;
  thread.at = thread.top - 1;
  future.state = RUNNING; // before the tick, which may promote what is PRIVATE
  if (--thread.untilTick === 0) tick();
  let state: number = DONE;
  let value: unknown;
  try {
    value = call(future);
  } catch (error) {
    state = FAILED;
    value = error;
  }
  if (thread.top - 1 === thread.at) thread.top = thread.at; // else detached children lie above it: they find it settled and skip it
  if (thread.head > thread.top) thread.head = thread.top;
  thread.at = outer;
  if (future.more === null && state === DONE && future.state === RUNNING) {
    future.a0 = value;
    future.state = DONE;
    const { scope } = future;
    if (scope !== null) scope.leave();
  } else ended(future, state, value);
}

export function call(future: Future<unknown>): unknown {
  const { fn, arity } = future.def as unknown as { fn: (...args: unknown[]) => unknown; arity: number };
  if (future.more !== null && future.more.args !== null) return fn(...future.more.args);
  switch (arity) {
    case 0:
      return fn();
    case 1:
      return fn(future.a0);
    case 2:
      return fn(future.a0, future.a1);
    default:
      return fn(future.a0, future.a1, future.a2);
  }
}

export function tick(): void {
  thread.runs += thread.tickInterval;
  thread.tickInterval = thread.untilTick = getPort()?.tick() ?? 0x3fff_ffff;
}

export function mustNotStart(future: Future<unknown>): boolean {
  return future.owner?.state === CANCELLED || future.scope?.state === CANCELLED;
}

export function cancelBeforeStart(future: Future<unknown>): void {
  cancel(future, future.scope?.reason);
}

/** The task that runs, whatever scopes it has open. */
export function runningTask(frame: Frame | null = currentFrame()): Future<unknown> | null {
  while (frame !== null && !(frame instanceof Future)) frame = frame.owner;
  return frame;
}

meetManyBodies((def) => call(new Future<unknown>(RUNNING, def, null, null, undefined, undefined, undefined)));
