import { CancelledError, UsageError } from "../errors.ts";
import { runningTask } from "../sched/core.ts";
import { rareOf } from "../sched/more.ts";
import { State } from "../sched/state.ts";
import { getPort } from "../sched/thread.ts";

/**
 * The running task's AbortSignal: aborted when the task, or what it descends from, is cancelled. A long plain body calls
 * this now and then, as the call also reads what other threads have asked for; an async body hands the signal to I/O.
 *
 * @throws UsageError `HEDDLE_USAGE` outside of tasks.
 */
export function signal(): AbortSignal {
  const task = runningTask();
  if (task === null) throw new UsageError("signal() is for use inside a task; outside, make an AbortController");
  getPort()?.lookForCancellation();
  const rare = rareOf(task);
  if (rare.abort === null) {
    rare.abort = new AbortController();
    if (task.state === State.CANCELLED || task.scope?.state === State.CANCELLED) {
      rare.abort.abort(
        task.state === State.CANCELLED
          ? task.a0
          : new CancelledError(`${task.def.name} was cancelled`, { cause: task.scope?.reason }),
      );
    }
  }
  return rare.abort.signal;
}
