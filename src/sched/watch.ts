/**
 * What tells the race detector (../check/) what comes before what. Null in every ordinary run, and never called on the
 * paths that spawns and joins of small tasks take: while somebody watches, those are not taken.
 */
import type { Heap } from "../shared/heap/heap.ts";
import type { SharedMemory } from "../shared/memory.ts";
import type { Future } from "./core.ts";
import type { Scope } from "./scope.ts";

/** All that comes before some moment; for whoever watches alone. */
export type Past = object;

type Any = Future<unknown>;

/** How elements are reached. A load or store of one element is whole, as an atomic operation is, but its value depends on who comes first. */
export type Touch = "read" | "write" | "load" | "store" | "atomic";

/** A piece of a heap. */
export interface Elements {
  readonly mem: SharedMemory;
  readonly address: number;
  readonly bytes: number;
  /** Of the elements; -1 where that is not known. */
  readonly kind: number;
}

/** A part of a shared array. */
export interface Part {
  /** Of the whole array. */
  readonly length: number;
  /** Which element of the whole array an element of the part is. */
  indexOf(element: number): number;
}

export interface Watch {
  /** A runtime has made its heap. */
  heap(mem: SharedMemory, heap: Heap): void;
  /** A task was made here and now; it has not begun. */
  spawned(future: Any): void;
  /** A future was made here and now for a task that is spawned later. */
  made(future: Any): void;
  /** How `input` was settled (what runs now, if null) comes before the task of `future` begins, or before it is settled. */
  feeds(input: Any | null, future: Any): void;
  /** Runs `body` as something that comes after all that was fed to `future`, and after nothing else. */
  runFed<T>(future: Any, body: () => T): T;
  /** The same, after these. */
  runAfter<T>(pasts: readonly Past[], body: () => T): T;
  /** Whoever runs, to go on with: what is returned runs a body, and what that awaits, as the same, which comes after here and now as well. */
  continuation(): <T>(body: () => T) => T;
  /** What comes before here and now. */
  past(): Past;
  /** Whoever runs has seen how `future` was settled. */
  observed(future: Any): void;
  /** Whoever is to be told later: `heard` is called then. */
  listener(): (past: Past) => void;
  /** `body` settles the future and calls those who wait. */
  settles(future: Any, body: () => void): void;
  /** The body of a task has ended, which `body` tells others. */
  ends(future: Any, body: () => void): void;
  /** All tasks of the scope have ended, as whoever runs knows; or as `future` tells. */
  closes(scope: Scope, future: Any | null): void;
  /** Whoever sees the future has its turn with a lock. */
  turn(lock: string, future: Any): void;
  /** That turn has ended. */
  turnEnds(future: Any): void;
  /** A mobile object is called here and now; the future is that of the call. */
  calls(object: number, future: Any): void;
  /** The task that runs has the object until it ends; with `interleaves`, as others do that wait. */
  callBegins(object: number, interleaves: boolean): void;
  /** The call has ended. */
  callEnds(object: number, future: Any): void;
  /** Nothing runs any more, as whoever runs knows. */
  rests(): void;
  /** Whoever runs has signalled this phase, or will not be waited for in it and later ones. */
  signals(phaser: object, phase: number): void;
  /** `future` is settled when `phase` begins. */
  awaitsPhase(phaser: object, phase: number, future: Any): void;
  /** Runs the action between `phase` and the next one. */
  single(phaser: object, phase: number, action: (phase: number) => void): void;
  /** Runs units that are logically parallel one after the other. */
  loop(run: () => void): void;
  /**
   * Global memory is reached from here and now on until the future that `body` returns is settled: whoever sees that comes after it. What `body`
   * touches is what it says by `touches`.
   */
  operation<F extends Any>(name: string, body: () => F): F;
  /** Whoever runs, or the operation that does, reaches these elements, which lie one behind the other at a place. */
  touches(how: Touch, elements: Elements): void;
  /** The memory that has just been allocated at this address lies at a place. */
  lies(mem: SharedMemory, address: number, place: number, part: Part | null): void;
  /** A WebAssembly kernel gets these arguments. */
  kernel(name: string, args: readonly unknown[]): void;
}

export let watch: Watch | null = null;

/** Before any task is defined. */
export function setWatch(it: Watch | null): void {
  watch = it;
}
