import { FinishError, UsageError } from "../errors.ts";
import { Future, runningTask } from "../sched/core.ts";
import { Body, NO_TASK } from "../sched/definition.ts";
import { finishHere } from "../sched/join.ts";
import { moreOf, rareOf } from "../sched/more.ts";
import { openScopes, Scope } from "../sched/scope.ts";
import { settle } from "../sched/settling.ts";
import { siteIfCheap } from "../sched/spawn-site.ts";
import { State } from "../sched/state.ts";
import { countAsyncScope } from "../sched/suspend.ts";
import { currentFrame, frameContext, getPort, syncFrame, withEntered } from "../sched/thread.ts";
import { tracer } from "../sched/tracing.ts";
import { watch } from "../sched/watch.ts";
import { shown } from "../shared/given.ts";
import { scopePort } from "./runtime.ts";

export interface FinishOptions {
  /** What a failure does to the rest of the scope: "cancel" (default) what has not started, or "continue". */
  readonly onFailure?: "cancel" | "continue";
}

/**
 * A scope that ends when every task spawned in it has ended, and every task that those spawned, and so on (Habanero's and
 * X10's finish); over places, copies and other accesses of global memory that they have begun as well. Its value is the body's.
 *
 * - In a plain task `finish(() => {...})` blocks the task until then and returns the value.
 * - In a generator task: `yield* finish(function* () {...})`.
 * - In an async task and outside of tasks: `await finish(async () => {...})`.
 *
 * The first failure cancels what has not started in the scope; running tasks see their `signal()` abort. One failure is
 * thrown as it is; several arrive as a FinishError (`HEDDLE_FINISH`, an AggregateError), each once.
 *
 * @throws UsageError `HEDDLE_USAGE` for a plain body where nothing may block.
 */
export function finish<T>(body: () => Generator<unknown, T, unknown>, options?: FinishOptions): Future<T>;
export function finish<T>(body: () => Promise<T>, options?: FinishOptions): Future<T>;
export function finish<T>(body: () => T, options?: FinishOptions): T;
export function finish<T>(body: () => unknown, options: FinishOptions = {}): T | Future<T> {
  const keepGoing = options.onFailure === "continue";
  if (options.onFailure !== undefined && options.onFailure !== "cancel" && !keepGoing) {
    throw new UsageError(`finish: onFailure is ${shown(options.onFailure)}; it must be "cancel" or "continue"`);
  }
  if (typeof body !== "function") throw new UsageError(`finish: the body is ${shown(body)}; it must be a function`);
  const kind = body.constructor.name;
  if (kind === "GeneratorFunction") return finishGenerator(body as () => Generator<unknown, T, unknown>, keepGoing);
  const task = runningTask();
  if (kind !== "AsyncFunction" && task !== null && task.def.body !== Body.ASYNC && syncFrame() !== null) {
    const { value, scope } = finishHere(() => {
      try {
        return body() as T;
      } finally {
        for (const hook of leaveHooks) hook(syncFrame() as Scope);
      }
    }, keepGoing);
    throwFailures(scope);
    return value as T;
  }
  if (kind !== "AsyncFunction") {
    throw new UsageError("finish: nothing may block here, so the body must be async: await finish(async () => {...})");
  }
  return finishAsync(body as () => Promise<T>, keepGoing);
}

function finishAsync<T>(body: () => Promise<T>, keepGoing: boolean): Future<T> {
  const scope = new Scope(currentFrame(), keepGoing, false);
  const future = openFuture<T>(scope);
  let value: unknown;
  scope.pending = 1; // the body
  scope.onQuiet = () => close(scope, future, value);
  countAsyncScope(1);
  const begin = (): Promise<T> => frameContext().run(scope, body);
  // Up to its first await the body runs on the stack of the task that opens the scope.
  (syncFrame() === null ? begin() : withEntered(scope, begin))
    .then(
      (it) => {
        value = it;
      },
      (error: unknown) => {
        scope.fail(error, null);
        scope.cancel(error);
      },
    )
    .then(() => {
      countAsyncScope(-1);
      leaveBody(scope);
      getPort()?.localWork(); // the event loop need not turn any more
    });
  return future;
}

function finishGenerator<T>(body: () => Generator<unknown, T, unknown>, keepGoing: boolean): Future<T> {
  const scope = new Scope(currentFrame(), keepGoing, false);
  const future = openFuture<T>(scope);
  return new ScopedSteps(scope, future, body).future;
}

/** Runs the body of a generator task's finish as part of that task: `yield*` on the returned future drives it. */
class ScopedSteps<T> {
  readonly future: Future<T>;

  constructor(scope: Scope, future: Future<T>, body: () => Generator<unknown, T, unknown>) {
    this.future = future;
    let value: T | undefined;
    scope.pending = 1;
    scope.onQuiet = () => close(scope, future as Future<unknown>, value);
    Object.defineProperty(future, Symbol.iterator, {
      value: function* () {
        const generator = body();
        let failure: { error: unknown } | null = null;
        for (;;) {
          let step: IteratorResult<unknown, T>;
          try {
            step = withEntered(scope, () => (failure === null ? generator.next() : generator.throw(failure.error)));
          } catch (error) {
            scope.fail(error, null);
            scope.cancel(error);
            break;
          }
          failure = null;
          if (step.done === true) {
            value = step.value;
            break;
          }
          try {
            yield step.value;
          } catch (error) {
            failure = { error };
          }
        }
        moreOf(future as Future<unknown>).observed = true;
        leaveBody(scope);
        if (future.state < State.DONE) yield future;
        tracer.continues(future as Future<unknown>);
        watch?.observed(future as Future<unknown>);
        if (future.state === State.DONE) return future.a0;
        throw future.a0;
      },
    });
  }
}

function openFuture<T>(scope: Scope): Future<T> {
  const future = new Future<unknown>(State.PROMISED, NO_TASK, null, null, undefined, undefined, undefined);
  scope.port = scopePort() ?? getPort();
  moreOf(future).port = scope.port;
  rareOf(future).onCancel = (reason) => scope.cancel(reason);
  moreOf(future).options = { name: "finish" };
  rareOf(future).of = scope;
  scope.site = siteIfCheap();
  openScopes.add(scope);
  tracer.standsFor(future, scope);
  return future as Future<T>;
}

/** Called at the end of every scope's body, before its last task may have ended. */
const leaveHooks: ((scope: Scope) => void)[] = [];
export function onLeaveBody(hook: (scope: Scope) => void): void {
  leaveHooks.push(hook);
}

function leaveBody(scope: Scope): void {
  for (const hook of leaveHooks) hook(scope);
  scope.leave();
}

function close(scope: Scope, future: Future<unknown>, value: unknown): void {
  openScopes.delete(scope);
  watch?.closes(scope, future);
  try {
    throwFailures(scope);
    settle(future, State.DONE, value);
  } catch (error) {
    settle(future, State.FAILED, error);
  }
}

function throwFailures(scope: Scope): void {
  const { failures } = scope;
  if (failures.length === 1) throw failures[0];
  if (failures.length > 1)
    throw new FinishError(failures, `${failures.length} tasks of a finish scope failed; the first: ${String(failures[0])}`);
  if (scope.state === State.CANCELLED) throw scope.reason;
}
