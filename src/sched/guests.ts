/** Tasks of other threads that this one has taken: running them, sending their results home. */

import { CancelledError } from "../errors.ts";
import { add, compareExchange, load, notify, store } from "../shared/atomics.ts";
import { CancelMark, Cell, CellFlag, CellState, cellWord, Outcome, ownerOf, valueIndex } from "../shared/cell.ts";
import { Control, Slot, slotWord } from "../shared/layout.ts";
import { Message, MessageKind, post } from "../shared/mailbox.ts";
import { cancelStarted } from "./cancel.ts";
import { begin, Future } from "./core.ts";
import { Body, type SpawnOptions, type TaskDefinition } from "./definition.ts";
import type { Imports } from "./imports.ts";
import { moreOf, nameOf, rareOf } from "./more.ts";
import { wake } from "./parking.ts";
import { Scope } from "./scope.ts";
import { settledValue } from "./settling.ts";
import { State } from "./state.ts";
import type { Station } from "./station.ts";
import { tracer } from "./tracing.ts";

/** A task that takes less (ms) is not worth its promotion, which costs about as much in its owner's thread and in the thief's. */
const TINY_MS = 0.002;

export class Guests {
  readonly #station: Station;
  readonly #imports: Imports;
  /** Plain ones, which end in the opposite order, and the others. */
  readonly #onStack: Future<unknown>[] = [];
  readonly #suspendable = new Set<Future<unknown>>();
  readonly #beforeHome: () => void;
  /** When the innermost of them began. */
  #began = 0;

  /** `beforeHome` is called before a task that has ended goes home. */
  constructor(station: Station, imports: Imports, beforeHome: () => void) {
    this.#station = station;
    this.#imports = imports;
    this.#beforeHome = beforeHome;
  }

  /** Runs a cell that was taken from a ring or came by mail. */
  execute(cell: number): void {
    const { i32 } = this.#station.mem;
    const word = cellWord(cell);
    const flags = i32[word + Cell.FLAGS]!;
    if (compareExchange(i32, word + Cell.STATE, CellState.READY, CellState.RUNNING) !== CellState.READY) {
      if ((flags & CellFlag.OBJECT) !== 0) callOf(this.#station, cell)();
      return this.#sendHome(cell, word + Cell.THIEF, 0);
    }
    const def = this.#imports.definition(i32[word + Cell.FUNCTION]!);
    const scope = (flags & CellFlag.SCOPED) === 0 ? null : this.#proxyScope(cell, flags);
    const future = this.#guest(cell, def, scope);
    if (future.def.body === Body.PLAIN) this.#onStack.push(future);
    else this.#suspendable.add(future);
    tracer.stolen(future, cell, this.#station);
    future.more!.observed = true;
    future.more!.waiters = this.#sendSettled;
    if ((flags & CellFlag.OBJECT) !== 0) (rareOf(future).onEnd ??= []).push(callOf(this.#station, cell));
    const outer = this.#began;
    this.#began = performance.now();
    begin(future);
    this.#began = outer;
  }

  /** The calls of objects that have begun here and not ended. */
  calls(): { call: Future<unknown>; object: number }[] {
    const { i32, f64 } = this.#station.mem;
    return [...this.#onStack, ...this.#suspendable]
      .filter((it) => (i32[cellWord(it.more!.cell) + Cell.FLAGS]! & CellFlag.OBJECT) !== 0)
      .map((call) => ({ call, object: f64[valueIndex(call.more!.cell, 1)]! }));
  }

  readonly #sendSettled = (future: Future<unknown>): void => {
    if (future.def.body !== Body.PLAIN) this.#suspendable.delete(future);
    else if (this.#onStack.at(-1) === future) this.#onStack.pop();
    else this.#onStack.splice(this.#onStack.indexOf(future), 1); // cancelled while others run above it
    this.#sendResult(future.more!.cell, future);
  };

  #guest(cell: number, def: TaskDefinition, scope: Scope | null): Future<unknown> {
    let args: unknown[];
    let options: unknown = null;
    try {
      ({ args, options } = this.#station.values.readArguments(cell));
    } catch (error) {
      const failing: TaskDefinition = { ...def, body: 0, arity: 0, fn: () => { throw error; } }; // biome-ignore format: one line
      const future = new Future<unknown>(State.PRIVATE, failing, null, scope, undefined, undefined, undefined);
      moreOf(future).cell = cell;
      return future;
    }
    const future = new Future<unknown>(State.PRIVATE, def, null, scope, args[0], args[1], args[2]);
    const more = moreOf(future);
    more.cell = cell;
    if (args.length !== def.arity) more.args = args;
    if (options !== null) {
      more.options = options as SpawnOptions;
      prepareGuest(future, more.options);
    }
    this.#station.mem.i32[cellWord(cell) + Cell.FLAGS]! |= CellFlag.BEGUN; // plain: others read it only after the cell or this thread has ended
    return future;
  }

  /** The part of the task's finish scope that lies in this thread: the task and all that it spawns for it. */
  #proxyScope(cell: number, flags: number): Scope {
    const scope = new Scope(null, (flags & CellFlag.KEEP_GOING) !== 0, (flags & CellFlag.BLOCKING) !== 0);
    scope.pending = 1;
    scope.cell = cell;
    scope.onQuiet = this.#onQuiet;
    scope.onFailure = this.#onFailure;
    return scope;
  }

  readonly #onQuiet = (scope: Scope): void => this.#endSubtree(scope.cell, scope);

  readonly #onFailure = (_error: unknown, { cell, keepGoing }: Scope): void => {
    if (keepGoing) return; // its owner would not look, and might have ASKED meanwhile
    const { i32 } = this.#station.mem;
    store(i32, cellWord(cell) + Cell.MARK, CancelMark.FAILED);
    add(i32, Control.CANCEL_EPOCH, 1);
    wake(i32, ownerOf(this.#station.map, cell));
  };

  #sendResult(cell: number, future: Future<unknown>): void {
    const { i32 } = this.#station.mem;
    const word = cellWord(cell);
    let flags = i32[word + Cell.FLAGS]! & (CellFlag.SCOPED | CellFlag.BEGUN | CellFlag.AWAY);
    if (future.state === State.DONE) {
      try {
        flags |= this.#station.values.writeResult(cell, future.a0);
      } catch (error) {
        flags |= this.#station.values.writeError(cell, error) | (Outcome.ERROR << CellFlag.OUTCOME_SHIFT);
      }
    } else {
      if (future.scope !== null) future.scope.reported = future.a0;
      const outcome = future.state === State.CANCELLED ? Outcome.CANCELLED : Outcome.ERROR;
      flags |= this.#station.values.writeError(cell, future.a0) | (outcome << CellFlag.OUTCOME_SHIFT);
    }
    if (future.def.body === Body.PLAIN && performance.now() - this.#began < TINY_MS) flags |= CellFlag.TINY;
    i32[word + Cell.FLAGS] = flags;
    const { scope } = future;
    if (scope === null) {
      this.#sendHome(cell, word + Cell.STATE, CellState.ENDED);
    } else if (scope.pending > 1) {
      this.#sendHome(cell, word + Cell.STATE, CellState.RESULT);
    } // else the task is the last of its subtree, and #endSubtree follows at once
  }

  #endSubtree(cell: number, scope: Scope): void {
    const { i32 } = this.#station.mem;
    const word = cellWord(cell);
    if (scope.failures.length > 0) {
      const failures = scope.failures.filter((it) => it !== scope.reported);
      if (failures.length > 0) i32[word + Cell.FAILURES] = this.#station.values.writeFailures(cell, failures);
    }
    // Still RESULT: the owner has not read its mail, and will find the end together with the result.
    const posted = i32[word + Cell.STATE] !== CellState.RUNNING; // plain: only this thread changes it from RUNNING
    if (posted && compareExchange(i32, word + Cell.STATE, CellState.RESULT, CellState.ENDED) === CellState.RESULT) return;
    this.#sendHome(cell, word + Cell.STATE, CellState.ENDED);
  }

  /** Posts the cell and sets `mark` to `value`, by which `Team` knows after this thread's death that it has been posted. */
  #sendHome(cell: number, mark: number, value: number): void {
    const { mem, map } = this.#station;
    const owner = ownerOf(map, cell);
    this.#beforeHome();
    post(mem.i32, slotWord(owner) + Slot.MAILBOX, cell, mark, value);
    wake(mem.i32, owner);
  }

  lookForCancellation(): void {
    const { i32 } = this.#station.mem;
    for (const future of [...this.#onStack, ...this.#suspendable]) {
      const mark = load(i32, cellWord(future.more!.cell) + Cell.MARK);
      if (mark === CancelMark.ASKED) cancelStarted(future, new CancelledError(`${nameOf(future)} was cancelled`));
      else if (mark === CancelMark.MEMBERS) future.more!.rare.onMemberCancelled?.();
    }
  }

  /** Tells the thread that started the runtime of a failure that nobody here can hear of. */
  reportUnhandled(future: Future<unknown>): void {
    let error: unknown;
    try {
      settledValue(future);
    } catch (it) {
      error = it;
    }
    const { mem, heap, values } = this.#station;
    const node = heap.alloc(16);
    mem.i32[(node >>> 2) + Message.KIND] = MessageKind.UNHANDLED;
    mem.i32[(node >>> 2) + 2] = values.writeBlock(this.#station.encodeErrors([error]));
    this.#station.sendTo(0, node);
    add(mem.i32, Control.UNHANDLED, 1);
    notify(mem.i32, Control.UNHANDLED, 1);
  }
}

/** What is to be called when a call of an object, which came in this cell, has ended or will never begin. */
let callOf: (station: Station, cell: number) => () => void = () => () => {};
export function onCall(hook: typeof callOf): void {
  callOf = hook;
}

/** What the upper layers do with the options that a task brought along (phasers). */
let prepareGuest: (future: Future<unknown>, options: SpawnOptions) => void = () => {};
export function onGuest(hook: typeof prepareGuest): void {
  prepareGuest = hook;
}
