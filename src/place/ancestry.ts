/**
 * Which task of this place a task that comes from elsewhere descends from. A plain task that waits on its stack runs only its own
 * descendants, known by the TAGs of their cells; so a task that comes back to a place, by way of others, gets as its TAG the cell of that place
 * in whose subtree it was spawned. Each task takes along the last such cell of every place that it has come by.
 */
import { MessageError } from "../errors.ts";
import type { Reader, Writer } from "../net/wire.ts";
import type { Station } from "../sched/station.ts";
import { Cell, cellWord, ownerOf } from "../shared/cell.ts";

/** The cell at a place, of the youngest task there. */
export type Line = ReadonlyMap<number, number>;

const NONE: Line = new Map();
/** Places farther back are forgotten: a task that comes back there waits for a worker that is free. */
const LONGEST = 15;
/** How many cells of this place are looked at for one that came from elsewhere. */
const MOST_HOPS = 16;

export class Ancestry {
  readonly #station: Station;
  readonly #place: number;
  /** By the cell of a task that came from elsewhere. */
  readonly #lines = new Map<number, Line>();

  constructor(station: Station, place: number) {
    this.#station = station;
    this.#place = place;
  }

  /** Writes the line of a cell that goes to `place`. */
  write(cell: number, to: number, writer: Writer): void {
    const line = [...this.#lineAbove(cell)].filter(([place]) => place !== this.#place && place !== to);
    const back = this.#lineAbove(cell).get(to);
    const entries: [number, number][] = [[this.#place, cell], ...line.slice(0, LONGEST - 2)];
    if (back !== undefined) entries.push([to, back]);
    writer.u8(entries.length);
    for (const [place, at] of entries) writer.u16(place).u32(at);
  }

  /** Reads a line. @throws MessageError `HEDDLE_MESSAGE` */
  read(body: Reader): Line {
    const count = body.u8();
    if (count > LONGEST) throw new MessageError(`a task says that it has come by ${count} places`);
    const line = new Map<number, number>();
    for (let i = 0; i < count; i++) line.set(body.u16(), body.u32());
    return line;
  }

  /** The TAG for a task of this line: 0 where it was never here. */
  tagOf(line: Line): number {
    const tag = line.get(this.#place) ?? 0;
    const { map } = this.#station;
    return tag >= map.cellsAddress && tag < map.heapStart && tag % 64 === 0 ? tag : 0;
  }

  keep(cell: number, line: Line): void {
    this.#lines.set(cell, line);
  }

  forget(cell: number): void {
    this.#lines.delete(cell);
  }

  /** The line of the task, come from elsewhere, below which the cell was spawned. */
  #lineAbove(cell: number): Line {
    const { mem, map, slot } = this.#station;
    let tag = mem.i32[cellWord(cell) + Cell.TAG]! >>> 0;
    for (let hops = 0; tag !== 0 && hops < MOST_HOPS; hops++) {
      if (ownerOf(map, tag) === slot) return this.#lines.get(tag) ?? NONE;
      tag = mem.i32[cellWord(tag) + Cell.TAG]! >>> 0;
    }
    return NONE;
  }
}
