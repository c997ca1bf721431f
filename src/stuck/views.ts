/** What each place says of itself, as plain data: its threads, and what its communication thread has under way. */
import { load } from "../shared/atomics.ts";
import { Cell, CellState, cellWord, ownerOf } from "../shared/cell.ts";
import type { Layout } from "../shared/layout.ts";
import type { ThreadReport } from "./report.ts";

/** Slots of all places in one numbering. */
export const SLOTS = 4096;
export const globalSlot = (place: number, slot: number): number => place * SLOTS + slot;
export const placeOfSlot = (slot: number): number => Math.floor(slot / SLOTS);
export const slotInPlace = (slot: number): number => slot % SLOTS;

/** What a communication thread has under way. Cells are addresses in the memory of its place. */
export interface WireReport {
  /** Tasks that have left: their cells, where they went, what they are called on the way. */
  readonly away: readonly (readonly [cell: number, to: number, token: number])[];
  /** Tasks that have come. */
  readonly arrived: readonly (readonly [cell: number, from: number, token: number])[];
  /** Tasks that wait here until somebody has nothing to do. */
  readonly pool: readonly number[];
  /** Collective operations that were called here and have not ended: by which question, and which of its team's. */
  readonly open: readonly {
    readonly question: string;
    readonly name: string;
    readonly team: number;
    readonly call: number;
    readonly members: readonly number[];
  }[];
  /** Phasers that other places know: what this place calls them, and what all call them. */
  readonly phasers: readonly (readonly [id: number, name: string])[];
  /** How many operations of each team were called here. */
  readonly calls: readonly (readonly [team: number, count: number])[];
}

/** Where a cell is by its own words. */
export interface Located {
  readonly doing: "queued" | "running";
  readonly slot: number;
}

export interface PlaceView {
  readonly place: number;
  readonly reports: readonly (ThreadReport | null)[];
  /** By slot: the PARK word, -1 where the thread has not started; and for how long (s) it has not looked at the clock. */
  readonly parks: readonly number[];
  readonly busy: readonly number[];
  /** Null where the place is alone, or its communication thread does not answer. */
  readonly wire: WireReport | null;
  readonly located: readonly (readonly [cell: number, at: Located])[];
  /** A signal has just asked this place who waits for what. */
  readonly signalled: boolean;
}

/** Where the cells are that a place's threads or its communication thread have told of. */
export function locate(
  reports: PlaceView["reports"],
  wire: WireReport | null,
  i32: Int32Array,
  map: Layout,
): PlaceView["located"] {
  const cells = new Set<number>();
  for (const report of reports)
    for (const { doing, cell } of report?.things ?? []) if (doing === "out" && cell !== undefined) cells.add(cell);
  for (const [cell] of wire?.arrived ?? []) cells.add(cell);
  const found: [number, Located][] = [];
  for (const cell of cells) {
    const state = load(i32, cellWord(cell) + Cell.STATE);
    if (state === CellState.READY) found.push([cell, { doing: "queued", slot: ownerOf(map, cell) }]);
    else if (state === CellState.RUNNING) found.push([cell, { doing: "running", slot: load(i32, cellWord(cell) + Cell.THIEF) }]);
  }
  return found;
}
