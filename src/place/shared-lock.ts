import { UsageError } from "../errors.ts";
import { fulfil, openFuture } from "../pattern/derive.ts";
import type { Future } from "../sched/core.ts";
import { registerCrossing } from "../sched/crossing.ts";
import { rareOf } from "../sched/more.ts";
import { heldLocks, RemoteWait } from "../sched/remote-wait.ts";
import { currentFrame } from "../sched/thread.ts";
import { watch } from "../sched/watch.ts";
import type { Group } from "./group.ts";
import { placeHere } from "./here.ts";
import { orderly } from "./in-order.ts";
import { Locks, nameOfLock } from "./protocol/locks.ts";
import { ProtocolNumber } from "./records.ts";
import { ask, type Desk, onAlone } from "./requests.ts";
import { AskTopic } from "./topics.ts";

const MADE_HERE = Symbol("lock");

/** A turn with a lock: it ends by `unlock`, or at the end of the block with `using`. */
export class LockHold implements Disposable {
  readonly #unlock: () => void;
  #held = true;

  /** @internal */
  constructor(token: symbol, unlock: () => void) {
    if (token !== MADE_HERE) throw new UsageError("new LockHold(): SharedLock.lock() makes them");
    this.#unlock = unlock;
  }

  /** Lets the next one have it. Never blocks. Calling it again does nothing. */
  unlock(): void {
    if (!this.#held) return;
    this.#held = false;
    this.#unlock();
  }

  [Symbol.dispose](): void {
    this.unlock();
  }
}

/**
 * A lock that tasks of all places take in turn, first come first served (UPC++'s `shared_lock`). It goes to other tasks and places as an argument or result.
 *
 * ```ts
 * const lock = sharedLock();
 * // in an async task, at whatever place:
 * using hold = await lock.lock();
 * ```
 */
export class SharedLock {
  readonly #home: number;
  readonly #id: number;

  /** @internal */
  constructor(token: symbol, home: number, id: number) {
    if (token !== MADE_HERE) throw new UsageError("new SharedLock(): locks are made by sharedLock()");
    this.#home = home;
    this.#id = id;
  }

  /** Waits for its turn. Fails with PlaceLostError (`HEDDLE_PLACE_LOST`) when the place that made the lock is lost. Never blocks. */
  lock(): Future<LockHold> {
    const { station } = placeHere();
    const [home, id] = [this.#home, this.#id];
    const lock = new RemoteWait("lock", "lock", home, id);
    const by = currentFrame();
    if (station === null) {
      const future = openFuture<LockHold>("lock", () => {});
      watch?.made(future as Future<unknown>);
      watch?.turn(`${home}.${id}`, future as Future<unknown>);
      rareOf(future as Future<unknown>).of = lock;
      serialLocks.lock(0, id, (_error, request) => {
        const held = { lock, by };
        heldLocks.add(held);
        const hold = new LockHold(MADE_HERE, () => {
          heldLocks.delete(held);
          watch?.turnEnds(future as Future<unknown>);
          serialLocks.unlock(0, id, request);
        });
        if (future.status === "cancelled") hold.unlock();
        else if (watch === null) fulfil(future, hold);
        else watch.runFed(future as Future<unknown>, () => fulfil(future, hold)); // after the call of lock alone: whose turn was before differs from run to run
      });
      return future;
    }
    return ask(
      station,
      AskTopic.LOCK,
      "lock",
      (body) => body.u32(home).u32(id),
      (answer) => {
        const request = answer.u32();
        const held = { lock, by };
        heldLocks.add(held);
        return new LockHold(MADE_HERE, () => {
          heldLocks.delete(held);
          const unlocked = (): void => {};
          void ask(station, AskTopic.UNLOCK, "unlock", (body) => body.u32(home).u32(id).u32(request), unlocked);
        });
      },
      (isTaken, hold) => {
        if (!isTaken) hold?.unlock(); // its wait was cancelled
      },
      undefined,
      lock,
    );
  }

  /** @internal */
  get description(): readonly [home: number, id: number] {
    return [this.#home, this.#id];
  }
}

let made = 0;

/** A new lock, whose queue this place keeps. Never blocks. */
export function sharedLock(): SharedLock {
  const { place, station } = placeHere();
  // Each thread counts for itself.
  return new SharedLock(MADE_HERE, place, (station?.slot ?? 0) + LOCK_STEP * made++);
}

const LOCK_STEP = 256;

/** The queues in the communication thread. */
export function mountLocks(group: Group, desk: Desk): void {
  let locks!: Locks;
  group.mount(ProtocolNumber.LOCKS, (link) => {
    locks = new Locks(link);
    return orderly(locks, "a lock is wanted", nameOfLock);
  });
  group.onLost((place, error) => locks.lost(place, error));
  serve(desk, locks);
}

function serve(desk: Desk, locks: Locks): void {
  desk.on(AskTopic.LOCK, (body, reply) => {
    locks.lock(body.u32(), body.u32(), (error, request) => {
      if (error !== null) reply.failed(error);
      else reply.done((answer) => answer.u32(request));
    });
  });
  desk.on(AskTopic.UNLOCK, (body, reply) => {
    locks.unlock(body.u32(), body.u32(), body.u32());
    reply.done();
  });
}

/** Locks of one place, which needs no messages: what it sends to itself comes at once. */
function localLocks(): Locks {
  const locks: Locks = new Locks({ place: 0, places: 1, send: (_to, message) => locks.receive(0, message) });
  return locks;
}

const serialLocks = localLocks();

onAlone((_station, desk) => serve(desk, localLocks()));

const describe = (value: object): unknown => (value instanceof SharedLock ? value.description : undefined);
const revive = (data: unknown): SharedLock => new SharedLock(MADE_HERE, ...(data as readonly [number, number]));
registerCrossing({ tag: "lock", describe, revive, away: { describe, revive } });
