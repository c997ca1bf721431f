import { Cell, CellState, cellNumber, cellWord, firstCell, ownerOf } from "../shared/cell.ts";
import { CELL_BYTES, CELLS_PER_SLOT, type Layout } from "../shared/layout.ts";
import type { Future } from "./core.ts";

/** The cells of one slot, as its thread knows them: which are free, and whose futures the others are. */
export class OwnCells {
  readonly #i32: Int32Array;
  readonly #map: Layout;
  readonly #slot: number;
  readonly #free: number[] = [];
  /** The futures of the cells that are out, by cell number. */
  readonly #out: (Future<unknown> | undefined)[] = new Array(CELLS_PER_SLOT).fill(undefined);
  #outside = 0;
  /** What the arguments of cells that are out hold, see objects.ts; whoever reads them takes it over. */
  readonly #lent = new Map<number, readonly number[]>();

  constructor(i32: Int32Array, map: Layout, slot: number) {
    this.#i32 = i32;
    this.#map = map;
    this.#slot = slot;
    const first = firstCell(map, slot);
    for (let i = CELLS_PER_SLOT - 1; i >= 0; i--) {
      const cell = first + i * CELL_BYTES;
      if (i32[cellWord(cell) + Cell.STATE] === CellState.FREE) this.#free.push(cell);
    }
  }

  /** How many are out, in rings or in other threads. */
  get outside(): number {
    return this.#outside;
  }

  get anyFree(): boolean {
    return this.#free.length > 0;
  }

  /** A free cell, or 0. */
  take(): number {
    return this.#free.pop() ?? 0;
  }

  /** Gives back one that `take` returned, unused. */
  untake(cell: number): void {
    this.#free.push(cell);
  }

  /** From now on the cell is this future's. */
  bind(cell: number, future: Future<unknown>, lent: readonly number[] | null): void {
    if (lent !== null) this.#lent.set(cell, lent);
    this.#out[cellNumber(this.#map, cell)] = future;
    this.#outside++;
  }

  release(cell: number): void {
    if (this.#lent.size > 0) this.#lent.delete(cell);
    this.#i32[cellWord(cell) + Cell.STATE] = CellState.FREE;
    this.#free.push(cell);
    if (this.#out[cellNumber(this.#map, cell)] === undefined) return;
    this.#out[cellNumber(this.#map, cell)] = undefined;
    this.#outside--;
  }

  isOwn(cell: number): boolean {
    return ownerOf(this.#map, cell) === this.#slot;
  }

  /** Of an own cell; undefined where nobody waits for it. */
  futureOf(cell: number): Future<unknown> | undefined {
    return this.#out[cellNumber(this.#map, cell)];
  }

  lentBy(cell: number): readonly number[] {
    return this.#lent.get(cell) ?? [];
  }

  /** The futures whose cells are out. */
  futures(): Future<unknown>[] {
    return this.#outside === 0 ? [] : this.#out.filter((it) => it !== undefined);
  }

  /** Nobody waits for any of them any more. */
  forget(): void {
    this.#out.fill(undefined);
    this.#outside = 0;
  }
}
