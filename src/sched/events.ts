/**
 * What a runtime tells to whoever has subscribed, by the platform's channels (`node:diagnostics_channel`); see docs/guide/metrics.md.
 * Where nobody has subscribed, an event costs one read.
 */
import { type Channel, getPlatform } from "../platform/platform.ts";
import type { Future } from "./core.ts";
import { moreOf, nameOf } from "./more.ts";
import { State } from "./state.ts";
import { getPort } from "./thread.ts";
import { addWaiter } from "./waiters.ts";

const NAMES = {
  runtimeStart: "heddle:runtime:start",
  runtimeStop: "heddle:runtime:stop",
  workerStart: "heddle:worker:start",
  workerLost: "heddle:worker:lost",
  taskSpawn: "heddle:task:spawn",
  taskEnd: "heddle:task:end",
  failureUnhandled: "heddle:failure:unhandled",
} as const;

type Events = { readonly [K in keyof typeof NAMES]: Channel };

let channels: Events | undefined;

/** The channels of this thread. */
export function events(): Events {
  channels ??= Object.fromEntries(
    Object.entries(NAMES).map(([key, name]) => [key, getPlatform().channel(name)]),
  ) as unknown as Events;
  return channels;
}

export function tell(event: keyof Events, message: () => object): void {
  const channel = events()[event];
  if (channel.hasSubscribers) channel.publish(message());
}

/** Whether somebody wants to hear of every task: they are then sent one by one. */
export const tasksAreWatched = (): boolean => {
  const { taskSpawn, taskEnd } = events();
  return taskSpawn.hasSubscribers || taskEnd.hasSubscribers;
};

let spawned = 0;

const STATUS: Record<number, string> = { [State.DONE]: "fulfilled", [State.FAILED]: "failed", [State.CANCELLED]: "cancelled" };

/** Tells of a task that was just spawned outside of tasks, and of its end. It counts as looked at by nobody as before. */
export function watchTask(future: Future<unknown>, runtime: object): void {
  const began = performance.now();
  const task = { id: ++spawned, name: nameOf(future), runtime };
  tell("taskSpawn", () => task);
  const end = (): void => {
    const error = future.state === State.DONE ? undefined : future.a0;
    tell("taskEnd", () => ({ ...task, status: STATUS[future.state]!, durationMs: performance.now() - began, error }));
    // A waiter keeps `settle` from reporting a failure that nobody looks at.
    const { more } = future;
    if (future.state === State.FAILED && future.scope === null && more?.observed === false)
      (more.port ?? getPort())?.unhandled(future);
  };
  if (future.state >= State.DONE) return end();
  const more = moreOf(future);
  more.waiters = addWaiter(more.waiters, end);
}
