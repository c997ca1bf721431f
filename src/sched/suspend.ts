/** Tasks whose bodies can leave the stack and come back: generator and async tasks. Each stays with the thread that began it. */
import { JoinError } from "../errors.ts";
import { call, cancelBeforeStart, Future, mustNotStart } from "./core.ts";
import { Body } from "./definition.ts";
import { director } from "./direct.ts";
import { nameOf, rareOf } from "./more.ts";
import { ended, whenSettled } from "./settling.ts";
import { State } from "./state.ts";
import { countRun, enter, frameContext, getPort, leave, thread } from "./thread.ts";
import { tracer } from "./tracing.ts";

/** Generator and async tasks of this thread that have begun and not ended. */
export const suspended = new Set<Future<unknown>>();

/** How many async bodies have begun and not ended: while there are some, the event loop must turn. */
let running = 0;
export const asyncRunning = (): number => running + scopes;

/** Bodies of async finish scopes under way here: the event loop must turn for them as well. */
let scopes = 0;
export function countAsyncScope(by: 1 | -1): void {
  scopes += by;
}

/** Whether something here goes on by itself in the event loop: an async body that was not cancelled. */
export function loopGoesOn(): boolean {
  if (scopes > 0) return true;
  if (running > 0) for (const future of suspended) if (future.def.body === Body.ASYNC && future.state < State.DONE) return true;
  return false;
}

/** Generator tasks that can go on, oldest first. */
let ready: Future<unknown>[] = [];
let readyHead = 0;

export function beginSuspendable(future: Future<unknown>): void {
  if (mustNotStart(future)) return cancelBeforeStart(future);
  countRun();
  suspended.add(future);
  future.state = State.RUNNING;
  tracer.begins(future);
  if (future.def.body === Body.ASYNC) return beginAsync(future);
  const outer = enter(future);
  try {
    rareOf(future).generator = call(future) as Generator<unknown, unknown, unknown>;
  } catch (error) {
    leave(outer);
    return end(future, State.FAILED, error);
  }
  leave(outer);
  step(future);
}

function end(future: Future<unknown>, state: number, value: unknown): void {
  suspended.delete(future);
  tracer.ends(future, state !== State.DONE, value);
  if (future.more !== null && future.more.rare.generator !== null) rareOf(future).generator = null;
  ended(future, state, value);
}

let steps = 0;
/** How often a generator task has been begun or gone on here. */
export const stepsRun = (): number => steps;

/** Runs a generator task up to its next suspension. */
function step(future: Future<unknown>): void {
  steps++;
  const rare = rareOf(future);
  const generator = rare.generator!;
  tracer.resumed(future);
  let failure: { error: unknown } | null = null;
  for (;;) {
    if (rare.tell !== null) {
      failure = rare.tell;
      rare.tell = null;
    }
    const outer = enter(future);
    if (future.state === State.SUSPENDED) future.state = State.RUNNING;
    let result: IteratorResult<unknown, unknown>;
    try {
      result = failure === null ? generator.next() : generator.throw(failure.error);
    } catch (error) {
      leave(outer);
      return end(future, State.FAILED, error);
    }
    leave(outer);
    failure = null;
    if (result.done === true) return end(future, State.DONE, result.value);
    const awaited = result.value;
    if (!(awaited instanceof Future)) failure = { error: cannotYield(future) };
    else if (awaited.state < State.DONE && rare.tell === null) {
      if (future.state === State.RUNNING) future.state = State.SUSPENDED;
      rare.awaits = awaited;
      tracer.suspended(future);
      whenSettled(awaited, () => {
        if (rare.awaits === awaited) resume(future);
      });
      return;
    }
  }
}

const cannotYield = (future: Future<unknown>): JoinError =>
  new JoinError(
    `${nameOf(future)} yielded something that is no future. A generator task waits by \`yield*\` on futures, phasers and finish scopes.`,
  );

/** What the generator task waited for is there, or it was cancelled. */
export function resume(future: Future<unknown>): void {
  rareOf(future).awaits = null;
  ready.push(future);
  getPort()?.localWork();
}

export const readySteps = (): number => ready.length - readyHead;
export const isReady = (future: Future<unknown>): boolean => ready.includes(future, readyHead);

/** Runs one step of the oldest generator task that can go on. False when there is none. */
export function stepReady(): boolean {
  if (readyHead === ready.length) return false;
  const future = ready[readyHead++]!;
  if (readyHead === ready.length) {
    ready = [];
    readyHead = 0;
  } else if (readyHead > 1024 && readyHead * 2 > ready.length) {
    ready = ready.slice(readyHead);
    readyHead = 0;
  }
  if (future.more?.rare.generator != null) {
    director?.steps(future);
    step(future);
  }
  return true;
}

/** As `stepReady`, of the one that `accept` says yes to. */
export function stepOf(accept: (future: Future<unknown>) => boolean): boolean {
  const at = ready.findIndex((future, i) => i >= readyHead && future.more?.rare.generator != null && accept(future));
  if (at < 0) return false;
  const [future] = ready.splice(at, 1);
  director?.steps(future!);
  step(future!);
  return true;
}

/** Up to its first await the body runs as after it: with no frame on the stack, so that what may not block is refused. */
function beginAsync(future: Future<unknown>): void {
  const outer = thread.at;
  thread.at = -1;
  let result: unknown;
  try {
    result = frameContext().run(future, () => call(future));
  } finally {
    thread.at = outer;
  }
  tracer.suspended(future);
  if (future.state === State.RUNNING) future.state = State.SUSPENDED;
  running++;
  const settleWith = (state: number, value: unknown): void => {
    running--;
    end(future, state, value);
    getPort()?.localWork();
  };
  (result as Promise<unknown>).then(
    (value) => settleWith(State.DONE, value),
    (error: unknown) => settleWith(State.FAILED, error),
  );
}
