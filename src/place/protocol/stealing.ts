/**
 * Work stealing between places with lifelines (Saraswat, Kambadur, Kodali, Grove, Krishnamoorthy: "Lifeline-based global load balancing", PPoPP 2011):
 * some tries at random, then asking a few fixed neighbours once and waiting. See README.md, "Stealing".
 */
import { MessageError, UsageError } from "../../errors.ts";
import type { Link, Protocol } from "../../net/link.ts";
import { pack, unpack } from "./message.ts";
import { STEALING, type StealingTuning } from "./tuning.ts";

/** The tasks of a place, as this protocol sees them. */
export interface Stock {
  /** Removes about half of the tasks that may leave, and returns them encoded; null when there is none to spare. */
  take(thief: number): Uint8Array | null;
  /** Tasks have come from another place. */
  give(tasks: Uint8Array, victim: number): void;
}

export interface StealingOptions extends Partial<Readonly<Pick<StealingTuning, "tries" | "base">>> {
  /** For each place a number that it shares with those on the same machine, which are tried first. Default: all on one. */
  readonly hosts?: readonly number[];
  /** A number from 0 up to, not including, 1. Default Math.random. */
  readonly random?: () => number;
}

const Kind = { TRY: 1, NOTHING: 2, LIFELINE: 3, TASKS: 4, LIFELINE_TASKS: 5 } as const;

export class Stealing implements Protocol {
  readonly #link: Link;
  readonly #stock: Stock;
  readonly #tries: number;
  readonly #random: () => number;
  /** Other places on this machine, and elsewhere. */
  readonly #near: readonly number[];
  readonly #far: readonly number[];
  readonly #lifelines: readonly number[];
  /** Lifelines that have been asked and have not sent anything yet. */
  readonly #asked = new Set<number>();
  /** Places that have this one as a lifeline and wait. */
  readonly #waiting: number[] = [];
  #hungry = false;
  #tried = 0;
  #trying = false;
  #stopped = false;

  constructor(link: Link, stock: Stock, options: StealingOptions = {}) {
    const { tries = STEALING.tries, base = STEALING.base, hosts, random = Math.random } = options;
    if (!Number.isInteger(tries) || tries < 0) throw new UsageError(`tries is ${tries}; it must be a whole number from 0 up`);
    if (!Number.isInteger(base) || base < 2) throw new UsageError(`base is ${base}; it must be a whole number from 2 up`);
    this.#link = link;
    this.#stock = stock;
    this.#tries = tries;
    this.#random = random;
    const others = Array.from({ length: link.places }, (_, i) => i).filter((it) => it !== link.place);
    const isNear = (it: number): boolean => hosts === undefined || hosts[it] === hosts[link.place];
    this.#near = others.filter(isNear);
    this.#far = others.filter((it) => !isNear(it));
    this.#lifelines = lifelinesOf(link.place, link.places, base);
  }

  /** This place has nothing to do. Calling it again while that lasts does nothing. */
  hungry(): void {
    if (this.#hungry || this.#stopped) return;
    this.#hungry = true;
    this.#tried = 0;
    if (!this.#trying) this.#next();
  }

  /** This place has found work of its own. */
  fed(): void {
    this.#hungry = false;
  }

  /** Whether another place waits for what this one can spare: then `surplus` is worth calling. */
  get isWanted(): boolean {
    return this.#waiting.length > 0;
  }

  /** This place may have tasks to spare: those who wait get some, the first one first. */
  surplus(): void {
    while (this.#waiting.length > 0) {
      const thief = this.#waiting[0]!;
      const tasks = this.#stock.take(thief);
      if (tasks === null) return;
      this.#waiting.shift();
      this.#link.send(thief, pack([Kind.LIFELINE_TASKS], tasks));
    }
  }

  /** A place is gone: it is neither asked nor served any more. */
  lost(place: number): void {
    const at = this.#waiting.indexOf(place);
    if (at >= 0) this.#waiting.splice(at, 1);
    this.#stopped = true;
  }

  receive(from: number, message: Uint8Array): void {
    const { words, payload } = unpack(message, 1);
    switch (words[0]) {
      case Kind.TRY: {
        const tasks = this.#stock.take(from);
        this.#link.send(from, tasks === null ? pack([Kind.NOTHING]) : pack([Kind.TASKS], tasks));
        break;
      }
      case Kind.NOTHING:
        this.#trying = false;
        if (this.#hungry) this.#next();
        break;
      case Kind.LIFELINE:
        this.#waiting.push(from);
        this.surplus();
        break;
      case Kind.TASKS:
        this.#trying = false;
        this.#take(payload, from);
        break;
      case Kind.LIFELINE_TASKS:
        this.#asked.delete(from);
        this.#take(payload, from);
        break;
      default:
        throw new MessageError(`stealing knows no message of the kind ${words[0]}`);
    }
  }

  #take(tasks: Uint8Array, from: number): void {
    this.#hungry = false;
    this.#stock.give(tasks, from);
    if (this.isWanted) this.surplus();
  }

  #next(): void {
    if (this.#tried < this.#tries && this.#link.places > 1) {
      this.#tried++;
      this.#trying = true;
      this.#link.send(this.#victim(), pack([Kind.TRY]));
      return;
    }
    for (const neighbour of this.#lifelines) {
      if (this.#asked.has(neighbour)) continue;
      this.#asked.add(neighbour);
      this.#link.send(neighbour, pack([Kind.LIFELINE]));
    }
  }

  /** Near ones for the first half of the tries. */
  #victim(): number {
    const near = this.#near.length > 0 && (this.#far.length === 0 || this.#tried <= Math.ceil(this.#tries / 2));
    const pool = near ? this.#near : this.#far;
    return pool[Math.floor(this.#random() * pool.length)]!;
  }
}

/** The places 1, base, base ** 2, ... further on: each place reaches every other over at most (base - 1) times as many as it has. */
export function lifelinesOf(place: number, places: number, base = STEALING.base): number[] {
  const neighbours: number[] = [];
  for (let step = 1; step < places; step *= base) neighbours.push((place + step) % places);
  return neighbours;
}
