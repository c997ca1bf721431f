/** The races that were found: each pair of positions once. */
import { serialPlaces } from "../sched/places.ts";
import type { Order } from "./order.ts";
import type { Block, Past } from "./shadow.ts";
import type { Site, Sites } from "./sites.ts";
import type { Info } from "./strand.ts";

/** One of the two accesses of a race. */
export interface Accessed {
  readonly how: "reads" | "writes" | "atomic read" | "atomic write" | "frees";
  readonly at: Site;
  /** Who: the innermost first. */
  readonly path: readonly Step[];
}

/** A task, an iteration of a parallel loop, or the code outside of tasks. */
export interface Step {
  readonly name: string;
  /** At which place, where there are several. */
  readonly place?: number;
  /** Of a loop: which iteration. */
  readonly iteration?: number;
  /** Where it was spawned. */
  readonly spawned?: Site;
  /** An operation on global memory, which may happen until its future is there. */
  readonly operation?: true;
}

export interface Race {
  /** The element that was touched first: its index in the array, of what class the array was seen, and where it was made. */
  readonly element: number;
  readonly array: string;
  readonly length: number;
  readonly made: Site;
  /** At which place it lies, where there are several. */
  readonly place?: number;
  /** It is a shared array: the element and the length are those of the whole. */
  readonly shared?: true;
  /** In the order of the serial run. */
  readonly accesses: readonly [Accessed, Accessed];
  /** How often these two positions raced, for whichever element. */
  count: number;
}

const HOW = ["reads", "atomic read", "atomic write", "writes", "frees"] as const;

/** So many different races are kept; further ones are counted. */
export const MOST_RACES = 100;

export class Races {
  readonly list: Race[] = [];
  /** Races of further pairs of positions. */
  more = 0;
  readonly #known = new Map<string, Race | null>();
  readonly #order: Order;
  readonly #sites: Sites;

  constructor(order: Order, sites: Sites) {
    this.#order = order;
    this.#sites = sites;
  }

  add(block: Block, offset: number, before: Past, now: Past): void {
    const [one, other] = [this.#siteOf(before), this.#siteOf(now)];
    const key = `${Math.min(one, other)} ${Math.max(one, other)} ${block.site}`;
    const known = this.#known.get(key);
    if (known !== undefined) {
      if (known !== null) known.count++;
      return;
    }
    if (this.list.length >= MOST_RACES) {
      this.#known.set(key, null);
      this.more++;
      return;
    }
    const each = sizeOf(block.kind);
    const { part } = block;
    const element = Math.floor(offset / each);
    const race: Race = {
      element: part === null ? element : part.indexOf(element),
      array: block.kind === "" ? "an array" : block.kind,
      length: part === null ? Math.floor(block.bytes / each) : part.length,
      made: this.#sites.get(block.site),
      ...at(block.place),
      ...(part === null ? {} : { shared: true }),
      accesses: [this.#accessed(before), this.#accessed(now)],
      count: 1,
    };
    this.list.push(race);
    this.#known.set(key, race);
  }

  /** Where heddle reaches elements in a task of its own, what has spawned that. */
  #siteOf({ strand, site }: Past): number {
    if (site !== 0) return site;
    for (let info = this.#order.roll.infos[strand]!; ; info = info.parent) {
      if (info.site !== 0 || info.parent === null) return info.site;
    }
  }

  #accessed(past: Past): Accessed {
    const { strand, kind } = past;
    const { roll } = this.#order;
    return {
      how: HOW[kind]!,
      at: this.#sites.get(this.#siteOf(past)),
      path: this.#path(roll.infos[strand]!, roll.indexOf(strand)),
    };
  }

  #path(from: Info, iteration: number): Step[] {
    const path: Step[] = [];
    let info: Info | null = from;
    let index = iteration;
    while (info !== null) {
      let step: Step;
      if (info.kind === "iteration") {
        let loop: Info = info;
        while (loop.kind === "iteration" && loop.parent !== null) {
          info = loop;
          loop = loop.parent;
        }
        step = { name: loop.name, iteration: index, ...at(loop.place), ...this.#spawned(loop) };
        info = loop;
      } else if (info.kind === "operation") step = { name: info.name, operation: true };
      else step = { name: info.name, ...at(info.place), ...this.#spawned(info) };
      path.push(step);
      index = info.parentIndex;
      info = info.parent;
    }
    return path;
  }

  #spawned({ site }: Info): { spawned?: Site } {
    return site === 0 ? {} : { spawned: this.#sites.get(site) };
  }
}

const at = (place: number): { place?: number } => (serialPlaces === null ? {} : { place });

const sizeOf = (kind: string): number => {
  const bits = /(\d+)(Clamped)?Array$/.exec(kind)?.[1];
  return bits === undefined ? 1 : Number(bits) / 8;
};
