import { type Context, getPlatform } from "../platform/platform.ts";
import { Control } from "../shared/layout.ts";
import type { Frame } from "./core.ts";
import type { Port } from "./port.ts";

/**
 * The state of this thread. The private part of the deque is `items`, positions head..top-1, oldest first. A task runs
 * where it lies, its children come to lie above it, and `at` is the position of the innermost frame on the stack, -1
 * outside the scheduler. So entering and leaving a task stores numbers, not pointers: storing a young object into an
 * old one costs a write barrier. One object, since its fields are cheaper to reach than the variables of a module.
 */
export const thread = {
  items: new Array<Frame | null>(1024).fill(null),
  head: 0,
  top: 0,
  at: -1,
  /** Where the frame lies that the scheduler works for: one that waits on the stack, -1 for the worker's own loop. */
  waiting: -1,
  /** By the position of a frame on the stack: what it waited for when it last had nothing of its own to run. For whyStuck alone. */
  waits: [] as (Frame | null)[],
  /** The control block; zeros while this thread has no other threads to think of. */
  words: new Int32Array(Control.CANCEL_EPOCH + 1) as Int32Array,
  /** Runs until the port wants to read the clock. */
  untilTick: 1,
  tickInterval: 1,
  runs: 0,
  /** Whether tasks that must stay on this thread and have not run yet may lie behind `head`. */
  passedLocal: false,
  /** Promises have been settled since the event loop turned: their callbacks wait. */
  promiseJobs: false,
  /** Whether anything was ever cancelled in this thread: only then runs look at their ancestors. */
  cancellation: false,
};

let port: Port | null = null;

export function noteCancellation(): void {
  thread.cancellation = true;
}

export function attachPort(it: Port | null, memory: Int32Array): void {
  port = it;
  thread.words = memory;
  thread.untilTick = thread.tickInterval = 1;
}
export const getPort = (): Port | null => port;

export const privateTasks = (): number => Math.max(0, thread.top - thread.head);

/** How many bodies have been run here, up to the running tick. */
export const bodiesRun = (): number => thread.runs + thread.tickInterval - thread.untilTick;
export function countRun(): void {
  thread.runs++;
}

// ---- frames ------------------------------------------------------------------------------------------------------

/** Makes `frame` what spawns go below, until `leave` is called with the returned position. */
export function enter(frame: Frame): number {
  const outer = thread.at;
  thread.at = thread.top;
  thread.items[thread.top++] = frame;
  return outer;
}

/** Runs `body` with `frame` as what spawns go below. */
export function withEntered<T>(frame: Frame, body: () => T): T {
  const outer = enter(frame);
  try {
    return body();
  } finally {
    leave(outer);
  }
}

export function leave(outer: number): void {
  if (thread.top - 1 === thread.at) thread.top = thread.at;
  if (thread.head > thread.top) thread.head = thread.top;
  thread.at = outer;
}

let context: Context<Frame | null> | undefined;

/** Keeps the frame across the awaits of an async body. */
export const frameContext = (): Context<Frame | null> => (context ??= getPlatform().createContext());

/** The frame on this thread's stack. */
export const syncFrame = (): Frame | null => (thread.at < 0 ? null : thread.items[thread.at]!);

/** The frame that a spawn here and now would go below: also right after an await in an async body. */
export const currentFrame = (): Frame | null => (thread.at < 0 ? (frameContext().get() ?? null) : thread.items[thread.at]!);

/** Whether the deque holds nothing but the frame on the stack. */
export const onlyFrame = (): boolean => thread.top === thread.at + 1 && thread.head >= thread.at;

/** Everything that lies above this position descends from the frame on the stack. */
export const markHere = (): number => thread.at + 1;
