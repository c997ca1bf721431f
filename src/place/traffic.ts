/** What the communication thread tells a trace; nothing where the program is not traced. The events are in ../trace/events.ts. */
import { cellNumber, ownerOf } from "../shared/cell.ts";
import { CELLS_PER_SLOT, type Layout } from "../shared/layout.ts";
import { Obj } from "../shared/object.ts";
import { TraceBuffer, type TraceSettings, threadOf } from "../trace/buffer.ts";
import { makeClock } from "../trace/clock.ts";
import { RingWriter } from "../trace/ring.ts";

export interface Traffic {
  readonly on: boolean;
  /** The task in a cell of this place leaves for another one, and is called `token` on the way; `anywhere`: it was not its spawner that named the place. */
  away(cell: number, to: number, token: number, anywhere: boolean): void;
  /** A task has come, and is in this cell. To be called before others can see the cell. */
  arrival(cell: number, from: number, token: number): void;
  /** The result of a task leaves for the place that it came from. */
  answer(to: number, token: number): void;
  /** The result of a task has come. */
  back(from: number, token: number): void;
  /** A future of this place is mentioned to another one. */
  exports(block: number): void;
  /** The block stands here for a future of another place. */
  standIn(block: number, home: number, nameAtHome: number): void;
  clock(offsetNs: number, errorNs: number): void;
}

const nothing = (): void => {};

export const NO_TRAFFIC: Traffic = {
  on: false,
  away: nothing,
  arrival: nothing,
  answer: nothing,
  back: nothing,
  exports: nothing,
  standIn: nothing,
  clock: nothing,
};

/** Figures of the ring so far are told every so many events. */
const LOST_EVERY = 256;

export class TracedTraffic implements Traffic {
  readonly on = true;
  readonly #ring: RingWriter;
  readonly #buffer: TraceBuffer;
  readonly #settings: TraceSettings;
  readonly #map: Layout;
  readonly #f64: Float64Array;
  readonly #now: () => number;
  #n = 1;
  #told = 0;

  /** `f64`: the memory of the place, in which its futures lie. */
  constructor(memory: SharedArrayBuffer, slot: number, map: Layout, f64: Float64Array) {
    this.#buffer = new TraceBuffer(memory);
    this.#settings = this.#buffer.settings;
    this.#ring = new RingWriter(this.#buffer, slot);
    this.#map = map;
    this.#f64 = f64;
    this.#now = makeClock(this.#settings.zero);
  }

  away(cell: number, to: number, token: number, anywhere: boolean): void {
    const from = threadOf(ownerOf(this.#map, cell), this.#settings);
    this.#write("away", { to, token, from, origin: this.#buffer.cells[this.#indexOf(cell)]!, anywhere: anywhere ? 1 : 0 });
  }

  arrival(cell: number, from: number, token: number): void {
    const n = ++this.#n;
    this.#buffer.cells[this.#indexOf(cell)] = n; // plain: the push publishes it together with the cell
    this.#write("arrival", { from, n, token });
  }

  answer(to: number, token: number): void {
    this.#write("answer", { to, token });
  }

  back(from: number, token: number): void {
    this.#write("back", { from, token });
  }

  exports(block: number): void {
    this.#write("exports", { block, object: this.#objectOf(block) });
  }

  standIn(block: number, home: number, nameAtHome: number): void {
    this.#write("standIn", { home, block: nameAtHome, object: this.#objectOf(block) });
  }

  clock(offset: number, error: number): void {
    this.#write("clock", { offset, error });
  }

  #objectOf(block: number): number {
    return this.#f64[((block >>> 2) + Obj.ID) >>> 1]!;
  }

  #indexOf(cell: number): number {
    return ownerOf(this.#map, cell) * CELLS_PER_SLOT + cellNumber(this.#map, cell);
  }

  #write(name: "away" | "arrival" | "answer" | "back" | "exports" | "standIn" | "clock", values: Record<string, number>): void {
    const time = this.#now();
    this.#ring.write(name, { ...values, time });
    const { lost } = this.#ring;
    if (lost > this.#told && this.#n % LOST_EVERY === 0 && this.#ring.write("lost", { time, count: lost })) this.#told = lost;
  }
}
