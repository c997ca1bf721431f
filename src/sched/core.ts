/**
 * What every task passes through, and only one thread ever sees: the future, the private part of the split deque,
 * spawning, running. No atomics and no encoding here: all it knows of other threads is one plain read of a hunger word
 * in `push`, and the port. See README.md, "The private deque".
 */
import { InvariantError } from "../errors.ts";
import { forgetAwait, noteAwait } from "./awaits.ts";
import { cancel } from "./cancel.ts";
import { Body, type SpawnOptions, type TaskDefinition } from "./definition.ts";
import { director } from "./direct.ts";
import { Gathering } from "./gathering.ts";
import { asyncInBlockingFinish, joinSlow } from "./join.ts";
import { meetManyBodies } from "./many-bodies.ts";
import type { Port } from "./port.ts";
import type { Scope } from "./scope.ts";
import type { SpawnSite } from "./spawn-site.ts";
import { beginSuspendable } from "./suspend.ts";
import { currentFrame, getPort, thread as ownThread } from "./thread.ts";
import { tracer } from "./tracing.ts";
import { addWaiter, callWaiter, callWaiters, type Waiter, type Waiters } from "./waiters.ts";
import { watch } from "./watch.ts";

// Literals of this module's own: cheaper in the fast path than properties of an object. core.test.ts compares them.
const PRIVATE = 0;
const RUNNING = 1;
const SHARED = 3;
const DONE = 5;
const FAILED = 6;
const CANCELLED = 7;
const PLAIN = 0;
const HUNGRY = 16_416;

/** As above: a variable of this module is cheaper to reach than an import. */
const thread = ownThread;

/** What few tasks have. */
interface Rare {
  generator: Generator<unknown, unknown, unknown> | null;
  /** What a generator task waits for. */
  awaits: Future<unknown> | null;
  /** The error that a cancelled generator task is still to be told. */
  tell: { error: unknown } | null;
  abort: AbortController | null;
  /** Called when it is cancelled: stops whatever would settle it. */
  onCancel: ((reason: unknown) => void) | null;
  /** Called once: when the body has ended here or will never begin (true), or has ended in another thread (false). */
  onEnd: ((here: boolean) => void)[] | null;
  /** The rest of it, where another thread can settle it. */
  remote: RemoteEnd | null;
  /** Called when its cell has come home, for a task that may be cancelled while another thread has it. */
  onHome: (() => void) | null;
  /** A bundle's: some of its members were cancelled. */
  onMemberCancelled: (() => void) | null;
  /** Failed children that nobody has looked at. */
  unobserved: Future<unknown>[] | null;
  spawnSite: SpawnSite | undefined;
  /** Its identity in other threads, once it has crossed. */
  crossed: unknown;
  /** What settles it, where that is no task: the scope of a finish, a phaser, futures. For whyStuck alone. */
  of: unknown;
}

const NOTHING: Rare = Object.freeze(nothing());

function nothing(): Rare {
  return {
    generator: null,
    awaits: null,
    tell: null,
    abort: null,
    onCancel: null,
    onEnd: null,
    remote: null,
    onHome: null,
    onMemberCancelled: null,
    unobserved: null,
    spawnSite: undefined,
    crossed: undefined,
    of: null,
  };
}

/** What few futures have. What fewer still have is in an object of its own: dataflow makes one of these for each task. */
export class More {
  /** All arguments, where they are more than three or not as many as declared. */
  args: unknown[] | null = null;
  waiters: Waiters = null;
  options: SpawnOptions | null = null;
  /** Address of the cell, while it is SHARED; of the cell that it came in, for a task that was stolen. */
  cell = 0;
  /** Who knows the cell: the worker's port, or one of the main thread's. */
  port: Port | null = null;
  observed = false;
  /** It runs in the thread that spawned it: its arguments cannot cross. */
  local = false;
  /** To be read only; `rareOf` gives one that may be written. */
  rare: Readonly<Rare> = NOTHING;
}

/** The part of a future that other threads see. */
export interface RemoteEnd {
  /** Settles the future if it was settled elsewhere; `wanted` when somebody asks for the state, and it may have to be fetched. */
  look(wanted?: boolean): void;
  /** Somebody in this thread waits for it. */
  awaited(): void;
}

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

export const moreOf = (future: Future<unknown>): More => (future.more ??= new More());

/** What few futures have, to be written. */
export function rareOf(future: Future<unknown>): Rare {
  const more = moreOf(future);
  if (more.rare === NOTHING) more.rare = nothing();
  return more.rare;
}

export const nameOf = (future: Future<unknown>): string => future.more?.options?.name ?? future.def.name;

/** The value of a settled future; throws its error. */
export function settledValue(future: Future<unknown>): unknown {
  if (future.state === DONE) return future.a0;
  moreOf(future).observed = true;
  throw future.a0;
}

/** Tells `waiter` once the future is settled: at once if it is, else from the scheduler. */
export function whenSettled(future: Future<unknown>, waiter: Waiter): void {
  if (future.state === SHARED && future.more === null) return (future.a0 as Gathering).wait(future.a1 as number, waiter);
  const more = moreOf(future);
  more.observed = true;
  if (future.state < DONE && more.rare.remote !== null) more.rare.remote.awaited();
  if (future.state >= DONE) callWaiter(waiter, future);
  else more.waiters = addWaiter(more.waiters, waiter);
}

/** Settles a future and tells everybody who waits. A settled future stays as it is. */
export function settle(future: Future<unknown>, state: number, value: unknown): void {
  if (future.state >= DONE) return;
  if (watch === null) settleNow(future, state, value);
  else watch.settles(future, () => settleNow(future, state, value));
}

function settleNow(future: Future<unknown>, state: number, value: unknown): void {
  const together = future.state === SHARED && future.a0 instanceof Gathering ? future.a0.takeWaiters(future.a1 as number) : null;
  future.a0 = value;
  future.a1 = future.a2 = undefined;
  future.state = state;
  const { more } = future;
  const waiters = more === null ? null : more.waiters;
  if (more !== null) {
    more.args = more.waiters = null;
    if (more.rare !== NOTHING) rareOf(future).onCancel = rareOf(future).of = null;
  }
  if (waiters !== null || together !== null) {
    callWaiters(together, future);
    callWaiters(waiters, future);
  } else if (state === FAILED && future.scope === null) failedUnobserved(future);
}

/** A failure outside every finish scope that nobody waits for yet: kept with the parent while that can still look. */
function failedUnobserved(future: Future<unknown>): void {
  let parent = future.owner;
  while (parent !== null && !(parent instanceof Future)) parent = parent.owner;
  if (parent !== null && parent.state < DONE) (rareOf(parent).unobserved ??= []).push(future);
  else if (future.more?.observed !== true) (future.more?.port ?? getPort())?.unhandled(future);
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
  const traced = watch === null && director === null ? tracer.makeSpawn(def) : null;
  if (traced !== null) return traced;
  switch (def.body === Body.ASYNC || watch !== null || director !== null ? -1 : def.arity) {
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

function beginTop(future: Future<unknown>): void {
  if (future.def.body === PLAIN) run(future);
  else {
    thread.items[--thread.top] = null;
    beginSuspendable(future);
  }
}

/** Runs the plain task at the top of the deque where it lies. */
function run(future: Future<unknown>): void {
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

function tick(): void {
  thread.runs += thread.tickInterval;
  thread.tickInterval = thread.untilTick = getPort()?.tick() ?? 0x3fff_ffff;
}

/** The body has ended. Its future may have been settled before, by a cancellation. */
export function ended(future: Future<unknown>, state: number, value: unknown): void {
  if (watch === null) endNow(future, state, value);
  else watch.ends(future, () => endNow(future, state, value));
}

function endNow(future: Future<unknown>, state: number, value: unknown): void {
  const { more, scope } = future;
  if (more !== null && more.rare !== NOTHING) {
    endBody(future, true);
    const { unobserved } = more.rare;
    if (unobserved !== null) {
      for (const child of unobserved) if (child.more?.observed !== true) (child.more?.port ?? getPort())?.unhandled(child);
      rareOf(future).unobserved = null;
    }
  }
  const cancelled = future.state === CANCELLED;
  settle(future, state, value);
  if (scope !== null) {
    if (state === FAILED && !cancelled) scope.fail(value, future);
    scope.leave();
  }
}

/** A PRIVATE task that cannot start. */
export function failBeforeStart(future: Future<unknown>, error: unknown): void {
  endBody(future, true);
  settle(future, FAILED, error);
  future.scope?.fail(error, future);
  future.scope?.leave();
}

/** Calls the hooks of `onEnd`, once. */
export function endBody(future: Future<unknown>, here: boolean): void {
  const hooks = future.more === null ? null : future.more.rare.onEnd;
  if (hooks === null) return;
  rareOf(future).onEnd = null;
  for (const hook of hooks) hook(here);
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

/**
 * Runs the newest private task that lies at or above `mark`. An async task begins only where the event loop can turn
 * again, in the worker's own loop; on a waiting stack it is put aside for that.
 */
export function runAbove(mark: number): boolean {
  if (thread.top - thread.head > 1) getPort()?.share();
  while (thread.top > mark) {
    const future = thread.items[thread.top - 1] as Future<unknown> | null;
    if (future === null || future.state !== PRIVATE)
      thread.top--; // promoted from here, or joined, ended or cancelled where it lay
    else if (thread.at >= 0 && future.def.body === Body.ASYNC) {
      thread.items[--thread.top] = null;
      aside.push(future);
    } else {
      if (thread.head > thread.top) thread.head = thread.top;
      beginTop(future);
      return true;
    }
  }
  if (thread.head > thread.top) thread.head = thread.top;
  return false;
}

/** Async tasks that were met on a waiting stack. */
const aside: Future<unknown>[] = [];

/** Takes the oldest private task that may be promoted, or any with `evenLocal`; null when there is none. */
export function takeOldest(evenLocal = false): Future<unknown> | null {
  while (thread.head < thread.top) {
    const future = thread.items[thread.head] as Future<unknown> | null;
    if (future !== null && future.state === PRIVATE && (evenLocal || future.more?.local !== true)) {
      thread.items[thread.head++] = null;
      if (!thread.cancellation || !mustNotStart(future)) return future;
      cancelBeforeStart(future);
    } else {
      if (future !== null && future.state === PRIVATE) thread.passedLocal = true;
      thread.head++;
    }
  }
  return null;
}

/** The oldest private task for a waiting stack to run; async ones are put aside. */
export function takeOldestToNest(): Future<unknown> | null {
  if (thread.passedLocal) {
    for (let at = 0; at < thread.head; at++) {
      const entry = thread.items[at];
      if (!(entry instanceof Future) || entry.state !== PRIVATE || entry.def.body === Body.ASYNC) continue;
      thread.items[at] = null;
      return entry;
    }
  }
  for (;;) {
    const future = takeOldest(true);
    if (future === null || future.def.body !== Body.ASYNC) return future;
    aside.push(future);
  }
}

export const putAside = (): readonly Future<unknown>[] => aside;

/** Offers to others what was put aside: what `give` says yes to is theirs. */
export function giveAside(give: (future: Future<unknown>) => boolean): void {
  const kept = aside.filter((future) => future.state === PRIVATE && !give(future));
  aside.splice(0, aside.length, ...kept);
}

export function takeAside(): Future<unknown> | null {
  for (;;) {
    const future = aside.pop();
    if (future === undefined) return null;
    if (future.state === PRIVATE) return future;
  }
}

meetManyBodies((def) => call(new Future<unknown>(RUNNING, def, null, null, undefined, undefined, undefined)));
