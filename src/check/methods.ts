/** Methods of typed arrays, DataViews and Atomics tell of the elements that they touch, whoever calls them. */
import { Heap } from "../shared/heap/heap.ts";
import type { Accesses } from "./access.ts";
import type { Memory } from "./memory.ts";
import { Quarantine } from "./quarantine.ts";
import { Access, type Shadow } from "./shadow.ts";

type Method = (this: unknown, ...args: unknown[]) => unknown;
type View = ArrayBufferView & { readonly length: number };

const TypedArray = Object.getPrototypeOf(Uint8Array) as { prototype: Record<PropertyKey, Method> };

const READS_ALL =
  `slice map filter forEach reduce reduceRight indexOf lastIndexOf includes join some every find findIndex findLast
  findLastIndex with toSorted toReversed toString toLocaleString`.split(/\s+/);

/** A position as methods take it: from the end if it is negative, never beyond the ends. */
function position(value: unknown, length: number, otherwise: number): number {
  if (value === undefined) return otherwise;
  const at = Math.trunc(Number(value)) || 0;
  return at < 0 ? Math.max(0, length + at) : Math.min(at, length);
}

export class Methods {
  readonly #accesses: Accesses;
  readonly #memory: Memory;
  readonly #shadow: Shadow;

  constructor(accesses: Accesses, memory: Memory, shadow: Shadow) {
    this.#accesses = accesses;
    this.#memory = memory;
    this.#shadow = shadow;
  }

  install(): void {
    this.#watchHeap();
    this.#watchTypedArrays();
    this.#watchIteration();
    this.#watchConstructors();
    this.#watchDataViews();
    this.#watchAtomics();
  }

  /** `tell` is called before the method, for views on a heap. */
  #before(owner: Record<PropertyKey, Method>, name: PropertyKey, tell: (view: View, args: unknown[]) => void): void {
    const method = owner[name];
    if (typeof method !== "function") return; // not every engine has every method
    const memory = this.#memory;
    const watched: Method = function (this: unknown, ...args) {
      if (ArrayBuffer.isView(this) && memory.isOnHeap(this) && memory.find(this) !== null) tell(this as View, args);
      return method.apply(this, args);
    };
    Object.defineProperty(owner, name, { value: watched, writable: true, configurable: true });
  }

  #watchTypedArrays(): void {
    const { prototype } = TypedArray;
    const all = (kind: number) => (view: View) => this.#accesses.range(view, 0, view.length, kind);
    for (const name of READS_ALL) {
      if (name === "slice") continue;
      this.#before(prototype, name, all(Access.READ));
    }
    this.#before(prototype, "slice", (view, [from, to]) => {
      this.#accesses.range(view, position(from, view.length, 0), position(to, view.length, view.length), Access.READ);
    });
    this.#before(prototype, "at", (view, [index]) => {
      const at = Math.trunc(Number(index)) || 0;
      this.#accesses.element(view, at < 0 ? view.length + at : at, Access.READ, this.#accesses.takeSite());
    });
    for (const name of ["sort", "reverse"]) this.#before(prototype, name, all(Access.WRITE));
    this.#before(prototype, "fill", (view, [, from, to]) => {
      this.#accesses.range(view, position(from, view.length, 0), position(to, view.length, view.length), Access.WRITE);
    });
    this.#before(prototype, "copyWithin", (view, [target, from, to]) => {
      const site = this.#accesses.takeSite();
      const [at, lo, hi] = [
        position(target, view.length, 0),
        position(from, view.length, 0),
        position(to, view.length, view.length),
      ];
      this.#accesses.range(view, lo, hi, Access.READ, site);
      this.#accesses.range(view, at, Math.min(view.length, at + Math.max(0, hi - lo)), Access.WRITE, site);
    });
    this.#watchSet(prototype);
  }

  /** The source may be on the heap, or the target, or both. */
  #watchSet(prototype: Record<PropertyKey, Method>): void {
    const set = prototype.set!;
    const accesses = this.#accesses;
    const isWatched = (it: unknown): it is View => ArrayBuffer.isView(it) && this.#memory.find(it) !== null;
    prototype.set = function (this: unknown, ...args: unknown[]) {
      const [source, at] = args;
      if (isWatched(this) || isWatched(source)) {
        const site = accesses.takeSite();
        const length = Number((source as { length?: unknown } | null)?.length ?? 0);
        if (isWatched(source)) accesses.range(source, 0, length, Access.READ, site);
        const from = Math.trunc(Number(at ?? 0)) || 0;
        if (isWatched(this) && from + length <= this.length) accesses.range(this, from, from + length, Access.WRITE, site);
      }
      return set.apply(this, args);
    };
  }

  /** Also what `for of`, spreading and array patterns call. */
  #watchIteration(): void {
    const { prototype } = TypedArray;
    const accesses = this.#accesses;
    const memory = this.#memory;
    for (const name of ["values", "entries"]) {
      const method = prototype[name]!;
      const watched: Method = function (this: unknown) {
        const iterator = method.call(this) as IterableIterator<unknown>;
        if (!ArrayBuffer.isView(this) || memory.find(this) === null) return iterator;
        const site = accesses.takeSite();
        const next = iterator.next.bind(iterator);
        let at = 0;
        iterator.next = () => {
          const step = next();
          if (step.done !== true) accesses.element(this, at++, Access.READ, site);
          return step;
        };
        return iterator;
      };
      Object.defineProperty(prototype, name, { value: watched, writable: true, configurable: true });
      if (name === "values")
        Object.defineProperty(prototype, Symbol.iterator, { value: watched, writable: true, configurable: true });
    }
  }

  /** `new Float64Array(view)` and `Float64Array.from(view)` copy; `structuredClone` shares. */
  #watchConstructors(): void {
    const accesses = this.#accesses;
    const memory = this.#memory;
    const all = globalThis as unknown as Record<string, (new (...args: unknown[]) => unknown) | undefined>;
    for (const kind of [
      "Int8",
      "Uint8",
      "Uint8Clamped",
      "Int16",
      "Uint16",
      "Int32",
      "Uint32",
      "Float16",
      "Float32",
      "Float64",
    ].concat(["BigInt64", "BigUint64"])) {
      const name = `${kind}Array`;
      const original = all[name];
      if (original === undefined) continue;
      all[name] = new Proxy(original, {
        construct(target, args, newTarget) {
          const [first] = args as unknown[];
          if (ArrayBuffer.isView(first) && memory.find(first) !== null && "length" in first)
            accesses.range(first, 0, first.length as number, Access.READ);
          return Reflect.construct(target, args, newTarget === all[name] ? target : newTarget) as object;
        },
      });
    }
  }

  #watchDataViews(): void {
    const prototype = DataView.prototype as unknown as Record<string, Method>;
    for (const name of Object.getOwnPropertyNames(prototype)) {
      const [, kind, bits] = /^(get|set)[A-Z][A-Za-z]*?(\d+)$/.exec(name) ?? [];
      if (kind === undefined) continue;
      const access = kind === "get" ? Access.READ : Access.WRITE;
      this.#before(prototype, name, (view, [at]) => {
        const from = Number(at ?? 0);
        const bytes = Number(bits) / 8;
        if (Number.isInteger(from) && from >= 0 && from + bytes <= view.byteLength)
          this.#accesses.bytes(view as unknown as DataView, from, bytes, access);
      });
    }
  }

  #watchAtomics(): void {
    const atomics = Atomics as unknown as Record<string, Method>;
    const accesses = this.#accesses;
    for (const name of Object.getOwnPropertyNames(Atomics)) {
      const method = atomics[name];
      if (typeof method !== "function" || ["isLockFree", "pause", "notify"].includes(name)) continue;
      const kind = ["load", "wait", "waitAsync"].includes(name) ? Access.ATOMIC_READ : Access.ATOMIC_WRITE;
      atomics[name] = (...args) => {
        const [view, index] = args;
        if (ArrayBuffer.isView(view)) accesses.atomic(view, Number(index), kind);
        return method.apply(Atomics, args);
      };
    }
  }

  #watchHeap(): void {
    const accesses = this.#accesses;
    const memory = this.#memory;
    const shadow = this.#shadow;
    const { alloc, free, stampOf } = Heap.prototype;
    const quarantine = new Quarantine((heap, address) => free.call(heap, address));
    Heap.prototype.alloc = function (bytes, zero) {
      const address = quarantine.orWithout(this, () => alloc.call(this, bytes, zero));
      memory.allocated(this, address, bytes, accesses.takeSite());
      return address;
    };
    Heap.prototype.stampOf = function (address) {
      return quarantine.has(this, address) ? 0 : stampOf.call(this, address);
    };
    Heap.prototype.free = function (address) {
      const block = memory.freed(this, address);
      if (block !== undefined) {
        shadow.free(block, accesses.takeSite());
        quarantine.keep(this, address, block.bytes);
        return;
      }
      if (quarantine.has(this, address)) quarantine.release(this, address);
      free.call(this, address); // which says what is wrong
    };
  }
}
