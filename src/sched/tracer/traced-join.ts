/** Join as a traced thread has it, and the run of the smallest tasks in it. */
import { Future, run, tick } from "../core.ts";
import { Body } from "../definition.ts";
import { joinSlow } from "../join.ts";
import { meetManyBodies } from "../many-bodies.ts";
import { ended } from "../settling.ts";
import { State } from "../state.ts";
import { thread as ownThread } from "../thread.ts";
import type { Folding } from "./folding.ts";
import { Kind } from "./kind.ts";
import type { TracedFuture } from "./traced-future.ts";

// Variables of this module: cheaper to reach than imports and their properties.
const thread = ownThread;
const { PLAIN } = Body;
const { PRIVATE, RUNNING, DONE, FAILED } = State;

/** Every join of this thread tells the recorder what it has joined, except of a quiet task in a quiet one, which changes nothing. */
export function traceJoins(recorder: Folding): void {
  Future.prototype.join = function tracedJoin<T>(this: Future<T>): T {
    const it = this as unknown as TracedFuture;
    if (thread.items[thread.top - 1] === it && it.state === PRIVATE && it.def.body === PLAIN && thread.at >= 0) {
      if (runTop(recorder, it) && recorder.quiet > 0) return it.a0 as T;
    }
    const value = it.state === DONE ? it.a0 : joinSlow(it);
    recorder.joined(it);
    return value as T;
  };
}

/** As `run` in core.ts, to which it leaves all tasks that do not begin quietly. Whether the task was folded. */
function runTop(recorder: Folding, future: TracedFuture): boolean {
  const kind = future.tkind;
  if (kind === undefined || thread.cancellation || future.more !== null || !recorder.mayBeQuiet(kind, future)) {
    run(future);
    return false;
  }
  const outer = thread.at;
  thread.at = thread.top - 1;
  future.state = RUNNING;
  if (--thread.untilTick === 0) tick();
  recorder.beginQuiet(kind);
  let state: number = DONE;
  let value: unknown;
  try {
    value = call(future, kind);
  } catch (error) {
    recorder.threw(error);
    state = FAILED;
    value = error;
  }
  const folded = state === DONE && recorder.endQuiet(kind, future);
  if (thread.top - 1 === thread.at) thread.top = thread.at;
  if (thread.head > thread.top) thread.head = thread.top;
  thread.at = outer;
  if (future.more === null && state === DONE && future.state === RUNNING) {
    future.a0 = value;
    future.state = DONE;
    const { scope } = future;
    if (scope !== null) scope.leave();
    return folded;
  }
  ended(future, state, value);
  return false;
}

function call(future: Future<unknown>, { fn, def }: Kind): unknown {
  switch (def.arity) {
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

meetManyBodies((def) => call(new Future<unknown>(RUNNING, def, null, null, undefined, undefined, undefined), new Kind(def)));
