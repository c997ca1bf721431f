/** Collective operations in serial mode: the protocol of the communication threads, once for each place, all in this thread. */
import { Future } from "../../sched/core.ts";
import { NO_TASK } from "../../sched/definition.ts";
import { moreOf, rareOf } from "../../sched/more.ts";
import { serialPlaces } from "../../sched/places.ts";
import { RemoteWait } from "../../sched/remote-wait.ts";
import { settle } from "../../sched/settling.ts";
import { State } from "../../sched/state.ts";
import { getPort } from "../../sched/thread.ts";
import { type Past, watch } from "../../sched/watch.ts";
import { bytesPerElement } from "../../shared/array-kinds.ts";
import { Collectives, type Combine } from "../protocol/collectives.ts";
import { COMBINATIONS, combineInto } from "../protocol/combine.ts";
import { ONCE, type Team } from "../protocol/members.ts";
import type { Ended } from "../protocol/operation.ts";
import { Teams } from "../protocol/teams.ts";
import type { Purpose } from "../protocol/titles.ts";
import { perform } from "./perform.ts";
import type { OperationName } from "./requests.ts";
import { type SerialCall, type SerialMeeting, setMeeting } from "./serial.ts";

interface Letter {
  readonly from: number;
  readonly to: number;
  readonly message: Uint8Array;
}

class Meeting implements SerialMeeting {
  readonly #collectives: readonly Collectives[];
  readonly #teams: readonly Teams[];
  readonly #letters: Letter[] = [];
  #delivers = false;
  /** By team and number of the operation: those that have not ended at all members. */
  readonly #calls = new Map<string, Call>();
  /** By team and place: how many operations it has called. */
  readonly #counts = new Map<string, number>();
  #made = 0;

  constructor(places: number) {
    const all = Array.from({ length: places }, (_, place) => place);
    this.#collectives = all.map((place) => new Collectives({ place, places, send: this.#sender(place) }));
    this.#teams = all.map((place) => new Teams(this.#collectives[place]!, place, places));
  }

  perform<R>({ team, name, purpose, root, parts, kind, combination }: SerialCall, then: (parts: Uint8Array[]) => R): Future<R> {
    const combine: Combine = (into, from) => combineInto(kind, combination, into, from);
    const elements = { likeness: (kind << 4) | COMBINATIONS.indexOf(combination), bytes: bytesPerElement(kind) };
    const begin = (place: number, ended: Ended<Uint8Array[] | null>): void =>
      perform(this.#collectives[place]!, team, { name, purpose }, root, parts, { combine, elements }, ended);
    return this.#call(team, name, root, begin, (result) => then(result ?? []), purpose);
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
    purpose?: Purpose,
  ): Future<R> {
    const place = serialPlaces!.here();
    const call = this.#arrive(team, place);
    const future = pending(purpose ?? name, call);
    const end = (error: Error | null, result?: T): void => {
      let state: number = error === null ? State.DONE : State.FAILED;
      let value: unknown = error;
      try {
        if (error === null) value = serialPlaces!.run(place, () => then(result));
      } catch (failure) {
        state = State.FAILED;
        value = failure;
      }
      call.end(name, root, team.members.indexOf(place), () => settle(future, state, value));
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

  /** A member has come. */
  #arrive(team: Team, place: number): Call {
    const { members, id } = team;
    const name = `${id} ${members.join(" ")}`; // teams without a common member may have the same number
    const own = `${name} of ${place}`;
    const number = id >= ONCE ? 0 : (this.#counts.get(own) ?? 0);
    if (id < ONCE) this.#counts.set(own, number + 1);
    const key = `${name}: ${number}`;
    let call = this.#calls.get(key);
    if (call === undefined) this.#calls.set(key, (call = new Call(++this.#made, members, () => this.#calls.delete(key))));
    call.come.set(members.indexOf(place), watch?.past() ?? NOBODY_WATCHES);
    return call;
  }
}

const NOBODY_WATCHES: Past = {};

/** One operation of a team. */
class Call {
  readonly id: number;
  /** By rank those that have called it, with what came before. */
  readonly come = new Map<number, Past>();
  readonly #members: readonly number[];
  readonly #onOver: () => void;
  #ended = 0;

  constructor(id: number, members: readonly number[], onOver: () => void) {
    this.id = id;
    this.#members = members;
    this.#onOver = onOver;
  }

  /** For whyStuck. */
  readonly missing = (): string => {
    const missing = this.#members.filter((_, rank) => !this.come.has(rank));
    const named = missing.slice(0, MOST_NAMED).join(", ");
    if (missing.length === 0) return "all its members have called it";
    if (missing.length === 1) return `place ${named} has not called it`;
    return `places ${named}${missing.length > MOST_NAMED ? ` and ${missing.length - MOST_NAMED} more` : ""} have not called it`;
  };

  /** Tells a member of its end, as something that comes after the calls that it depends on. */
  end(name: OperationName | "split", root: number, rank: number, tell: () => void): void {
    if (++this.#ended === this.#members.length) this.#onOver();
    if (watch === null) return tell();
    const before = [...this.come].filter(([other]) => other === rank || comesBefore(name, root, other, rank));
    const pasts = before.map(([, past]) => past);
    watch.runAfter(pasts, tell);
  }
}

const MOST_NAMED = 8;

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

function pending(name: string, call: Call): Future<unknown> {
  const future = new Future<unknown>(State.PROMISED, NO_TASK, null, null, undefined, undefined, undefined);
  const more = moreOf(future);
  more.port = getPort();
  more.options = { name };
  rareOf(future).of = new RemoteWait("collective", name, 0, call.id, call.missing);
  return future;
}

/** From now on collective operations of this thread meet here. */
export function installMeeting(places: number): void {
  setMeeting(new Meeting(places));
}
