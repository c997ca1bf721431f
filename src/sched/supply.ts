import { InvariantError } from "../errors.ts";
import { Cell, CellFlag, cellWord, valueIndex } from "../shared/cell.ts";
import { MessageKind } from "../shared/mailbox.ts";
import { begin, type Future } from "./core.ts";
import { Body } from "./definition.ts";
import type { Guests } from "./guests.ts";
import type { Hunting } from "./hunting.ts";
import type { Imports } from "./imports.ts";
import type { Station } from "./station.ts";

/** The cells that a worker may run without stealing: those in its own rings, and those that were sent to it. */
export class Supply {
  readonly #station: Station;
  readonly #imports: Imports;
  readonly #guests: Guests;
  readonly #hunting: Hunting;
  readonly #i32: Int32Array;
  /** Cells that were sent here, by affinity or as calls of objects that live here, oldest first. */
  readonly #sent: number[] = [];

  constructor(station: Station, imports: Imports, guests: Guests, hunting: Hunting) {
    this.#station = station;
    this.#imports = imports;
    this.#guests = guests;
    this.#hunting = hunting;
    this.#i32 = station.mem.i32;
    const keep = (cell: number): void => {
      this.#i32[cellWord(cell) + Cell.THIEF] = station.slot; // should this thread die, the one that replaces it gets the cell
      this.#sent.push(cell);
    };
    station.receivers.set(MessageKind.CELL, keep);
    station.receivers.set(MessageKind.CALL, (cell) => {
      this.#i32[cellWord(cell) + Cell.KIND] = MessageKind.CELL;
      keep(cell);
    });
  }

  /** How many cells that were sent here lie here. */
  get sent(): number {
    return this.#sent.length;
  }

  /** The oldest of them, or 0. */
  shiftSent(): number {
    return this.#sent.shift() ?? 0;
  }

  /** The objects whose async methods are to begin here next. */
  objectsOfAsyncCalls(): number[] {
    const { i32, f64 } = this.#station.mem;
    const isCall = (cell: number): boolean => (i32[cellWord(cell) + Cell.FLAGS]! & CellFlag.OBJECT) !== 0;
    if (!this.#imports.complete()) return [];
    return this.#sent.filter((cell) => isCall(cell) && !this.mayNest(cell)).map((cell) => f64[valueIndex(cell, 1)]!);
  }

  /** Takes back the newest cell of an own ring, if `accept` says yes to its future, and runs it. */
  popOwn(accept: (future: Future<unknown>) => boolean): boolean {
    for (const ring of this.#station.rings) {
      if (ring.size() <= 0) continue;
      const newest = ring.peek();
      if (newest === 0) continue;
      const future = this.#station.futureOf(newest);
      if (future === undefined || !accept(future)) continue;
      const cell = ring.pop();
      if (cell === 0) continue;
      if (cell !== newest) throw new InvariantError("a ring changed under its owner");
      this.#hunting.found();
      if (this.#station.takeBack(cell, future)) begin(future);
      return true;
    }
    return false;
  }

  /** Whether a waiting stack may begin this cell: not an async task, which needs the event loop that the stack blocks. */
  mayNest(cell: number): boolean {
    return this.#imports.complete() && this.#imports.definition(this.#i32[cellWord(cell) + Cell.FUNCTION]!).body !== Body.ASYNC;
  }

  /** The oldest of the cells that were sent here which `accept` says yes to, or 0. */
  takeSent(accept: (cell: number) => boolean): number {
    const at = this.#sent.findIndex(accept);
    return at < 0 ? 0 : this.#sent.splice(at, 1)[0]!;
  }

  execute(cell: number): true {
    this.#hunting.found();
    this.#guests.execute(cell);
    return true;
  }
}
