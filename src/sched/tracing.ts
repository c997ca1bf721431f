/**
 * What the scheduler tells a tracer. Off, it is a null tracer of the same shape, whose methods do nothing; `tracer/recorder.ts` is the real one. The
 * hot paths (spawn, run, join of plain tasks) have no hooks at all: a thread that is traced replaces them when it starts, before any task is
 * defined. See ../trace/README.md.
 */
import type { Heap } from "../shared/heap/heap.ts";
import type { RemoteName } from "../trace/events.ts";
import type { Future } from "./core.ts";
import type { TaskDefinition } from "./definition.ts";
import type { Scope } from "./scope.ts";
import type { Station } from "./station.ts";

/** What a phaser's phase is called in a trace. */
export interface PhaseName {
  readonly phaser: number;
  readonly phase: number;
}

/** What is asked of other places, and how it is told when the answer has come. */
export interface RemoteAbout {
  readonly op: RemoteName;
  readonly bytes: number;
  /** Of collective operations. */
  readonly team: number;
  readonly root: number;
}

export interface Asked extends RemoteAbout {
  readonly n: number;
  readonly begin: number;
  readonly parent: number;
  readonly seg: number;
  readonly path: number;
}

/** A call in the program, see `tracer/calls.ts`. */
export type CallSite = string;

/** Whoever awaits something: passed from `awaits` to `resumes`. */
export type Awaiter = object;

export interface Tracer {
  readonly on: boolean;
  /** The spawn function of a task, in place of the scheduler's; null: keep that. */
  makeSpawn(def: TaskDefinition): ((...args: never[]) => Future<unknown>) | null;
  /** The thread's runtime has this heap. */
  measures(heap: Heap): void;
  /** A future was made for a task of this thread, which has not begun. */
  spawned(future: Future<unknown>): void;
  /** The running task will spawn another one when its inputs are there, perhaps when it has ended itself. */
  spawnsLater(): void;
  /** `make` spawns what was to be spawned once its inputs are there. */
  inputsCame<T>(make: () => T): T;
  /** It has got a cell. */
  promoted(future: Future<unknown>, cell: number, station: Station): void;
  /** This thread has taken the cell, and the future stands for its task here. */
  stolen(future: Future<unknown>, cell: number, station: Station): void;
  cancelled(future: Future<unknown>): void;
  /** Where `callee`, a loop over `body`, was called; null where heddle calls it, and where nobody is traced. */
  callSite(callee: Function, body: object): CallSite | null;
  /** What `make` spawns of heddle's own tasks belongs to a loop that was called at `site`. */
  calledAt<T>(site: CallSite | null, make: () => T): T;
  /** `make`, whose tasks belong, whenever it is called, to the same loop as those that are spawned now. */
  inThisCall<A extends unknown[], T>(make: (...args: A) => T): (...args: A) => T;
  /** `args`, of a task that is about to be spawned, with what it is to know of that. */
  withSite(def: TaskDefinition, args: unknown[]): unknown[];
  // Bodies that can suspend; those of plain tasks are wrapped by `makeSpawn` and the like.
  begins(future: Future<unknown>): void;
  /** With `failed`, `error` is what it has failed with. */
  ends(future: Future<unknown>, failed: boolean, error: unknown): void;
  resumed(future: Future<unknown>): void;
  suspended(future: Future<unknown>): void;
  /** The stack begins and ends to wait. */
  waitBegins(): void;
  waitEnds(): void;
  /** The stack has waited for all tasks of the scope. */
  scopeEnded(scope: Scope): void;
  /** `future` stands for the end of `scope`. */
  standsFor(future: Future<unknown>, scope: Scope): void;
  /** The running task goes on with the value of `future`, for which it may have waited. */
  continues(future: Future<unknown>): void;
  /** The same for code that awaits, which goes on later: `resumes` is called then. Null: nobody who is traced. */
  awaits(): Awaiter | null;
  resumes(awaiter: Awaiter, future: Future<unknown>): void;
  /** `target` comes after `source`: dataflow, combinators. */
  follows(target: Future<unknown>, source: Future<unknown>): void;
  /** The running task settles `target`. */
  puts(target: Future<unknown>): void;
  /** The future is `object` in all threads. */
  shares(future: Future<unknown>, object: number): void;
  /** The running task asks other places for something, and `answer` is its future; null where nobody is traced. */
  asks(answer: Future<unknown>, about: RemoteAbout): Asked | null;
  /** The answer has come. */
  answered(asked: Asked): void;
  /** The running task has signalled a phase, or left it. */
  signals(at: PhaseName): void;
  /** `future` is settled when the phase has ended; null: the running task goes on after it at once. */
  afterPhase(future: Future<unknown> | null, at: PhaseName): void;
  /** The thread sleeps, for a reason of `ParkReason`. */
  parks(reason: number): void;
  unparks(): void;
  /** The thread has taken in its mail, or begins a turn of its event loop. */
  turns(): void;
  /** Runs `body(lo, hi)`, a piece of a loop whose `units` could all run at the same time. */
  piece(units: number, body: (lo: number, hi: number) => void, lo: number, hi: number): void;
  loopEnds(): void;
  mark(name: string): void;
  span<T>(name: string, body: () => T): T;
  /** Writes what is only counted so far. */
  flush(): void;
}

const nothing = (): void => {};

export const NULL_TRACER: Tracer = {
  on: false,
  makeSpawn: () => null,
  callSite: () => null,
  calledAt: (_site, make) => make(),
  inThisCall: (make) => make,
  withSite: (_def, args) => args,
  measures: nothing,
  spawned: nothing,
  spawnsLater: nothing,
  inputsCame: (make) => make(),
  promoted: nothing,
  stolen: nothing,
  cancelled: nothing,
  begins: nothing,
  ends: nothing,
  resumed: nothing,
  suspended: nothing,
  waitBegins: nothing,
  waitEnds: nothing,
  scopeEnded: nothing,
  standsFor: nothing,
  continues: nothing,
  awaits: () => null,
  resumes: nothing,
  follows: nothing,
  puts: nothing,
  shares: nothing,
  asks: () => null,
  answered: nothing,
  signals: nothing,
  afterPhase: nothing,
  parks: nothing,
  unparks: nothing,
  turns: nothing,
  piece: (_units, body, lo, hi) => body(lo, hi),
  loopEnds: nothing,
  mark: nothing,
  span: (_name, body) => body(),
  flush: nothing,
};

export let tracer: Tracer = NULL_TRACER;

export function setTracer(it: Tracer): void {
  tracer = it;
}

/** Where runtimes get the memory of their trace; null while nothing is traced. */
export interface TraceSession {
  /** The memory for the threads of a new runtime; with `communication`, the last of them is the communication thread. */
  open(slots: number, communication?: boolean): SharedArrayBuffer;
}

let session: TraceSession | null = null;
export function setTraceSession(it: TraceSession | null): void {
  session = it;
}
export const traceSession = (): TraceSession | null => session;
