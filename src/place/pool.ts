/**
 * Tasks that may run anywhere: they wait here until a worker of this place, or another place, has nothing to do. See README.md, "Tasks for anywhere".
 */
import { summon, wake } from "../sched/parking.ts";
import type { RingOwner } from "../sched/ring.ts";
import { ASYNC, type Station } from "../sched/station.ts";
import { load, store } from "../shared/atomics.ts";
import { Cell, cellWord, ownerOf, valueIndex } from "../shared/cell.ts";
import { Control } from "../shared/layout.ts";
import { MessageKind, ringOfAway } from "../shared/mailbox.ts";
import type { Group } from "./group.ts";
import { type ArrivalOrder, arrivals } from "./in-order.ts";
import { Stealing } from "./protocol/stealing.ts";
import type { StealingTuning } from "./protocol/tuning.ts";
import { ProtocolNumber, Record } from "./records.ts";

const NOTHING = new Uint8Array(0);
const isAsync = (ring: number): boolean => (ring & ASYNC) !== 0;

/** Cells, oldest first from `head` on. */
class Shelf {
  #cells: number[] = [];
  #head = 0;

  get size(): number {
    return this.#cells.length - this.#head;
  }

  add(cell: number): void {
    this.#cells.push(cell);
  }

  newest(): number {
    const cell = this.#cells.pop()!;
    this.#tidy();
    return cell;
  }

  oldest(): number {
    const cell = this.#cells[this.#head++]!;
    this.#tidy();
    return cell;
  }

  all(): number[] {
    return this.#cells.slice(this.#head);
  }

  #tidy(): void {
    if (this.#head < this.#cells.length) return;
    this.#cells = [];
    this.#head = 0;
  }
}

export class Pool {
  readonly #station: Station;
  readonly #group: Group;
  readonly #rings: readonly RingOwner[];
  readonly #send: (cell: number, place: number) => void;
  readonly #stealing: Stealing;
  readonly #tuning: Readonly<StealingTuning>;
  /** The client's slot and the workers'. */
  readonly #slots: number;
  /** Tasks that any worker without work may begin, also one that waits on its stack; and async ones, which such a worker refuses. */
  readonly #nestable = new Shelf();
  readonly #async = new Shelf();
  /** Somewhere tasks for anywhere have been spawned. */
  #active = false;

  /** `rings` are the communication thread's own; `send` sends a cell's task to a place. */
  constructor(
    station: Station,
    group: Group,
    rings: readonly RingOwner[],
    tuning: Readonly<StealingTuning>,
    send: (cell: number, place: number) => void,
  ) {
    this.#station = station;
    this.#group = group;
    this.#rings = rings;
    this.#send = send;
    this.#tuning = tuning;
    this.#slots = station.slot;
    const stock = { take: (thief: number) => this.#ship(thief), give: () => {} };
    this.#stealing = group.mount(
      ProtocolNumber.STEALING,
      (link) => new Stealing(link, stock, { ...tuning, hosts: group.transport.hosts }),
    );
    group.on(Record.ANYWHERE, { exactly: 0 }, () => this.#activate());
    group.onLost((place) => this.#stealing.lost(place));
  }

  get size(): number {
    return this.#nestable.size + this.#async.size;
  }

  /** Cells that wait here, for whyStuck. */
  look(): number[] {
    return [...this.#nestable.all(), ...this.#async.all()];
  }

  /** A cell that has come by mail. */
  add(cell: number): void {
    if (arrivals !== null && this.#goesWhereItWas(cell, arrivals)) return;
    if (!this.#active) {
      this.#activate();
      for (let place = 0; place < this.#group.places; place++) {
        if (place !== this.#group.place) this.#group.send(place, Record.ANYWHERE, NOTHING);
      }
    }
    const ring = ringOfAway(this.#station.mem.i32[cellWord(cell) + Cell.KIND]!);
    (isAsync(ring) ? this.#async : this.#nestable).add(cell);
  }

  /** In a replay nothing is stolen: a task goes where it began. */
  #goesWhereItWas(cell: number, order: ArrivalOrder): boolean {
    const { i32, f64 } = this.#station.mem;
    const at = order.whereabouts(f64[valueIndex(cell, 0)]!);
    if (at === undefined) return false;
    if (at.place !== this.#group.place) this.#send(cell, at.place);
    else {
      i32[cellWord(cell) + Cell.KIND] = MessageKind.CALL; // not CELL: its owner would take it for one that comes home
      this.#station.sendTo(at.slot, cell);
    }
    return true;
  }

  /**
   * In each round: gives workers of this place that have nothing to do the newest tasks, other places that wait the oldest, and looks for more elsewhere
   * when there are none. True when anything has moved.
   */
  serve(): boolean {
    if (!this.#active) return false;
    let moved = false;
    const { i32 } = this.#station.mem;
    // Async tasks that nobody takes, since all workers wait on their stacks, must not keep others from being offered.
    while (this.#nestable.size > 0 && load(i32, Control.HUNGRY) > this.#offered() - this.#offeredAsync()) {
      if (!this.#offer(this.#nestable)) break;
      moved = true;
    }
    while (this.#async.size > 0 && load(i32, Control.HUNGRY) > this.#offered()) {
      if (!this.#offer(this.#async)) break;
      moved = true;
    }
    if (this.size > 0 && this.#stealing.isWanted) {
      const before = this.size;
      this.#stealing.surplus();
      moved ||= this.size < before;
    }
    if (load(i32, Control.HUNGRY) > 0 && this.size === 0 && this.#offered() === 0) this.#stealing.hungry();
    else this.#stealing.fed();
    return moved;
  }

  /** Before the last look on the way to sleep: whoever begins to look for work from now on wakes this thread. */
  askHunger(asks: boolean): void {
    if (this.#active) store(this.#station.mem.i32, Control.ASKS_HUNGER, asks ? 1 : 0);
  }

  #activate(): void {
    this.#active = true;
  }

  /** Tasks in the rings that nobody has taken yet. */
  #offered(): number {
    let count = 0;
    for (const ring of this.#rings) count += ring.size();
    return count;
  }

  #offeredAsync(): number {
    let count = 0;
    for (const [number, ring] of this.#rings.entries()) if (isAsync(number)) count += ring.size();
    return count;
  }

  /** False when the ring is full. */
  #offer(shelf: Shelf): boolean {
    const { i32 } = this.#station.mem;
    const cell = shelf.newest();
    const word = cellWord(cell);
    const kind = i32[word + Cell.KIND]!;
    i32[word + Cell.KIND] = MessageKind.CELL; // plain: the push publishes it
    if (!this.#rings[ringOfAway(kind)]!.push(cell)) {
      i32[word + Cell.KIND] = kind;
      shelf.add(cell);
      return false;
    }
    if (summon(i32, this.#slots, 0)) return true;
    const tag = i32[word + Cell.TAG]! >>> 0;
    if (tag !== 0 && wake(i32, ownerOf(this.#station.map, tag))) return true;
    for (let slot = 1; slot < this.#slots; slot++) if (wake(i32, slot)) break;
    return true;
  }

  /** The oldest half, unless another part is wanted, goes to a place that has nothing to do; those are the largest in a program that divides its work. */
  #ship(thief: number): Uint8Array | null {
    if (this.size === 0) return null;
    for (const shelf of [this.#nestable, this.#async]) {
      const count = Math.min(this.#tuning.most, Math.ceil(shelf.size * this.#tuning.share));
      for (let i = 0; i < count; i++) this.#send(shelf.oldest(), thief);
    }
    return NOTHING; // the tasks themselves go as every remote task does
  }
}
