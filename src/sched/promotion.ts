/** Promotion: private tasks become cells that others can take. See README.md, "Promotion". */
import { getPlatform } from "../platform/platform.ts";
import { Cell, cellWord, ownerOf } from "../shared/cell.ts";
import type { Future } from "./core.ts";
import type { SpawnOptions } from "./definition.ts";
import { putBackOldest, takeOldest } from "./deque.ts";
import { director } from "./direct.ts";
import type { Hunting } from "./hunting.ts";
import { moreOf, nameOf, rareOf } from "./more.ts";
import { summon, wake } from "./parking.ts";
import { failBeforeStart } from "./settling.ts";
import { SpawnSite } from "./spawn-site.ts";
import { State } from "./state.ts";
import { ASYNC, isCrossingError, PRIORITY, type Station } from "./station.ts";
import { thread } from "./thread.ts";

/** So many stealable cells are enough for hungry workers while tasks are small. */
export const ENOUGH = 2;
/** So many stealable async tasks are enough. */
const ENOUGH_ASYNC = 64;
/** With fewer tasks out, the spawn of one for another place records where it was. */
const FEW = 32;

export class Promotion {
  readonly station: Station;
  readonly #hunting: Hunting;
  readonly #i32: Int32Array;
  readonly #slot: number;
  readonly #slots: number;
  /** Spawns since it last looked whether to promote, see Station.spacing. */
  #sinceFed = 0;
  #warned = false;

  constructor(station: Station, hunting: Hunting, slots: number) {
    this.station = station;
    this.#hunting = hunting;
    this.#i32 = station.mem.i32;
    this.#slot = station.slot;
    this.#slots = slots;
  }

  feed(atOnce: boolean): void {
    if (!this.#hunting.givesWay()) return;
    if (!atOnce && ++this.#sinceFed < this.station.spacing) return;
    this.#sinceFed = 0;
    const { rings } = this.station;
    if (!rings[PRIORITY.normal]!.holds(ENOUGH) && rings[PRIORITY.normal + ASYNC]!.size() < ENOUGH_ASYNC) this.#promoteOldest();
  }

  share(): void {
    if (!this.#hunting.othersAreHungry()) return;
    const ring = this.station.rings[PRIORITY.normal]!;
    while (!ring.holds(ENOUGH) && this.#promoteOldest(true));
  }

  stock(wanted: number): void {
    while (!this.station.rings[PRIORITY.normal]!.holds(wanted) && this.#promoteOldest());
  }

  #promoteOldest(keepOne = false): boolean {
    if (director?.replaying === true) return false;
    const future = takeOldest();
    if (future === null) return false;
    if (keepOne && thread.head >= thread.top) {
      putBackOldest(future, false);
      return false;
    }
    const promoted = this.promote(future);
    if (!promoted) putBackOldest(future, future.more?.local === true);
    return promoted || future.more?.local === true;
  }

  /** False when there is no room, or when its arguments cannot cross: then it is marked as local. */
  promote(future: Future<unknown>): boolean {
    if (future.more?.local === true) return false;
    let cell: number;
    try {
      cell = this.station.encode(future);
    } catch (error) {
      moreOf(future).local = true;
      this.#warnLocal(future, error);
      return false;
    }
    if (cell === 0) return false;
    if (this.station.push(future, cell)) {
      this.#wakeFor(cell);
      return true;
    }
    this.station.revoke(future);
    return false;
  }

  /** After a push: somebody who sleeps and may take the cell. */
  #wakeFor(cell: number): void {
    if (summon(this.#i32, this.#slots, this.#slot)) return;
    const tag = this.#i32[cellWord(cell) + Cell.TAG]! >>> 0;
    const owner = tag === 0 ? 0 : ownerOf(this.station.map, tag);
    if (owner !== 0) wake(this.#i32, owner); // not the client: it waits for results only
  }

  #warnLocal(future: Future<unknown>, error: unknown): void {
    if (!isCrossingError(error)) throw error;
    if (this.#warned) return;
    this.#warned = true;
    getPlatform().warn(`${nameOf(future)} runs only on the worker that spawned it: ${error.message}`, error.code);
  }

  divert(future: Future<unknown>, options: SpawnOptions): boolean {
    if (options.place !== undefined) return this.#sendAway(future);
    const priority = PRIORITY[options.priority ?? "normal"];
    const target = options.affinity === undefined ? this.#slot : 1 + (options.affinity % (this.#slots - 1));
    if (priority === PRIORITY.normal && target === this.#slot) return false;
    const cell = this.station.encode(future);
    if (cell === 0) return false;
    if (target !== this.#slot) this.station.sendTo(target, cell);
    else if (this.station.push(future, cell)) this.#wakeFor(cell);
    else {
      this.station.revoke(future);
      return false;
    }
    return true;
  }

  /** Tasks for other places that found no free cell, oldest first. */
  #backlog: Future<unknown>[] = [];

  /** Throws CrossingError when an argument cannot cross. */
  #sendAway(future: Future<unknown>): true {
    const { port } = this.station;
    if (this.station.outside < FEW) rareOf(future).spawnSite ??= new SpawnSite();
    const cell = this.#backlog.length > 0 ? 0 : this.station.encode(future);
    if (cell !== 0) this.station.sendAway(future, cell);
    else {
      this.station.checkArguments(future);
      moreOf(future).port = port;
      future.state = State.PROMISED; // a join must not begin it here
      this.#backlog.push(future);
    }
    return true;
  }

  /** The tasks that wait for a cell, as far as some are free: they have come home, or their tasks were taken back. */
  flushBacklog(): void {
    if (this.#backlog.length === 0 || !this.station.hasFreeCell()) return;
    const waiting = this.#backlog;
    this.#backlog = [];
    for (const [i, future] of waiting.entries()) {
      if (future.state !== State.PROMISED) continue;
      let cell: number;
      try {
        cell = this.station.encode(future);
      } catch (error) {
        failBeforeStart(future, error);
        continue;
      }
      if (cell === 0) {
        this.#backlog = waiting.slice(i);
        return;
      }
      this.station.sendAway(future, cell);
    }
  }
}
