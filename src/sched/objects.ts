/**
 * What one thread knows of the things in shared memory that several threads hold: futures, phasers, accumulators. Who holds
 * them is counted; each thread has one object for each, as long as anybody there refers to it. See ../task/README.md, "Handles".
 */
import { Message } from "../shared/mailbox.ts";
import { Obj, release, retain } from "../shared/object.ts";
import { WAITER_BYTES, Waiter, writeWaiter } from "../shared/waiters.ts";
import { DutyKind, onDeath } from "./duties.ts";
import type { Station } from "./station.ts";

/** This thread's share in one of them. */
export interface Entry {
  readonly id: number;
  readonly station: Station;
  /** Address of the shared part; 0 once this thread does not hold it any more. */
  block: number;
  object: WeakRef<object>;
  /** Keeps the object while something here waits for it. */
  pin: object | null;
  /** What this thread is called in the list of waiters; 0 when it is not there. */
  waiter: number;
  /** As long as it has a block: what is owed should this thread die, see duties.ts; else 0. */
  duty: number;
}

onDeath(DutyKind.HANDLE, (station, block) => station.objects.drop(block));

type Destroy = (station: Station, block: number) => "kept" | void;

const types = new Map<number, Destroy>();
/** How to free what hangs on a block of this type, before the block itself; which is left alone when that says "kept". */
export function registerObjectType(type: number, destroy: Destroy): void {
  types.set(type, destroy);
}

/** After so many new handles the thread wants its event loop to turn: only then does the engine collect weak references. */
const TURN_AFTER = 1024;

export class Objects {
  readonly #station: Station;
  readonly #entries = new Map<number, Entry>();
  readonly #waiters = new Map<number, (kind: number) => void>();
  readonly #registry = new FinalizationRegistry<Entry>((entry) => this.#forget(entry));
  #nextId: number;
  #nextWaiter: number;
  #sinceTurn = 0;
  /** Blocks that the message which is being encoded holds. */
  #lent: number[] | null = null;
  /** What the message that was encoded last holds; null for nothing. */
  lastLent: readonly number[] | null = null;
  /** The message that is being decoded stays: what it holds is not handed over. */
  #copying = false;

  constructor(station: Station, generation: number) {
    this.#station = station;
    // 53 bits: 12 for the generation, 33 to count, 8 for the slot.
    this.#nextId = ((generation & 0xfff) * 2 ** 33 + 1) * 256 + station.slot;
    this.#nextWaiter = ((generation & 0x7f) << 24) | 1;
  }

  // ---- handles -------------------------------------------------------------------------------------------------------

  get(id: number): object | undefined {
    return this.#entries.get(id)?.object.deref();
  }

  /** Those that this thread still refers to. */
  *known(): Generator<Entry> {
    for (const entry of this.#entries.values()) if (entry.object.deref() !== undefined) yield entry;
  }

  /** Makes `object` known under an id of its own, without a shared part. */
  adopt(object: object, id: number = this.#newId()): Entry {
    const entry: Entry = {
      id,
      station: this.#station,
      block: 0,
      object: new WeakRef(object),
      pin: null,
      waiter: 0,
      duty: 0,
    };
    this.#entries.set(id, entry);
    this.#registry.register(object, entry);
    this.#sinceTurn++;
    return entry;
  }

  /** A new block for something that this thread holds in no other way, which is counted as held once. Its address. */
  makeBlock(type: number, words: number): number {
    const { mem, heap, slot } = this.#station;
    const block = heap.alloc(words * 4, true);
    const word = block >>> 2;
    mem.i32[word + Obj.REFS] = 1;
    mem.i32[word + Obj.TYPE] = type;
    mem.i32[word + Obj.OWNER] = slot;
    mem.f64[(word + Obj.ID) >>> 1] = this.#newId();
    return block;
  }

  /** Gives `entry` a shared part of `words` words, all zero but the header, held by this thread. */
  share(entry: Entry, type: number, words: number): number {
    const { mem, heap, slot } = this.#station;
    const block = heap.alloc(words * 4, true);
    const word = block >>> 2;
    mem.i32[word + Obj.REFS] = 1;
    mem.i32[word + Obj.TYPE] = type;
    mem.i32[word + Obj.OWNER] = slot;
    mem.f64[(word + Obj.ID) >>> 1] = entry.id;
    entry.block = block;
    entry.duty = this.#station.duties.add(DutyKind.HANDLE, block);
    return block;
  }

  /** The object for a block that a message named; `make` is called where this thread has none. */
  revive<T extends object>(id: number, block: number, make: () => T, bind: (object: T, entry: Entry) => void): T {
    const known = this.get(id);
    if (known !== undefined) {
      if (!this.#copying) this.drop(block);
      return known as T;
    }
    if (this.#copying) retain(this.#station.mem.i32, block);
    const object = make();
    const fresh = this.adopt(object, id);
    fresh.block = block;
    fresh.duty = this.#station.duties.add(DutyKind.HANDLE, block);
    bind(object, fresh);
    return object;
  }

  /** This thread does not hold the shared part any more. */
  letGo(entry: Entry): void {
    const { block } = entry;
    entry.block = 0;
    entry.pin = null;
    if (entry.duty !== 0) this.#station.duties.remove(entry.duty);
    entry.duty = 0;
    if (block !== 0) this.drop(block);
  }

  /** One holder less; the last one frees the block. */
  drop(block: number): void {
    const { mem, heap } = this.#station;
    if (!release(mem.i32, block)) return;
    if (types.get(mem.i32[(block >>> 2) + Obj.TYPE]!)!(this.#station, block) !== "kept") heap.free(block);
  }

  /** Who names it again gets an object of its own. */
  forgetId(entry: Entry): void {
    if (this.#entries.get(entry.id) === entry) this.#entries.delete(entry.id);
  }

  #forget(entry: Entry): void {
    if (this.#entries.get(entry.id) === entry) this.#entries.delete(entry.id);
    if (entry.waiter !== 0) this.#waiters.delete(entry.waiter);
    this.letGo(entry);
  }

  #newId(): number {
    this.#nextId += 256;
    return this.#nextId;
  }

  /** True now and then, when the event loop should turn so that handles which nobody uses are noticed. */
  wantsTurn(): boolean {
    if (this.#sinceTurn < TURN_AFTER) return false;
    this.#sinceTurn = 0;
    return true;
  }

  // ---- messages ------------------------------------------------------------------------------------------------------

  /** The message that is being encoded names this block, and holds it from now on. */
  lend(block: number): void {
    retain(this.#station.mem.i32, block);
    this.#lent?.push(block);
  }

  /** Runs `encode`; if it throws, what it lent is given back. Returns the blocks that the message holds. */
  lending<T>(encode: () => T): { message: T; lent: number[] } {
    const outer = this.#lent;
    const lent: number[] = [];
    this.#lent = lent;
    try {
      const message = encode();
      outer?.push(...lent);
      this.lastLent = lent.length > 0 ? lent : null;
      return { message, lent };
    } catch (error) {
      for (const block of lent) this.drop(block);
      throw error;
    } finally {
      this.#lent = outer;
    }
  }

  /** Runs `decode` on a message that others will read as well. */
  copying<T>(decode: () => T): T {
    const outer = this.#copying;
    this.#copying = true;
    try {
      return decode();
    } finally {
      this.#copying = outer;
    }
  }

  // ---- waiters -------------------------------------------------------------------------------------------------------

  /** A waiter of this thread for a list in shared memory; `wake` is called once, when it comes by mail. */
  newWaiter(kind: Parameters<typeof writeWaiter>[2], wake: (kind: number) => void): { node: number; id: number } {
    const { mem, heap, slot } = this.#station;
    const id = this.#nextWaiter++ & 0x7fff_ffff || this.#nextWaiter++;
    const node = heap.alloc(WAITER_BYTES);
    writeWaiter(mem.i32, node, kind, slot, id);
    this.#waiters.set(id, wake);
    return { node, id };
  }

  /** A waiter that is in no list. */
  discardWaiter(node: number, id: number): void {
    this.#waiters.delete(id);
    this.#station.heap.free(node);
  }

  forgetWaiter(id: number): void {
    this.#waiters.delete(id);
  }

  /** A waiter has come by mail. Of one whose thread has died, or whose object is gone, nobody knows. */
  receiveWaiter(node: number): void {
    const { mem, heap } = this.#station;
    const id = mem.i32[(node >>> 2) + Waiter.ID]!;
    const kind = mem.i32[(node >>> 2) + Message.KIND]!;
    heap.free(node);
    const wake = this.#waiters.get(id);
    this.#waiters.delete(id);
    wake?.(kind);
  }

  /** Posts a waiter to the thread that it stands for. */
  post(node: number, slot: number, kind?: number): void {
    if (kind !== undefined) this.#station.mem.i32[(node >>> 2) + Message.KIND] = kind;
    this.#station.sendTo(slot, node);
    this.#station.port.sent?.();
  }
}
