import { compareExchange, load } from "../shared/atomics.ts";
import { Cell, CellFlag, CellState, cellWord, Outcome } from "../shared/cell.ts";
import { withPlace, withSpawnSite } from "../shared/codec/index.ts";
import type { Future } from "./core.ts";
import { knownPlace } from "./luggage.ts";
import type { OwnCells } from "./own-cells.ts";
import { endBody, settle } from "./settling.ts";
import { trimStack } from "./spawn-site.ts";
import { State } from "./state.ts";
import type { Station } from "./station.ts";

/** Takes in the cells of a slot that come home: settles their futures, lets their scopes count. */
export class Homecoming {
  readonly #station: Station;
  readonly #cells: OwnCells;

  constructor(station: Station, cells: OwnCells) {
    this.#station = station;
    this.#cells = cells;
  }

  /** A cell is back: with the result, or with the news that its subtree has ended, or both. */
  take(cell: number, end?: boolean): void {
    const { i32 } = this.#station.mem;
    const word = cellWord(cell);
    const future = this.#cells.futureOf(cell);
    const state = load(i32, word + Cell.STATE);
    if (future === undefined) return this.#buryOrphan(cell);
    this.#station.counters.home++;
    if (state === CellState.CANCELLED) {
      this.discardArguments(cell);
      endBody(future, true);
      this.#endSubtree(cell, future, null);
      return;
    }
    if (future.more!.cell === cell) {
      future.more!.cell = 0;
      if ((i32[word + Cell.FLAGS]! & CellFlag.TINY) === 0) this.#station.promoteOften();
      else this.#station.promoteRarely();
      endBody(future, (i32[word + Cell.FLAGS]! & CellFlag.BEGUN) === 0);
      this.#takeResult(cell, future);
    }
    const subtreeLeft = end === undefined ? state === CellState.RESULT && this.leaveSubtree(word) : !end;
    if (!subtreeLeft) this.#endSubtree(cell, future, load(i32, word + Cell.FAILURES) >>> 0);
  }

  /** Of a cell that is back with its result: true if the end of its subtree comes later, in a message of its own. */
  leaveSubtree(word: number): boolean {
    return compareExchange(this.#station.mem.i32, word + Cell.STATE, CellState.RESULT, CellState.RECEIVED) === CellState.RESULT;
  }

  /** A cell that was promoted by a thread which died in this slot is back: nobody waits for it. */
  #buryOrphan(cell: number): void {
    const cancelled = load(this.#station.mem.i32, cellWord(cell) + Cell.STATE) === CellState.CANCELLED;
    const subtreeLeft = this.leaveSubtree(cellWord(cell));
    try {
      // Read, so that what it holds is given back.
      if (cancelled) this.#station.values.readArguments(cell);
      else this.#station.values.readResult(cell);
    } catch {} // a module that this thread does not know
    this.#station.values.discard(cell);
    if (!subtreeLeft) this.#cells.release(cell);
  }

  #takeResult(cell: number, future: Future<unknown>): void {
    const outcome = (this.#station.mem.i32[cellWord(cell) + Cell.FLAGS]! >>> CellFlag.OUTCOME_SHIFT) & CellFlag.OUTCOME_MASK;
    let value: unknown;
    try {
      value = this.#station.values.readResult(cell);
    } catch (error) {
      settle(future, State.FAILED, error);
      future.scope?.fail(error, future);
      return;
    }
    if (outcome === Outcome.VALUE) settle(future, State.DONE, value);
    else {
      trimStack(value);
      withPlace(value, knownPlace(future));
      withSpawnSite(value, future.more?.rare.spawnSite?.toString());
      const cancelled = future.state >= State.DONE;
      settle(future, outcome === Outcome.CANCELLED ? State.CANCELLED : State.FAILED, value);
      if (outcome === Outcome.ERROR && !cancelled) future.scope?.fail(value, future);
    }
  }

  #endSubtree(cell: number, future: Future<unknown>, failures: number | null): void {
    const { scope } = future;
    if (failures !== null && failures !== 0) {
      for (const error of this.#station.values.readFailures(cell, failures)) {
        trimStack(error);
        withPlace(error, knownPlace(future));
        scope?.fail(error, future);
      }
    }
    this.#cells.release(cell);
    future.more!.rare.onHome?.();
    scope?.leave();
  }

  /** Frees the arguments of a cell that nobody has opened, unread. */
  discardArguments(cell: number): void {
    this.#station.values.discard(cell);
    for (const block of this.#cells.lentBy(cell)) this.#station.objects.drop(block);
  }
}
