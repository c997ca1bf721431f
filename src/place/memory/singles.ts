/** Operations on single elements of other places: those of a thread for the same place travel together, each with a future of its own. */
import { Reader } from "../../net/wire.ts";
import { Future } from "../../sched/core.ts";
import { NO_TASK } from "../../sched/definition.ts";
import { moreOf } from "../../sched/more.ts";
import { RemoteWait } from "../../sched/remote-wait.ts";
import { trimStack } from "../../sched/spawn-site.ts";
import { State } from "../../sched/state.ts";
import { onStation, type Station } from "../../sched/station.ts";
import { currentFrame } from "../../sched/thread.ts";
import { ArrayKind } from "../../shared/array-kinds.ts";
import { Control } from "../../shared/layout.ts";
import { Message, MessageKind } from "../../shared/mailbox.ts";
import { firstQuestion, giveRoom, onQuestion, settleInScope, takeRoom } from "../requests.ts";
import type { Area } from "./area.ts";
import { ATOMIC_OPERATIONS, type AtomicOperation } from "./atomic.ts";
import { BATCH_HEADER, Batch, ENTRY_BYTES, Entry, entryAt, OPERATION_SHIFT, publish } from "./batch.ts";
import { isBig } from "./ends.ts";

/** Entries of a batch: while the thread has no other one under way, and while it has. */
const FEW = 16;
const MANY = 256;

/** What the thread that fills a batch knows of it. */
interface Sheet {
  readonly node: number;
  readonly capacity: number;
  readonly futures: Future<unknown>[];
  readonly wait: RemoteWait;
}

const options = new Map(ATOMIC_OPERATIONS.map((name) => [name, { name }]));
const codes = new Map(ATOMIC_OPERATIONS.map((name, code) => [name, code]));
const STORE = codes.get("store")!;

class Singles {
  readonly #station: Station;
  /** By place: the one that is being filled. */
  readonly #open: (Sheet | undefined)[] = [];
  readonly #sent = new Map<number, Sheet>();
  readonly #bigs: BigInt64Array;
  #id: number;

  constructor(station: Station) {
    this.#station = station;
    this.#bigs = new BigInt64Array(station.mem.buffer);
    this.#id = firstQuestion(station);
    station.receivers.set(MessageKind.BATCH, (node) => this.#answered(node));
    station.onStopped.push((error) => {
      for (const { futures } of this.#sent.values()) for (const it of futures) settleInScope(it, State.FAILED, error);
    });
    // What is asked later must not be overtaken by what is put still later.
    onQuestion(station, () => {
      this.#open.length = 0;
    });
  }

  operate(place: number, area: Area, kind: number, operation: AtomicOperation, operand: number | bigint): Future<unknown> {
    const station = this.#station;
    const { i32 } = station.mem;
    takeRoom(station, 0, operation);
    const scope = currentFrame()?.scope ?? null;
    let sheet = this.#open[place];
    let count = sheet === undefined ? 0 : sheet.futures.length;
    if (sheet === undefined || count === sheet.capacity) sheet = undefined;
    else {
      this.#write(sheet.node, count, area, kind, operation, operand);
      if (!publish(i32, sheet.node, count)) sheet = undefined;
    }
    if (sheet === undefined) {
      sheet = this.#begin(place, operation);
      count = 0;
      this.#write(sheet.node, 0, area, kind, operation, operand);
    }
    const future = new Future<unknown>(State.PROMISED, NO_TASK, null, scope, undefined, sheet.wait, undefined);
    const more = moreOf(future);
    more.port = station.port;
    more.options = options.get(operation)!;
    sheet.futures.push(future);
    if (scope !== null) scope.pending++;
    if (count === 0) {
      i32[(sheet.node >>> 2) + Batch.COUNT] = 1; // plain: the post publishes it
      station.sendTo(i32[Control.COMMUNICATION]!, sheet.node);
      station.port.sent?.();
    }
    return future;
  }

  #begin(place: number, operation: AtomicOperation): Sheet {
    const { mem, heap, slot } = this.#station;
    const capacity = this.#sent.size === 0 ? FEW : MANY;
    const node = heap.alloc(BATCH_HEADER + capacity * ENTRY_BYTES);
    const word = node >>> 2;
    const id = (this.#id = (this.#id + 1) | 0);
    mem.i32[word + Message.KIND] = MessageKind.BATCH;
    mem.i32[word + Batch.ID] = id;
    mem.i32[word + Batch.SLOT] = slot;
    mem.i32[word + Batch.PLACE] = place;
    mem.i32[word + Batch.CAPACITY] = capacity;
    mem.i32[word + Batch.FAILURES] = 0;
    const sheet: Sheet = { node, capacity, futures: [], wait: new RemoteWait("operation", operation, slot, id) };
    this.#sent.set(id, sheet);
    this.#open[place] = sheet;
    return sheet;
  }

  #write(
    node: number,
    index: number,
    { block, stamp, offset }: Area,
    kind: number,
    operation: AtomicOperation,
    operand: number | bigint,
  ): void {
    // biome-ignore format: one line
    const { i32, f64 } = this.#station.mem;
    const address = entryAt(node, index);
    const word = address >>> 2;
    i32[word + Entry.BLOCK] = block;
    i32[word + Entry.STAMP] = stamp;
    i32[word + Entry.OFFSET] = offset;
    i32[word + Entry.CODE] = kind | (codes.get(operation)! << OPERATION_SHIFT);
    const at = (address + 4 * Entry.OPERAND) >>> 3;
    if (isBig(kind)) this.#bigs[at] = operand as bigint;
    else f64[at] = operand as number;
  }

  #answered(node: number): void {
    const station = this.#station;
    const { mem, heap } = station;
    const word = node >>> 2;
    const id = mem.i32[word + Batch.ID]!;
    const errorOf = this.#errorsOf(mem.i32[word + Batch.FAILURES]! >>> 0);
    const sheet = this.#sent.get(id);
    if (sheet === undefined) return heap.free(node); // a thread that died here had asked
    this.#sent.delete(id);
    const place = mem.i32[word + Batch.PLACE]!;
    if (this.#open[place] === sheet) this.#open[place] = undefined;
    const { futures } = sheet;
    const values = futures.map((_, i) => this.#valueOf(entryAt(node, i)));
    heap.free(node);
    giveRoom(station, 0, futures.length);
    for (let i = 0; i < futures.length; i++) {
      if (errorOf?.has(i)) settleInScope(futures[i]!, State.FAILED, errorOf.get(i));
      else settleInScope(futures[i]!, State.DONE, values[i]);
    }
  }

  #valueOf(address: number): unknown {
    const code = this.#station.mem.i32[(address >>> 2) + Entry.CODE]!;
    if (code >>> OPERATION_SHIFT === STORE) return undefined;
    const at = (address + 4 * Entry.OPERAND) >>> 3;
    const kind = code & ((1 << OPERATION_SHIFT) - 1);
    if (!isBig(kind)) return this.#station.mem.f64[at]!;
    return kind === ArrayKind.BIG_UINT64 ? BigInt.asUintN(64, this.#bigs[at]!) : this.#bigs[at]!;
  }

  #errorsOf(payload: number): ReadonlyMap<number, unknown> | null {
    if (payload === 0) return null;
    const body = new Reader().open(this.#station.values.readBlock(payload));
    const indexes = Array.from({ length: body.u32() }, () => body.u32());
    const errors = this.#station.codec.decode(body.rest());
    const list: unknown[] = Array.isArray(errors) ? errors : indexes.map(() => errors);
    for (const error of list) trimStack(error);
    return new Map(indexes.map((index, i) => [index, list[i]]));
  }
}

const singles = new WeakMap<Station, Singles>();
onStation((station) => singles.set(station, new Singles(station)));

/**
 * An operation on one element of another place, which is no compare-and-exchange; OFFSET of the area is a u32. As `askOneSided`, for a worker or the main
 * thread.
 */
export const operateAt = (station: Station, ...args: Parameters<Singles["operate"]>): Future<unknown> =>
  singles.get(station)!.operate(...args);
