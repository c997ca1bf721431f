/** What rewritten programs call: see instrument.ts for which text becomes which call. */
import { Future } from "../sched/core.ts";
import type { Elements, Touch } from "../sched/watch.ts";
import { bytesPerElement, kindName } from "../shared/array-kinds.ts";
import { type Clock, NOTHING } from "./clock.ts";
import type { Memory } from "./memory.ts";
import type { Order } from "./order.ts";
import { Access, type Block, type Shadow } from "./shadow.ts";
import type { Sites } from "./sites.ts";

/** How elements are reached that heddle reaches for the program. */
const KINDS = {
  read: Access.READ,
  write: Access.WRITE,
  load: Access.ATOMIC_READ,
  store: Access.ATOMIC_WRITE,
  atomic: Access.ATOMIC_WRITE,
} as const;

type Indexed = Record<PropertyKey, unknown>;

/** The name by which rewritten text reaches this. */
export const GLOBAL = "__heddleCheck";

class Target {
  readonly #accesses: Accesses;
  readonly #array: Indexed;
  readonly #index: PropertyKey;
  readonly #site: number;

  constructor(accesses: Accesses, array: Indexed, index: PropertyKey, site: number) {
    this.#accesses = accesses;
    this.#array = array;
    this.#index = index;
    this.#site = site;
  }

  get v(): unknown {
    return this.#accesses.g(this.#array, this.#index, this.#site);
  }

  set v(value: unknown) {
    this.#accesses.s(this.#array, this.#index, value, this.#site);
  }
}

export interface Parts {
  readonly memory: Memory;
  readonly shadow: Shadow;
  readonly order: Order;
  readonly sites: Sites;
  readonly progress: () => void;
  readonly atomicsOrder: boolean;
}

export class Accesses {
  readonly #memory: Memory;
  readonly #shadow: Shadow;
  readonly #order: Order;
  readonly #sites: Sites;
  readonly #progress: () => void;
  /** What comes before the last atomic write of an element, by its place in the block; null if that orders nothing. */
  readonly #released: WeakMap<Block, Map<number, Clock>> | null;
  count = 0;
  /** The position of the method call that is about to be made. */
  #pending = 0;
  /** The position of the call that heddle answers now, whatever it calls itself. */
  #answered = 0;

  constructor({ memory, shadow, order, sites, progress, atomicsOrder }: Parts) {
    this.#memory = memory;
    this.#shadow = shadow;
    this.#order = order;
    this.#sites = sites;
    this.#progress = progress;
    this.#released = atomicsOrder ? new WeakMap() : null;
  }

  // ---- elements --------------------------------------------------------------------------------------------------------

  /** `a[i]` as a value. */
  g(a: Indexed, i: PropertyKey, site: number): unknown {
    if (ArrayBuffer.isView(a)) this.element(a, i, Access.READ, site);
    return a[i];
  }

  /** `a?.[i]` */
  o(a: Indexed | null | undefined, i: () => PropertyKey, site: number): unknown {
    return a === null || a === undefined ? undefined : this.g(a, i(), site);
  }

  /** `a[i] = value` */
  s(a: Indexed, i: PropertyKey, value: unknown, site: number): unknown {
    if (ArrayBuffer.isView(a)) this.element(a, i, Access.WRITE, site);
    a[i] = value;
    return value;
  }

  /** `a[i]` where it is read and written, or written by a pattern. */
  t(a: Indexed, i: PropertyKey, site: number): Target {
    return new Target(this, a, typeof i === "object" ? String(i) : i, site);
  }

  element(view: ArrayBufferView, i: PropertyKey, kind: number, site: number): void {
    const seen = this.#memory.find(view);
    if (seen === null) return;
    const index = typeof i === "number" ? i : Number(i);
    if (!Number.isInteger(index) || index < 0 || index >= (view as unknown as { length: number }).length) return;
    this.#shadow.access(seen.block, seen.offset + index * (1 << seen.shift), 1 << seen.shift, seen.shift, kind, site);
    if ((++this.count & 0xffff) === 0) this.#progress();
  }

  /** An operation of Atomics. */
  atomic(view: ArrayBufferView, index: number, kind: number): void {
    if (this.#order.operating > 0) return;
    const seen = this.#memory.find(view);
    if (seen === null) return;
    this.element(view, index, kind, this.takeSite());
    this.#releases(seen.block, seen.offset + index * (1 << seen.shift), kind);
  }

  /** What comes before the last atomic write of an element comes before this atomic operation on it, if they are to order. */
  #releases(block: Block, at: number, kind: number): void {
    if (this.#released === null) return;
    let clocks = this.#released.get(block);
    if (clocks === undefined) this.#released.set(block, (clocks = new Map()));
    const strand = this.#order.current();
    const before = clocks.get(at) ?? NOTHING;
    strand.learn(before);
    if (kind === Access.ATOMIC_WRITE) clocks.set(at, before.union(strand.past()));
  }

  /** Elements `from` to `to` - 1 of a view. */
  range(view: ArrayBufferView, from: number, to: number, kind: number, site = this.takeSite()): void {
    if (this.#order.operating > 0) return;
    const seen = this.#memory.find(view);
    if (seen === null || to <= from) return;
    this.#shadow.access(
      seen.block,
      seen.offset + from * (1 << seen.shift),
      (to - from) * (1 << seen.shift),
      seen.shift,
      kind,
      site,
    );
    this.count += to - from;
    this.#progress();
  }

  /** Elements that heddle reaches for the program. */
  touches(how: Touch, { mem, address, bytes, kind: elements }: Elements, site: number): void {
    const block = this.#memory.blockAt(mem, address);
    if (block === null || bytes === 0) return;
    const each = elements < 0 ? 1 : bytesPerElement(elements);
    if (elements >= 0) block.kind = kindName(elements);
    const single = how === "load" || how === "store";
    const kind = single && this.#released === null ? (how === "load" ? Access.READ : Access.WRITE) : KINDS[how];
    const offset = address - block.address;
    this.#shadow.access(block, offset, bytes, 31 - Math.clz32(each), kind, site);
    this.count += bytes / each;
    this.#progress();
    if (kind === Access.ATOMIC_READ || kind === Access.ATOMIC_WRITE) this.#releases(block, offset, kind);
  }

  /** Bytes of a view that has no elements. */
  bytes(view: DataView, at: number, bytes: number, kind: number): void {
    const seen = this.#memory.find(view);
    if (seen === null) return;
    const shift = at % bytes === 0 && seen.offset % bytes === 0 ? 31 - Math.clz32(bytes) : 0;
    this.#shadow.access(seen.block, seen.offset + at, bytes, shift, kind, this.takeSite());
  }

  // ---- calls -----------------------------------------------------------------------------------------------------------

  /** `object.name(...args)` */
  m(object: Record<string, (...args: unknown[]) => unknown>, name: string, site: number, ...args: unknown[]): unknown {
    this.#pending = site;
    try {
      return this.f(object[name]!(...args), site);
    } finally {
      this.#pending = 0;
    }
  }

  /** `object.name(...args)`, perhaps of global memory: all that it does is done at this position. */
  q(object: Record<string, (...args: unknown[]) => unknown>, name: string, site: number, ...args: unknown[]): unknown {
    return this.#at(site, () => object[name]!(...args));
  }

  /** `fn(...args)`: the same. */
  c(fn: (...args: unknown[]) => unknown, site: number, ...args: unknown[]): unknown {
    return this.#at(site, () => fn(...args));
  }

  #at<T>(site: number, body: () => T): T {
    const outer = this.#answered;
    this.#pending = 0;
    this.#answered = site;
    try {
      return this.f(body(), site);
    } finally {
      this.#answered = outer;
    }
  }

  /** The position of the call that runs; the stack tells it where the call was not rewritten. */
  takeSite(): number {
    if (this.#order.operating > 0) return this.#order.operationSite;
    const site = this.#pending;
    this.#pending = 0;
    return site || this.#answered || this.#sites.here();
  }

  /** The value of a call that has perhaps spawned tasks. */
  f<T>(value: T, site: number): T {
    if (value instanceof Future) this.#order.placed(site);
    return value;
  }

  // ---- the loops of ../pattern -------------------------------------------------------------------------------------------

  /** Runs a loop whose iterations are logically parallel. */
  loop<T>(run: () => T): T {
    return this.#order.parallel(run);
  }

  iteration<T>(index: number, inOrder: boolean, body: () => T): T {
    return this.#order.iteration(index, inOrder, body);
  }
}
