/** Waiting on the stack: `join` and the blocking `finish` of plain tasks. The rule is design: only for descendants. */
import { CancelledError, InvariantError, JoinAsyncError, JoinError, JoinOutsideError } from "../errors.ts";
import { begin, type Future, runningTask } from "./core.ts";
import { Body, type TaskDefinition } from "./definition.ts";
import { runAbove } from "./deque.ts";
import { director } from "./direct.ts";
import { nameOf } from "./more.ts";
import { Scope } from "./scope.ts";
import { settledValue } from "./settling.ts";
import { State } from "./state.ts";
import { stepReady } from "./suspend.ts";
import { enter, getPort, leave, markHere, syncFrame, thread } from "./thread.ts";
import { tracer } from "./tracing.ts";
import { watch } from "./watch.ts";

function descendsFrom(future: Future<unknown>, task: Future<unknown>): boolean {
  for (let up = future.owner; up !== null; up = up.owner) if (up === task) return true;
  return false;
}

/** All of `join` but its fast path. */
export function joinSlow(future: Future<unknown>): unknown {
  if (future.state >= State.DONE) return settledValue(future);
  const task = runningTask();
  if (task === null || syncFrame() === null) throw task === null ? joinOutside(future) : joinInAsync(task);
  if (task.def.body === Body.ASYNC) throw joinInAsync(task);
  if (!descendsFrom(future, task)) throw notOwn(task, future);
  if (future.def.body === Body.ASYNC) throw joinOfAsync(task, future);
  const cancelled = (): boolean => task.state === State.CANCELLED;
  if (cancelled()) throw new CancelledError(`${nameOf(task)} was cancelled`);
  if (future.state === State.PRIVATE && director?.replaying !== true) begin(future);
  if (future.state < State.DONE) waitFor(future, () => future.state >= State.DONE || cancelled());
  if (future.state < State.DONE) throw new CancelledError(`${nameOf(task)} was cancelled`);
  return settledValue(future);
}

/** Waits on this stack for what descends from the frame on it. */
function waitFor(awaited: Future<unknown> | Scope, done: () => boolean): void {
  const mark = markHere();
  const port = getPort();
  const outer = thread.waiting;
  thread.waiting = thread.at;
  tracer.waitBegins();
  try {
    while (!done()) {
      if (director?.replaying !== true) {
        port?.glance();
        if (runAbove(mark)) continue;
      }
      thread.waits[thread.at] = awaited;
      if (port?.help(awaited, done) === true) continue;
      if (!stepReady()) throw stuck(awaited); // a worker's `help` sleeps rather than come to this
    }
  } finally {
    thread.waiting = outer;
    tracer.waitEnds();
  }
}

let stuck = (_awaited: Future<unknown> | Scope): Error => new InvariantError("nothing can run, and a task waits");
/** How the serial scheduler explains that nothing can go on. */
export function setStuck(explain: typeof stuck): void {
  stuck = explain;
}

/** The blocking finish of a plain task: returns when every task of the scope has ended. */
export function finishHere<T>(body: () => T, keepGoing: boolean): { value: T | undefined; scope: Scope } {
  const scope = new Scope(syncFrame(), keepGoing, true);
  const outer = enter(scope);
  let value: T | undefined;
  try {
    value = body();
  } catch (error) {
    scope.fail(error, null);
    scope.cancel(error);
  }
  try {
    waitFor(scope, () => scope.pending === 0);
    tracer.scopeEnded(scope);
  } catch (error) {
    scope.cancel(error); // the wait was given up
    throw error;
  } finally {
    leave(outer);
    watch?.closes(scope, null);
  }
  return { value, scope };
}

const joinOutside = (future: Future<unknown>): Error =>
  new JoinOutsideError(
    `join() would block this thread. Outside of plain tasks use \`await\`: await ${future.def.name}.spawn(...).`,
  );

const joinInAsync = (task: Future<unknown>): Error =>
  new JoinError(`join() in the async task ${nameOf(task)} would stop its event loop: use \`await\` on the future.`);

const notOwn = (task: Future<unknown>, future: Future<unknown>): Error =>
  new JoinError(
    `${nameOf(task)} cannot join ${nameOf(future)}, which it did not spawn: a plain task waits only for its own descendants, ` +
      "so that no wait can block another. Two ways out: make the waiting task a generator (`yield* future`) or async " +
      "(`await future`), or let the work that needs the value be spawned when it is there: next.after(future).",
  );

const joinOfAsync = (task: Future<unknown>, future: Future<unknown>): Error =>
  new JoinAsyncError(
    `${nameOf(task)} cannot join the async task ${nameOf(future)}: it may need this thread's event loop, which join() would stop. ` +
      "Make the waiting task a generator (`yield* future`) or async (`await future`), or use next.after(future).",
  );

export const asyncInBlockingFinish = (def: TaskDefinition): Error =>
  new JoinAsyncError(
    `The async task ${def.name} was spawned inside a finish that a plain task waits for. It may need the event loop of the thread ` +
      "that this finish blocks. Open the finish in a generator task (yield* finish(function* () {...})) or an async one (await finish(async () => {...})).",
  );
