/**
 * Futures and promises in several threads. A pending future that crosses gets a shared part, which whoever settles it closes
 * with the outcome; a settled one crosses by value. See README.md, "Settling".
 */
import { CancelledError, ForeignError, WorkerLostError } from "../errors.ts";
import { Future } from "../sched/core.ts";
import { registerCrossing } from "../sched/crossing.ts";
import { NO_TASK } from "../sched/definition.ts";
import { director, ordered } from "../sched/direct.ts";
import { DutyKind, onDeath } from "../sched/duties.ts";
import { moreOf, nameOf, rareOf } from "../sched/more.ts";
import { type Entry, registerObjectType } from "../sched/objects.ts";
import { settle, whenSettled } from "../sched/settling.ts";
import { State } from "../sched/state.ts";
import { onStation, type Station } from "../sched/station.ts";
import { tracer } from "../sched/tracing.ts";
import { countWaiters } from "../sched/waiters.ts";
import { wakeable } from "../sched/wakeable.ts";
import { Message, MessageKind } from "../shared/mailbox.ts";
import { MentionKind, type Mentions } from "../shared/mentions.ts";
import { Obj, ObjType } from "../shared/object.ts";
import { eachWaiter, resultOf, subscribe } from "../shared/waiters.ts";
import { askWhenWanted, cancelFar, mentionFuture, putFar, settledBefore, tellDead } from "./far-future.ts";
import { futureBeside } from "./future-beside.ts";
import { FUTURE_WORDS, FutureWord, isExported, isFar } from "./future-block.ts";
import { addAway, closeWith, freeOutcome, readOutcome, writeOutcome, writeOutcomeSafely } from "./outcome.ts";
import { HeddlePromise, onRemotePut } from "./promise.ts";

/** A message that asks the owner for cancellation. */
const Cancel = { BLOCK: 2, REASON: 3 } as const;

/** How a future is named in a message: by its shared part while it is pending, else by its value. */
type Description = { id: number; name: string } & ({ block: number } | { state: number; value: unknown });

const entryOf = (future: Future<unknown>): Entry | undefined => future.more?.rare.crossed as Entry | undefined;
const headOf = (block: number): number => (block >>> 2) + Obj.HEAD;

// ---- crossing ------------------------------------------------------------------------------------------------------

function describe(future: Future<unknown>, station: Station): Description {
  const entry = adopt(future, station);
  const { id } = entry;
  const name = nameOf(future);
  if (future.state >= State.DONE) return { id, name, state: future.state, value: future.a0 };
  station.objects.lend(entry.block);
  return { id, name, block: entry.block };
}

/** Gives the future its identity in other threads; a pending one, its shared part as well. */
function adopt(future: Future<unknown>, station: Station): Entry {
  const more = moreOf(future);
  more.observed = true;
  more.rare.remote?.look();
  const pending = future.state < State.DONE;
  let entry = entryOf(future);
  if (pending && ((more.port !== null && more.port !== station.port) || (entry !== undefined && entry.station !== station))) {
    throw foreign(`the future of ${nameOf(future)}`);
  }
  if (entry === undefined || entry.station !== station) {
    rareOf(future).crossed = entry = station.objects.adopt(future);
    tracer.shares(future, entry.id);
  }
  if (pending && entry.block === 0) share(future, entry);
  return entry;
}

/** Gives a pending future of this thread its shared part. */
function share(future: Future<unknown>, entry: Entry): void {
  const { station } = entry;
  station.objects.share(entry, ObjType.FUTURE, FUTURE_WORDS);
  station.duties.change(entry.duty, DutyKind.FUTURE);
  whenSettled(future, () => {
    if (entry.block === 0) return;
    closeWith(station, entry.block, outcomeFor(station, entry.block, future.state, future.a0, writeOutcomeSafely));
    letGo(entry);
  });
}

/** The outcome of a future with this shared part, also in the form for other places if they know it. */
function outcomeFor(station: Station, block: number, state: number, value: unknown, write: typeof writeOutcome): number {
  const outcome = write(station, state, value);
  if (isExported(station.mem.i32, block)) addAway(station, outcome, state, value);
  return outcome;
}

const letGo = (entry: Entry): void => entry.station.objects.letGo(entry);

function revive(data: Description, station: Station): Future<unknown> {
  const { objects } = station;
  if ("block" in data) {
    return objects.revive(
      data.id,
      data.block,
      () => handle(data.name, State.PROMISED, station),
      (future, entry) => bind(future, entry),
    );
  }
  const known = objects.get(data.id) as Future<unknown> | undefined;
  if (known !== undefined) return known;
  const future = handle(data.name, data.state, station);
  future.a0 = data.value;
  rareOf(future).crossed = objects.adopt(future, data.id);
  tracer.shares(future, data.id);
  return future;
}

/** How a future is named in a message to another place: by its position in the list of mentions while it is pending. */
type AwayDescription = { name: string } & ({ at: number } | { state: number; value: unknown });

function describeAway(future: Future<unknown>, station: Station, mentions: Mentions): AwayDescription {
  const entry = adopt(future, station);
  const name = nameOf(future);
  if (future.state >= State.DONE) return { name, state: future.state, value: future.a0 };
  return { name, at: mentionFuture(entry, station, mentions) };
}

function reviveAway(data: AwayDescription, station: Station, mentions: Mentions): Future<unknown> {
  if ("at" in data) {
    const block = mentions.valueAt(data.at, MentionKind.FUTURE);
    return revive({ id: station.mem.f64[((block >>> 2) + Obj.ID) >>> 1]!, name: data.name, block }, station);
  }
  const future = handle(data.name, data.state, station);
  future.a0 = data.value;
  return future;
}

function handle(name: string, state: number, station: Station): Future<unknown> {
  const future = new Future<unknown>(state, NO_TASK, null, null, undefined, undefined, undefined);
  moreOf(future).options = { name };
  moreOf(future).port = station.port;
  moreOf(future).observed = true; // its failure is the owner's to report
  return future;
}

/** While the run is recorded or replayed: handles are known as long as they are pending, not as long as the garbage collector leaves them. */
const pending = new Set<Future<unknown>>();

/** A new handle on another thread's future hears of its end. */
function bind(future: Future<unknown>, entry: Entry): void {
  const rare = rareOf(future);
  rare.crossed = entry;
  if (director !== null) pending.add(future);
  tracer.shares(future, entry.id);
  rare.onCancel = (error) => cancelElsewhere(entry, error);
  listen(future, entry);
}

/** Any thread may settle this future: it joins the waiters itself. */
function listen(future: Future<unknown>, entry: Entry): void {
  const { station } = entry;
  const { mem, objects } = station;
  const take = (): void => {
    const it = entry.object.deref() as Future<unknown> | undefined;
    if (it !== undefined) takeOutcome(it, entry);
  };
  const { node, id } = objects.newWaiter(MessageKind.WAKE, take);
  if (!ordered("waits for a future", () => subscribe(mem.i32, headOf(entry.block), node))) {
    objects.discardWaiter(node, id);
    take();
    return;
  }
  entry.waiter = id;
  const more = moreOf(future);
  const { options } = more;
  wakeable(future, nameOf(future), station, entry, take);
  if (options !== null) more.options = options;
  if (isFar(mem.i32, entry.block)) askWhenWanted(future, entry);
  const own = station.duties.kindOf(entry.duty) === DutyKind.FUTURE ? 1 : 0; // what \`share\` waits for
  if (countWaiters(more.waiters) > own) more.rare.remote!.awaited();
}

/** Settles this thread's future if its shared part is closed. */
function takeOutcome(future: Future<unknown>, entry: Entry): void {
  if (entry.block === 0) return;
  const outcome = ordered("looks at a future", () => resultOf(entry.station.mem.i32, headOf(entry.block)));
  if (outcome === 0) return;
  const { state, value } = readOutcome(entry.station, outcome);
  letGo(entry);
  if (director !== null) {
    entry.station.objects.forgetId(entry);
    pending.delete(future);
  }
  rareOf(future).onCancel = null;
  settle(future, state, value);
}

// ---- settling ------------------------------------------------------------------------------------------------------

onRemotePut((future, state, value) => {
  const entry = entryOf(future)!;
  if (future.state < State.DONE) takeOutcome(future, entry);
  if (future.state === State.CANCELLED) return;
  if (future.state >= State.DONE) throw settledBefore();
  if (isFar(entry.station.mem.i32, entry.block)) return putFar(entry, state, value);
  if (!closeWith(entry.station, entry.block, outcomeFor(entry.station, entry.block, state, value, writeOutcome))) {
    takeOutcome(future, entry);
    if ((future.state as number) === State.CANCELLED) return;
    throw settledBefore();
  }
  letGo(entry);
  settle(future, state, value);
});

registerObjectType(ObjType.FUTURE, (station, block) => {
  if (!isFar(station.mem.i32, block)) return destroyFuture(station, block);
  tellDead(station, block);
  return "kept";
});

/** Frees what hangs on a future's shared part. */
export function destroyFuture(station: Station, block: number): void {
  const { mem, heap } = station;
  const outcome = resultOf(mem.i32, headOf(block));
  if (outcome !== 0) freeOutcome(station, outcome);
  else eachWaiter(mem.i32, mem.i32[headOf(block)]! >>> 0, (node) => heap.free(node));
}

onDeath(DutyKind.FUTURE, (station, block, error) => {
  const lost = new WorkerLostError(`The worker died that was to settle this future. ${error.message}`, { cause: error.cause });
  closeWith(station, block, outcomeFor(station, block, State.FAILED, lost, writeOutcomeSafely));
  station.objects.drop(block);
});

// ---- cancelling ----------------------------------------------------------------------------------------------------

/** A handle was cancelled. What a promise stands for ends at once; else the owner is asked, whose task it is. */
function cancelElsewhere(entry: Entry, error: unknown): void {
  const { station, block } = entry;
  if (block === 0) return;
  if (isFar(station.mem.i32, block)) cancelFar(entry, error);
  else cancelShared(station, block, outcomeFor(station, block, State.CANCELLED, error, writeOutcomeSafely));
  letGo(entry);
}

/** A promise is cancelled at once; else the owner is asked, with the reason. */
export function cancelShared(station: Station, block: number, reason: number): void {
  const { mem, heap, objects } = station;
  const word = block >>> 2;
  if (mem.i32[word + FutureWord.PUTTABLE] === 1) closeWith(station, block, reason);
  else {
    const node = heap.alloc(16);
    mem.i32[(node >>> 2) + Message.KIND] = MessageKind.CANCEL;
    mem.i32[(node >>> 2) + Cancel.BLOCK] = block;
    mem.i32[(node >>> 2) + Cancel.REASON] = reason;
    objects.lend(block);
    objects.post(node, mem.i32[word + Obj.OWNER]!);
  }
}

onStation((station) => {
  station.receivers.set(MessageKind.CANCEL, (node) => {
    const { mem, heap, objects } = station;
    const block = mem.i32[(node >>> 2) + Cancel.BLOCK]! >>> 0;
    const outcome = mem.i32[(node >>> 2) + Cancel.REASON]! >>> 0;
    heap.free(node);
    const { value } = readOutcome(station, outcome);
    freeOutcome(station, outcome);
    const future = objects.get(mem.f64[((block >>> 2) + Obj.ID) >>> 1]!) as Future<unknown> | undefined;
    objects.drop(block);
    future?.cancel(value instanceof CancelledError ? value : undefined);
  });
});

// ---- promises ------------------------------------------------------------------------------------------------------

const promises = new WeakMap<Future<unknown>, HeddlePromise<unknown>>();

/** The one promise object for a future in this thread. */
function promiseOf(future: Future<unknown>): HeddlePromise<unknown> {
  let promise = promises.get(future);
  if (promise === undefined) promises.set(future, (promise = new HeddlePromise(future)));
  return promise;
}

function describePromise(promise: HeddlePromise<unknown>, station: Station): Future<unknown> {
  const future = promise.future as Future<unknown>;
  promises.set(future, promise);
  const entry = adopt(future, station);
  if (future.state < State.DONE && entry.waiter === 0) {
    station.mem.i32[(entry.block >>> 2) + FutureWord.PUTTABLE] = 1; // plain: before the message that lets others put is sent
    listen(future, entry);
  }
  return future;
}

function describePromises(value: object, station: Station): { future: Future<unknown> } | undefined {
  if (value instanceof HeddlePromise) return { future: describePromise(value as HeddlePromise<unknown>, station) };
  if (PROMISE_BRAND in value) throw foreign("a promise");
  return undefined;
}

const revivePromise = (data: unknown): HeddlePromise<unknown> => promiseOf((data as { future: Future<unknown> }).future);

// ---- installing ----------------------------------------------------------------------------------------------------

/** How other copies of the package recognise these. */
const FUTURE_BRAND = Symbol.for("heddle.future");
const PROMISE_BRAND = Symbol.for("heddle.promise");
Object.defineProperty(Future.prototype, FUTURE_BRAND, { value: true });

const foreign = (what: string): ForeignError =>
  new ForeignError(
    `${what} belongs to another runtime, or to another copy of heddle, and cannot cross into this one. Await it first and pass the value; ` +
      "if you did not mean to have two, see `npm ls heddle`.",
  );

export function installFutureCrossing(): void {
  Object.defineProperty(HeddlePromise.prototype, PROMISE_BRAND, { value: true });
  registerCrossing({
    tag: "future",
    describe(value, station) {
      if (value instanceof Future) return describe(value as Future<unknown>, station);
      if (FUTURE_BRAND in value) throw foreign("a future");
      return undefined;
    },
    revive: (data, station) => revive(data as Description, station),
    beside: (value, from, to) => (value instanceof Future ? futureBeside(value as Future<unknown>, from, to) : undefined),
    away: {
      describe(value, station, mentions) {
        if (value instanceof Future) return describeAway(value as Future<unknown>, station, mentions);
        if (FUTURE_BRAND in value) throw foreign("a future");
        return undefined;
      },
      revive: (data, station, mentions) => reviveAway(data as AwayDescription, station, mentions),
    },
  });
  registerCrossing({
    tag: "promise",
    describe: describePromises,
    revive: revivePromise,
    beside(value, from, to) {
      if (!(value instanceof HeddlePromise)) return undefined;
      promises.set(value.future as Future<unknown>, value as HeddlePromise<unknown>);
      return promiseOf(futureBeside(value.future as Future<unknown>, from, to));
    },
    away: { describe: describePromises, revive: revivePromise },
  });
}
