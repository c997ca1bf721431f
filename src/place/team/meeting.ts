/** Collective operations in serial mode: the protocol of the communication threads, once for each place, all in this thread. */
import { Future } from "../../sched/core.ts";
import { NO_TASK } from "../../sched/definition.ts";
import { moreOf } from "../../sched/more.ts";
import { serialPlaces } from "../../sched/places.ts";
import { settle } from "../../sched/settling.ts";
import { State } from "../../sched/state.ts";
import { getPort } from "../../sched/thread.ts";
import { type Past, watch } from "../../sched/watch.ts";
import { bytesPerElement } from "../../shared/array-kinds.ts";
import { Collectives, type Combine } from "../protocol/collectives.ts";
import { COMBINATIONS, type Combination, combineInto } from "../protocol/combine.ts";
import { ONCE, type Team } from "../protocol/members.ts";
import type { Ended } from "../protocol/operation.ts";
import { Teams } from "../protocol/teams.ts";
import { perform } from "./perform.ts";
import type { OperationName } from "./requests.ts";

/** One member's call. */
export interface SerialCall {
  readonly team: Team;
  readonly name: OperationName;
  readonly root: number;
  readonly parts: Uint8Array[] | null;
  readonly kind: number;
  readonly combination: Combination;
}

interface Letter {
  readonly from: number;
  readonly to: number;
  readonly message: Uint8Array;
}

class Meeting {
  readonly #collectives: readonly Collectives[];
  readonly #teams: readonly Teams[];
  readonly #letters: Letter[] = [];
  #delivers = false;
  /** By team and number of the operation, while somebody watches: what came before each member's call. */
  readonly #pasts = new Map<string, { readonly pasts: Map<number, Past>; left: number }>();
  readonly #calls = new Map<string, number>();

  constructor(places: number) {
    const all = Array.from({ length: places }, (_, place) => place);
    this.#collectives = all.map((place) => new Collectives({ place, places, send: this.#sender(place) }));
    this.#teams = all.map((place) => new Teams(this.#collectives[place]!, place, places));
  }

  perform<R>({ team, name, root, parts, kind, combination }: SerialCall, then: (parts: Uint8Array[]) => R): Future<R> {
    const combine: Combine = (into, from) => combineInto(kind, combination, into, from);
    const elements = { likeness: (kind << 4) | COMBINATIONS.indexOf(combination), bytes: bytesPerElement(kind) };
    const begin = (place: number, ended: Ended<Uint8Array[] | null>): void =>
      perform(this.#collectives[place]!, team, name, root, parts, { combine, elements }, ended);
    return this.#call(team, name, root, begin, (result) => then(result ?? []));
  }

  split<R>(team: Team, colour: number, key: number, then: (its: Team | null) => R): Future<R> {
    return this.#call(
      team,
      "split",
      0,
      (place, ended: Ended<Team | null>) => this.#teams[place]!.split(team, colour, key, ended),
      (its) => then(its ?? null),
    );
  }

  #call<T, R>(
    team: Team,
    name: OperationName | "split",
    root: number,
    begin: (place: number, ended: Ended<T>) => void,
    then: (result: T | undefined) => R,
  ): Future<R> {
    const place = serialPlaces!.here();
    const future = pending(name);
    const after = this.#arrive(team, place, name, root);
    const end = (error: Error | null, result?: T): void => {
      let state: number = error === null ? State.DONE : State.FAILED;
      let value: unknown = error;
      try {
        if (error === null) value = serialPlaces!.run(place, () => then(result));
      } catch (failure) {
        state = State.FAILED;
        value = failure;
      }
      after(() => settle(future, state, value));
    };
    this.#deliver(() => begin(place, end));
    return future as Future<R>;
  }

  #sender(from: number) {
    return (to: number, message: Uint8Array, behind: Uint8Array = new Uint8Array(0)): void => {
      const letter = new Uint8Array(message.length + behind.length);
      letter.set(message);
      letter.set(behind, message.length);
      this.#letters.push({ from, to, message: letter });
    };
  }

  /** Does a step, and all that follows from it. */
  #deliver(step: () => void): void {
    if (this.#delivers) return step();
    this.#delivers = true;
    try {
      step();
      for (let it = this.#letters.shift(); it !== undefined; it = this.#letters.shift())
        this.#collectives[it.to]!.receive(it.from, it.message);
    } finally {
      this.#delivers = false;
    }
  }

  /** A member has come; returns what runs something as after those calls that come before its end. */
  #arrive(team: Team, place: number, name: OperationName | "split", root: number): (body: () => void) => void {
    if (watch === null) return (body) => body();
    const watcher = watch;
    const { members, id } = team;
    const rank = members.indexOf(place);
    const own = `${id} ${members.join(" ")} of ${place}`;
    const number = id >= ONCE ? 0 : (this.#calls.get(own) ?? 0);
    this.#calls.set(own, number + 1);
    const key = `${id} ${members.join(" ")}: ${number}`;
    let call = this.#pasts.get(key);
    if (call === undefined) this.#pasts.set(key, (call = { pasts: new Map(), left: members.length }));
    const { pasts } = call;
    const mine = watcher.past();
    pasts.set(rank, mine);
    return (body) => {
      if (--call.left === 0) this.#pasts.delete(key);
      const before = [...pasts].filter(([other]) => comesBefore(name, root, other, rank)).map(([, past]) => past);
      watcher.runAfter([mine, ...before], body);
    };
  }
}

/** Whether the call of a member comes before the end of another one's. */
function comesBefore(name: OperationName | "split", root: number, caller: number, ender: number): boolean {
  switch (name) {
    case "broadcast":
    case "scatter":
      return caller === root;
    case "gather":
    case "reduce":
      return ender === root;
    case "scan":
      return caller < ender;
    default:
      return true;
  }
}

function pending(name: string): Future<unknown> {
  const future = new Future<unknown>(State.PROMISED, NO_TASK, null, null, undefined, undefined, undefined);
  const more = moreOf(future);
  more.port = getPort();
  more.options = { name };
  return future;
}

let meeting: Meeting | null = null;
const theMeeting = (): Meeting => (meeting ??= new Meeting(serialPlaces!.places));

export const performSerially = <R>(call: SerialCall, then: (parts: Uint8Array[]) => R): Future<R> =>
  theMeeting().perform(call, then);
export const splitSerially = <R>(team: Team, colour: number, key: number, then: (its: Team | null) => R): Future<R> =>
  theMeeting().split(team, colour, key, then);
