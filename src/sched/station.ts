/**
 * A thread's place in the shared memory of a runtime: its cells, its rings, its mailbox. Promotes tasks, and takes them
 * in again when they come home. What the main thread and the workers have in common; see README.md, "The cell".
 */
import { CancelledError, CrossingError, InvariantError } from "../errors.ts";
import { add, compareExchange, load, notify, store } from "../shared/atomics.ts";
import { CancelMark, Cell, CellFlag, CellState, cellWord, valueIndex } from "../shared/cell.ts";
import type { Codec } from "../shared/codec/index.ts";
import { onClassModule } from "../shared/codec/index.ts";
import { FunctionTable } from "../shared/functions.ts";
import type { Heap } from "../shared/heap/heap.ts";
import { Control, type Layout, RINGS, ringWord, Slot, slotWord } from "../shared/layout.ts";
import { awayKind, following, kindOf, Message, MessageKind, post, takeAll } from "../shared/mailbox.ts";
import type { SharedMemory } from "../shared/memory.ts";
import { Waiter } from "../shared/waiters.ts";
import type { TraceBuffer } from "../trace/buffer.ts";
import type { Frame, Future } from "./core.ts";
import { makeAwayCodec, makeCodec } from "./crossing.ts";
import { Body, type TaskDefinition } from "./definition.ts";
import { director, identityOf } from "./direct.ts";
import { Duties } from "./duties.ts";
import { Homecoming } from "./homecoming.ts";
import { MODULE_ONLY } from "./imports.ts";
import { awayPlace, inlineArguments, luggage, scopeFlags, tagOf } from "./luggage.ts";
import { moreOf, nameOf } from "./more.ts";
import { Objects } from "./objects.ts";
import { OwnCells } from "./own-cells.ts";
import { wake } from "./parking.ts";
import type { Port } from "./port.ts";
import { RingOwner } from "./ring.ts";
import { settle } from "./settling.ts";
import { definitionSite, trimStack } from "./spawn-site.ts";
import { State } from "./state.ts";
import { tracer } from "./tracing.ts";
import { Values } from "./values.ts";
import { failWaited } from "./wakeable.ts";

/** The rings of a slot, most urgent first. The async tasks of each priority lie in the ring behind it: waiting stacks pass them over. */
export const PRIORITY = { high: 0, normal: 2, low: 4 } as const;
export const ASYNC = 1;

/** The ring that a task goes to. */
const priorityOf = (future: Future<unknown>): number =>
  PRIORITY[future.more?.options?.priority ?? "normal"] + (future.def.body === Body.ASYNC ? ASYNC : 0);

/** So many spawns pass at most between two promotions. */
const MOST_SPACING = 256;

/** Word offsets in questions and answers, see ../place/requests.ts. */
const ASKED_AS = 2;
const ASKED_BY = 4;

/** Called for each new station. */
const stationHooks: ((station: Station) => void)[] = [];
export function onStation(hook: (station: Station) => void): void {
  stationHooks.push(hook);
}

export class Station {
  readonly mem: SharedMemory;
  readonly slot: number;
  readonly map: Layout;
  readonly heap: Heap;
  readonly functions: FunctionTable;
  readonly values: Values;
  readonly objects: Objects;
  readonly duties: Duties;
  readonly rings: RingOwner[];
  readonly counters: { promoted: number; home: number } = { promoted: 0, home: 0 };
  /** Spawns between two promotions: doubled by each cell that was not worth it, lowered by each that comes back and was. */
  spacing = 1;
  /** Called when the runtime has stopped, with what whoever waits is told. */
  readonly onStopped: ((error: Error) => void)[] = [];
  /** Messages that are no cells, by kind. */
  readonly receivers = new Map<number, (node: number) => void>();
  /** Where the runtime is traced, the memory of that. */
  trace: TraceBuffer | null = null;
  readonly #codec: Codec;
  readonly #away: Codec;
  readonly #cells: OwnCells;
  readonly #home: Homecoming;
  readonly #ids = new Map<TaskDefinition, number>();
  readonly #port: Port;
  #lastDef: TaskDefinition | null = null;
  #lastId = 0;

  /** From a function's number to its definition in this thread. */
  readonly definition: (id: number) => TaskDefinition;

  constructor(mem: SharedMemory, map: Layout, slot: number, heap: Heap, port: Port, definition: (id: number) => TaskDefinition) {
    this.mem = mem;
    this.map = map;
    this.slot = slot;
    this.heap = heap;
    this.#codec = makeCodec(mem, () => this);
    this.#port = port;
    this.definition = definition;
    this.functions = new FunctionTable(mem, heap);
    this.#away = makeAwayCodec(mem, () => this);
    this.values = new Values(mem, heap, this.#codec, this.#away);
    this.objects = new Objects(this, mem.i32[slotWord(slot) + Slot.GENERATION]!);
    this.duties = new Duties(this);
    this.#cells = new OwnCells(mem.i32, map, slot);
    this.#home = new Homecoming(this, this.#cells);
    this.receivers.set(MessageKind.WAKE, (node) => this.objects.receiveWaiter(node));
    this.receivers.set(MessageKind.SINGLE, (node) => this.objects.receiveWaiter(node));
    for (const hook of stationHooks) hook(this);
    onClassModule((url) => this.functions.id({ url, order: MODULE_ONLY, name: "a class that crosses", hash: 0 }));
    this.rings = Array.from({ length: RINGS }, (_, ring) => new RingOwner(mem.i32, ringWord(slot, ring)));
  }

  /** Tasks of this thread that are out, in rings or in other threads. */
  get outside(): number {
    return this.#cells.outside;
  }

  stealable(): number {
    let count = 0;
    for (const ring of this.rings) count += ring.size();
    return count;
  }

  hasFreeCell(): boolean {
    return this.#cells.hasFree();
  }

  idOf(def: TaskDefinition): number {
    if (def === this.#lastDef) return this.#lastId;
    let id = this.#ids.get(def);
    if (id === undefined) {
      const { url, order, name, hash, source } = def;
      const site = source === undefined ? undefined : definitionSite(def);
      id = this.functions.id({ url, order, name, hash, source, site });
      this.#ids.set(def, id);
    }
    this.#lastDef = def;
    this.#lastId = id;
    return id;
  }

  /**
   * Writes a PRIVATE future into a cell; 0 when no cell is free. Throws CrossingError when an argument cannot cross;
   * the future is as it was then.
   */
  encode(future: Future<unknown>): number {
    const cell = this.#cells.take();
    if (cell === 0) return 0;
    const { i32 } = this.mem;
    const word = cellWord(cell);
    this.objects.lastLent = null;
    try {
      i32[word + Cell.FUNCTION] = this.idOf(future.def);
      const args = future.more?.args ?? inlineArguments(future);
      const away = awayPlace(future) === undefined ? 0 : CellFlag.AWAY;
      let flags = this.values.writeArguments(cell, args, luggage(future), away);
      if (future.scope !== null) flags |= scopeFlags(future.scope);
      if (away !== 0 && future.more!.options!.object !== undefined) flags |= CellFlag.OBJECT;
      i32[word + Cell.FLAGS] = flags;
    } catch (error) {
      this.#cells.untake(cell);
      throw error;
    }
    if (director !== null) this.mem.f64[(word + Cell.VALUES) >>> 1] = identityOf(future); // they are empty, since it has luggage
    i32[word + Cell.KIND] = MessageKind.CELL;
    i32[word + Cell.MARK] = CancelMark.NONE;
    i32[word + Cell.THIEF] = 0;
    i32[word + Cell.FAILURES] = 0;
    i32[word + Cell.TAG] = tagOf(future.owner);
    i32[word + Cell.STATE] = CellState.READY; // plain: the push below publishes the cell
    const more = moreOf(future);
    more.cell = cell;
    more.port = this.#port;
    future.state = State.SHARED;
    this.#cells.bind(cell, future, this.objects.lastLent);
    this.counters.promoted++;
    tracer.promoted(future, cell, this);
    return cell;
  }

  /** Puts the cell of a future into its ring, where others can take it; false when the ring is full. */
  push(future: Future<unknown>, cell: number): boolean {
    const ring = priorityOf(future);
    if (!this.rings[ring]!.push(cell)) return false;
    if (ring < PRIORITY.normal) store(this.mem.i32, Control.URGENT, 1); // after the push; see README.md, "The ring"
    return true;
  }

  /** Hands the cell of a future that names another place to the communication thread. */
  sendAway(future: Future<unknown>, cell: number): void {
    const { i32, f64 } = this.mem;
    const { object } = future.more!.options!;
    if (object !== undefined) {
      f64[valueIndex(cell, 1)] = object.id;
      f64[valueIndex(cell, 2)] = object.alone ? 1 : 0;
    }
    i32[cellWord(cell) + Cell.KIND] = awayKind(priorityOf(future), awayPlace(future)!);
    this.sendTo(i32[Control.COMMUNICATION]!, cell);
  }

  /** Undoes `encode`, for a cell that went into no ring. */
  revoke(future: Future<unknown>): void {
    const { cell } = future.more!;
    this.#home.discardArguments(cell);
    this.#cells.release(cell);
    future.state = State.PRIVATE;
    future.more!.cell = 0;
    this.counters.promoted--;
  }

  /** After an own cell was popped from an own ring: true when its future is PRIVATE again, false when it was cancelled. */
  takeBack(cell: number, future: Future<unknown>): boolean {
    const word = cellWord(cell) + Cell.STATE;
    if (compareExchange(this.mem.i32, word, CellState.READY, CellState.RUNNING) === CellState.READY) {
      this.revoke(future);
      return true;
    }
    this.#home.take(cell);
    return false;
  }

  /** Who takes the mail of this thread. */
  get port(): Port {
    return this.#port;
  }

  get codec(): Codec {
    return this.#codec;
  }

  /** The codec for what goes to other places. */
  get away(): Codec {
    return this.#away;
  }

  encodeErrors(errors: readonly unknown[]): Uint8Array {
    return this.#codec.encodeError(errors);
  }

  /** The errors in a block, which is freed. */
  readErrors(block: number): unknown[] {
    const errors = this.#codec.decode(this.values.readBlock(block));
    const list: unknown[] = Array.isArray(errors) ? errors : [errors]; // one that says why the others could not cross
    for (const error of list) trimStack(error);
    return list;
  }

  /** Throws the CrossingError that a later `encode` would throw. */
  checkArguments(future: Future<unknown>): void {
    const args = future.more?.args ?? inlineArguments(future);
    if (args.some((arg) => typeof arg === "object" || typeof arg === "function")) {
      const codec = awayPlace(future) === undefined ? this.#codec : this.#away;
      const { lent } = this.objects.lending(() => codec.encode(args, "args"));
      for (const block of lent) this.objects.drop(block);
    }
  }

  wakeSelf(): void {
    notify(this.mem.i32, slotWord(this.slot) + Slot.PARK, 1);
  }

  futureOf(cell: number): Future<unknown> | undefined {
    return this.#cells.isOwn(cell) ? this.#cells.futureOf(cell) : undefined;
  }

  /** Sends a cell to one worker's mailbox. */
  sendTo(slot: number, node: number): void {
    post(this.mem.i32, slotWord(slot) + Slot.MAILBOX, node);
    wake(this.mem.i32, slot);
  }

  /** A promoted task was too small to be worth it. */
  promoteRarely(): void {
    this.spacing = Math.min(2 * this.spacing, MOST_SPACING);
  }

  promoteOften(): void {
    this.spacing = 1 + (this.spacing >> 2);
  }

  hasMail(): boolean {
    return load(this.mem.i32, slotWord(this.slot) + Slot.MAILBOX) !== 0;
  }

  /** Takes in all mail: own cells come home, other messages go to their receivers. True when there was any. */
  receive(): boolean {
    const { i32 } = this.mem;
    const box = slotWord(this.slot) + Slot.MAILBOX;
    if (i32[box] === 0) return false; // plain: mail that is missed here is seen next time, at the latest before sleeping
    let node = takeAll(i32, box);
    if (node === 0) return false;
    while (node !== 0) {
      const next = following(i32, node);
      const kind = i32[(node >>> 2) + Message.KIND]!;
      if (director !== null) this.#receiveDirected(kind, node);
      else if (kind === MessageKind.CELL && this.#cells.isOwn(node)) this.#home.take(node);
      else this.#receiver(kind)(node);
      node = next;
    }
    return true;
  }

  /** What settles futures here is taken in when its time has come. */
  #receiveDirected(kind: number, node: number): void {
    if (kind === MessageKind.CELL && this.#cells.isOwn(node)) {
      const future = this.#cells.futureOf(node);
      const word = cellWord(node);
      director!.arrived({
        key: future === undefined ? 0 : identityOf(future),
        isEnd: () => load(this.mem.i32, word + Cell.STATE) !== CellState.RESULT,
        claim: () => !this.#home.leaveSubtree(word),
        take: (end) => this.#home.take(node, end),
      });
    } else if (kind === MessageKind.WAKE || kind === MessageKind.SINGLE) {
      const always = (): boolean => true;
      const key = -this.mem.i32[(node >>> 2) + Waiter.ID]!;
      director!.arrived({ key, isEnd: always, claim: always, take: () => this.#receiver(kind)(node) });
    } else if (kind === MessageKind.ANSWER || (kind === MessageKind.ASK && this.slot === 0)) {
      // What the thread asked, and what threads ask of the only place's main thread, is numbered by each thread.
      const always = (): boolean => true;
      const word = node >>> 2;
      const asker = kind === MessageKind.ANSWER ? 0 : 1 + this.mem.i32[word + ASKED_BY]!;
      const key = -(2 ** 32 * (1 + asker) + (this.mem.i32[word + ASKED_AS]! >>> 0));
      director!.arrived({ key, isEnd: always, claim: always, take: () => this.#receiver(kind)(node) });
    } else if (kindOf(kind) === MessageKind.AWAY) {
      const key = -this.mem.f64[valueIndex(node, 0)]!; // the call of an object, which the only place's main thread puts in turn
      const always = (): boolean => true;
      director!.arrived({ key, isEnd: always, claim: always, take: () => this.#receiver(kind)(node) });
    } else this.#receiver(kind)(node);
  }

  #receiver(kind: number): (node: number) => void {
    const receiver = this.receivers.get(kind);
    if (receiver === undefined) throw new InvariantError(`slot ${this.slot} got a message of the unknown kind ${kind}`);
    return receiver;
  }

  // ---- cancellation ----------------------------------------------------------------------------------------------

  /** Asks for the cancellation of a promoted task: at once if nobody has begun it, else when its thief looks. */
  cancelPromoted(future: Future<unknown>): void {
    const { i32 } = this.mem;
    const word = cellWord(future.more!.cell);
    store(i32, word + Cell.MARK, CancelMark.ASKED);
    if (compareExchange(i32, word + Cell.STATE, CellState.READY, CellState.CANCELLED) === CellState.READY) return;
    this.bumpEpoch();
    wake(i32, load(i32, word + Cell.THIEF));
  }

  /** Some members of a promoted bundle were cancelled: its thief, if it has one, is to look at their marks. */
  cancelMembers(bundle: Future<unknown>): void {
    const { i32 } = this.mem;
    const { cell } = bundle.more!;
    if (cell === 0) return;
    compareExchange(i32, cellWord(cell) + Cell.MARK, CancelMark.NONE, CancelMark.MEMBERS);
    this.bumpEpoch();
    wake(i32, load(i32, cellWord(cell) + Cell.THIEF));
  }

  /** The futures whose cells are out. */
  futuresOut(): Future<unknown>[] {
    return this.#cells.futures();
  }

  cancelPromotedBelow(below: (frame: Frame) => boolean, reason: unknown): void {
    for (const future of this.futuresOut()) if (future.state === State.SHARED && below(future)) future.cancel(reason);
  }

  /** Whether somebody may still wait for a task that is out: it has not been cancelled. */
  anyUnsettled(): boolean {
    return this.futuresOut().some((future) => future.state < State.DONE);
  }

  bumpEpoch(): void {
    add(this.mem.i32, Control.CANCEL_EPOCH, 1);
  }

  /** Own cells in whose subtree something has failed: their scopes hear of it before they come home. */
  lookForFailures(): void {
    for (const future of this.futuresOut()) {
      const { scope } = future;
      const { cell } = future.more!;
      if (scope === null || scope.keepGoing || cell === 0 || scope.state === State.CANCELLED) continue;
      if (load(this.mem.i32, cellWord(cell) + Cell.MARK) === CancelMark.FAILED) {
        scope.cancel(new CancelledError(`a task below ${nameOf(future)} failed`), future);
      }
    }
  }

  /** All that is out fails: the runtime has stopped. */
  failAll(error: Error): void {
    const futures = this.futuresOut();
    this.#cells.forget();
    for (const future of futures) {
      settle(future, State.FAILED, error);
      future.scope?.fail(error, future);
      future.scope?.leave();
    }
    failWaited(this.#port, error);
    for (const hook of this.onStopped) hook(error);
  }
}

/** What a promotion that cannot be says: the task stays where it is. */
export const isCrossingError = (error: unknown): error is CrossingError => error instanceof CrossingError;
