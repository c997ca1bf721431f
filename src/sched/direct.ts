/**
 * What records the decisions of the scheduler, or makes it take those of a record again (../replay/). Null in every ordinary run,
 * and never called on the paths that spawns and joins of small tasks take: while somebody directs, those are not taken.
 */
import type { SpawnOptions } from "./definition.ts";

/** What a record can say next to a thread that asks what to do. */
export type Next = { readonly kind: "body" | "step" | "mail" | "loop" | "other"; readonly id: number };

/** A message that settles something here. A cell may come twice, first with its result, then with the end of its subtree, or once with both. */
export interface Mail {
  /** Of the task or of the waiter. */
  readonly key: number;
  /** Whether it brings the end by now. */
  isEnd(): boolean;
  /** Decides that: from now on the end comes in a message of its own, or it is here. */
  claim(): boolean;
  take(end: boolean): void;
}

interface AnyFuture {
  readonly more: { readonly options: SpawnOptions | null } | null;
}

export interface Director {
  /** This thread follows a record; false again when that has come to its end. */
  readonly replaying: boolean;
  /** A runtime with so many workers is about to start. */
  runtime(workers: number): void;
  /** A body that tells when it begins. */
  body<F extends (...args: never[]) => unknown>(fn: F, name: string): F;
  /** A task was made here: it gets its identity. */
  spawned(future: object): void;
  /** The same for a task that is spawned outside of tasks. */
  outside(options: SpawnOptions | null): SpawnOptions;
  /** Whether the task, which is ready to run, goes to another worker: that is seen to. */
  sends(future: object): boolean;
  /** Something that other threads can see: happens at its place in the order of all such. */
  ordered<T>(what: string, operation: () => T): T;
  /** The same for what has to be tried until it does not say undefined; `meanwhile` runs in between. */
  retried<T>(what: string, attempt: () => T | undefined, meanwhile: () => void): T;
  /** A number that depends on time or on what other threads do. */
  value(it: () => number): number;
  /** A task has taken its mail in the middle of its body. */
  glanced(): void;
  /** A message has come: it is taken in now, or when its time has come. */
  arrived(mail: Mail): void;
  /** Outside of tasks: `receive` takes what has come; whether there was any. */
  mailTaken(receive: () => boolean): boolean;
  /** A worker lets its event loop turn, in which async tasks may go on. */
  turnsLoop(): void;
  /** The generator task goes on. */
  steps(future: object): void;

  // When replaying:

  next(): Next | null;
  /** The task of this identity, if it lies here. */
  takeLocal(id: number): object | null;
  /** Takes in the message that is next, if it is there. */
  takeMail(): boolean;
  /** Nothing of what is next is there yet: waits a little. True when nothing has happened anywhere for some time. */
  pause(): boolean;
  /** The program does something else than the record says. */
  diverged(what: string): void;
}

export let director: Director | null = null;

/** Before any task is defined. */
export function setDirector(it: Director): void {
  director = it;
}

/** The identity of a task, while somebody directs. */
export const identityOf = (future: object): number => (future as AnyFuture).more?.options?.replay ?? 0;

/** Does something that other threads can see. */
export const ordered = <T>(what: string, operation: () => T): T =>
  director === null ? operation() : director.ordered(what, operation);

/** Does something that other threads can see, once it can be done: until then `attempt` says undefined, and others must be able to do the like. */
export function retried<T>(what: string, attempt: () => T | undefined, meanwhile: () => void): T {
  return director === null ? retry(attempt, meanwhile) : director.retried(what, attempt, meanwhile);
}

export function retry<T>(attempt: () => T | undefined, meanwhile: () => void): T {
  for (;;) {
    const done = attempt();
    if (done !== undefined) return done;
    meanwhile();
  }
}
