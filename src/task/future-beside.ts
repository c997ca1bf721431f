/** Futures and promises that are known at several places of one thread, in serial mode: each place but the one that made it has a stand-in with a copy of the value. */
import { copyBeside, copyErrorBeside } from "../sched/beside.ts";
import { Future } from "../sched/core.ts";
import { NO_TASK } from "../sched/definition.ts";
import { moreOf, nameOf, rareOf } from "../sched/more.ts";
import { settle, whenSettled } from "../sched/settling.ts";
import { State } from "../sched/state.ts";
import { getPort } from "../sched/thread.ts";
import { watch } from "../sched/watch.ts";

type Any = Future<unknown>;

class StandIn {
  readonly origin: Any;
  readonly #home: number;
  readonly #place: number;
  #listens = false;

  constructor(origin: Any, home: number, place: number) {
    this.origin = origin;
    this.#home = home;
    this.#place = place;
  }

  /** What a promise is given here, as it is at home. */
  sendHome(state: number, value: unknown): unknown {
    return state === State.DONE
      ? copyBeside(value, this.#place, this.#home, "value")
      : copyErrorBeside(value, this.#place, this.#home);
  }

  make(): Any {
    const { origin } = this;
    const future: Any = new Future<unknown>(State.PROMISED, NO_TASK, null, null, undefined, undefined, undefined);
    const more = moreOf(future);
    more.port = getPort();
    more.options = { name: nameOf(origin) };
    const rare = rareOf(future);
    standIns.set(future, this);
    rare.of = [origin];
    rare.onCancel = (reason) => void origin.cancel(reason);
    const look = (): void => {
      if (origin.state >= State.DONE) this.#settle(future);
    };
    rare.remote = {
      look,
      awaited: () => {
        look();
        if (future.state >= State.DONE || this.#listens) return;
        this.#listens = true;
        whenSettled(origin, look);
      },
    };
    return future;
  }

  #settle(future: Any): void {
    const { origin } = this;
    if (future.state >= State.DONE) return;
    moreOf(origin).observed = true;
    watch?.feeds(origin, future);
    if (watch === null) this.#follow(future);
    else watch.runFed(future, () => this.#follow(future)); // after the origin alone: whoever asks first has no part in it
  }

  #follow(future: Any): void {
    const { origin } = this;
    if (origin.state !== State.DONE) return settle(future, origin.state, copyErrorBeside(origin.a0, this.#home, this.#place));
    let value: unknown;
    try {
      value = copyBeside(origin.a0, this.#home, this.#place, "value");
    } catch (error) {
      return settle(future, State.FAILED, error);
    }
    settle(future, State.DONE, value);
  }
}

const standIns = new WeakMap<Any, StandIn>();

/** Settles a promise where it was made, by `settleHome`, if `future` is only its stand-in. */
export function putBeside(future: Any, state: number, value: unknown, settleHome: (it: Any, value: unknown) => void): boolean {
  const it = standIns.get(future);
  if (it === undefined) return false;
  settleHome(it.origin, it.sendHome(state, value));
  return true;
}

/** By future: where it was made, and what stands for it elsewhere. */
const known = new WeakMap<Any, { readonly home: number; readonly standIns: Any[] }>();

/** What a future of place `from` is at place `to`. */
export function futureBeside(future: Any, from: number, to: number): Any {
  const origin = standIns.get(future)?.origin ?? future;
  let at = known.get(origin);
  if (at === undefined) known.set(origin, (at = { home: from, standIns: [] }));
  if (to === at.home) return origin;
  return (at.standIns[to] ??= new StandIn(origin, at.home, to).make());
}
