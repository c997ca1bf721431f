/** What a wait on the stack waits for in the end, and why that cannot come. See README.md, "Waiting on the stack". */
import { StuckError } from "../errors.ts";
import type { Future } from "./core.ts";
import { Body, NO_TASK } from "./definition.ts";
import { nameOf } from "./more.ts";
import { Scope } from "./scope.ts";
import { State } from "./state.ts";
import { suspended } from "./suspend.ts";

/** From what is waited for to what that waits for, as far as this thread knows. */
export function chainFrom(awaited: Future<unknown> | Scope): Future<unknown>[] {
  const chain: Future<unknown>[] = [];
  let next = awaited instanceof Scope ? heldUpBelow(awaited) : awaited;
  while (next !== null && !chain.includes(next)) {
    chain.push(next);
    next = next.more?.rare.awaits ?? null;
  }
  return chain;
}

/** A task of the scope that waits; preferably one that waits for an async task of this thread. */
function heldUpBelow(scope: Scope): Future<unknown> | null {
  const waiting = [...suspended].filter((it) => it.scope === scope && it.more?.rare.awaits != null);
  return waiting.find((it) => needsThisLoop(chainFrom(it))) ?? waiting[0] ?? null;
}

const isAsync = (future: Future<unknown> | undefined): boolean => future !== undefined && future.def.body === Body.ASYNC;

/** The chain ends in an async task that only the event loop of this thread can carry on. */
export function needsThisLoop(chain: readonly Future<unknown>[]): boolean {
  const last = chain.at(-1);
  if (!isAsync(last)) return false;
  const { state } = last!;
  return state === State.RUNNING || state === State.SUSPENDED || (state === State.PRIVATE && last!.more?.local === true);
}

/** The chain ends in an async task that lies where any worker with an empty stack would begin it. */
export function needsFreeWorker(chain: readonly Future<unknown>[]): boolean {
  const last = chain.at(-1);
  return isAsync(last) && last!.state === State.SHARED;
}

const KINDS = ["the task", "the generator task", "the async task"];

function describe(future: Future<unknown>): string {
  const name = nameOf(future);
  if (future.def !== NO_TASK) return `${KINDS[future.def.body]} ${name}`;
  return name === NO_TASK.name ? "a promise" : `the future of ${name}`;
}

/** Why the wait is given up; `needsThisStack`: it is for a call of an object that is at another one, which needs the stack. */
export function stuckError(
  waiting: string,
  awaited: Future<unknown> | Scope,
  chain: readonly Future<unknown>[],
  needsThisStack = false,
): StuckError {
  const first =
    awaited instanceof Scope
      ? [`a finish scope with ${awaited.pending} ${awaited.pending === 1 ? "task that has" : "tasks that have"} not ended`]
      : [];
  const links = [...first, ...chain.map(describe)].join(", which waits for ");
  const why = needsThisStack
    ? "The object is at another call, which cannot go on before: it waits below on this stack, or needs the event loop that this wait stops."
    : needsThisLoop(chain)
      ? "It can go on only in the event loop that this wait stops."
      : needsFreeWorker(chain)
        ? "No worker is free for it: all of them wait like this."
        : "Nothing can run any more, and async tasks cannot go on in the event loops that such waits stop.";
  return new StuckError(
    `${waiting} waits on its stack for ${links}. ${why} A plain task can wait only for what plain tasks can compute: make it a generator ` +
      "(`yield* future`) or async (`await future`), or spawn the rest when the value is there: next.after(future).",
  );
}
