/**
 * Where objects are that move between places. An object's home is the place that made it, which is in its number, and knows where the object is; everybody else
 * remembers what it last heard. A call goes straight to where its caller believes the object to be. A place that does not have the object gives the
 * call back with what it knows, and the caller tries again, at last at the home, which keeps the call until it knows better. Charm++'s location manager and PREMA's
 * mobile pointers work like this. See README.md of mobile/.
 */
import { MessageError, NameTakenError, NameUnknownError, ObjectGoneError } from "../../errors.ts";
import type { Link, Protocol } from "../../net/link.ts";

/** Where an object was after so many moves. Whoever has heard of a later move knows better. */
export interface Residence {
  readonly place: number;
  readonly moves: number;
}

/** A call on its way. */
export interface Call {
  /** The place that made it. */
  readonly origin: number;
  /** The how-manieth call of that place to the object it is; calls of one place begin in this order. */
  number: number;
  /** How many moves the residence had that it was last sent to, -1 for none. */
  moves: number;
  /** No other call may run meanwhile, whatever the object's class says. */
  readonly alone: boolean;
}

/** What carries calls; `C` is what they are to it. */
export interface Carrier<C extends Call> {
  /** A call of this place goes to another one, whose `came` is to get it, with its numbers. */
  send(to: number, id: number, call: C): void;
  /** The object is not here: a call goes back to its place, whose `returned` is to get it; or, with an error, ends. */
  giveBack(id: number, call: C, residence: Residence | null, error: Error | null): void;
  /** It is the turn of a call of an object that is here. `ended` is to be called when it has ended. */
  deliver(id: number, call: C): void;
}

/** What an object takes along: the next number of the calls of each place. */
export type Numbers = readonly (readonly [place: number, next: number])[];

const Kind = { MOVED: 1, GONE: 2, STAYED: 3, NAME: 4, FORGET_NAME: 5, FIND: 6, ANSWER: 7 } as const;
const HEAD = 20;

interface Home<C> {
  /** Null until the object is made. */
  at: Residence | null;
  readonly name: string | null;
  /** Calls that wait for news of where the object is. */
  held: C[];
}

interface Resident<C> {
  moves: number;
  /** How many it had when it came here. */
  readonly since: number;
  readonly interleaved: boolean;
  /** How many calls of each place have come in order. */
  readonly accepted: Map<number, number>;
  /** Those that have overtaken others of their place. */
  readonly early: Map<string, C>;
  queue: C[];
  running: number;
  alone: boolean;
  leaving: boolean;
  pumping: boolean;
}

type Answered = (error: Error | null, id: number) => void;

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const HOMES = 2 ** 32;

export const homeOf = (id: number): number => Math.floor(id / HOMES);

export class Directory<C extends Call> implements Protocol {
  readonly #link: Link;
  readonly #carrier: Carrier<C>;
  readonly #homes = new Map<number, Home<C>>();
  readonly #here = new Map<number, Resident<C>>();
  /** What this place last heard of objects elsewhere. */
  readonly #heard = new Map<number, Residence>();
  /** How many calls this place has made to each. */
  readonly #numbers = new Map<number, number>();
  /** Names that are kept here. */
  readonly #names = new Map<string, number>();
  readonly #asking = new Map<number, { readonly to: number; readonly answered: Answered }>();
  readonly #lost = new Map<number, Error>();
  /** Objects with their home here that were lost with their places, and why. */
  readonly #fates = new Map<number, Error>();
  #made = 0;
  #asked = 0;

  constructor(link: Link, carrier: Carrier<C>) {
    this.#link = link;
    this.#carrier = carrier;
  }

  /** Calls that wait here, of whatever place. */
  get waiting(): number {
    let count = this.#asking.size;
    for (const { held } of this.#homes.values()) count += held.length;
    for (const { queue, early } of this.#here.values()) count += queue.length + early.size;
    return count;
  }

  /** How many objects live here. */
  get size(): number {
    return this.#here.size;
  }

  /** How many objects elsewhere this place remembers the place of. */
  get remembered(): number {
    return this.#heard.size;
  }

  isHere(id: number): boolean {
    return this.#here.has(id);
  }

  // ---- beginning, moving, ending ---------------------------------------------------------------------------------------

  /** The number for a new object, whose home is here, and which may have a name. Fails with NameTakenError. */
  make(name: string | null, done: Answered): void {
    const id = this.#link.place * HOMES + ++this.#made;
    this.#homes.set(id, { at: null, name, held: [] });
    if (name === null) return done(null, id);
    this.#ask(Kind.NAME, id, name, (error) => {
      if (error !== null) this.#homes.delete(id);
      done(error, id);
    });
  }

  /** The number of the object of that name. Fails with NameUnknownError. */
  find(name: string, done: Answered): void {
    this.#ask(Kind.FIND, 0, name, done);
  }

  /** An object is here after so many moves. `interleaved`: its calls need not wait for each other's end. */
  arrived(id: number, moves: number, numbers: Numbers, interleaved: boolean): void {
    const before = this.#here.get(id); // it has been away, and who sent it does not know yet that it had arrived there
    const accepted = new Map(numbers);
    const state = { running: 0, alone: false, leaving: false, pumping: false };
    this.#here.set(id, { moves, since: moves, interleaved, accepted, early: new Map(), queue: [], ...state });
    this.#heard.delete(id);
    this.#tell(homeOf(id), Kind.MOVED, id, this.#link.place, moves);
    if (before !== undefined) for (const call of [...before.queue, ...before.early.values()]) this.#route(id, call);
  }

  /** The object, which is here, is about to go: from now on its calls wait. What it is to take along. */
  leave(id: number): { moves: number; numbers: Numbers } {
    const resident = this.#resident(id);
    resident.leaving = true;
    const next = new Map(resident.accepted);
    for (const { origin, number } of resident.queue) next.set(origin, Math.min(next.get(origin)!, number));
    return { moves: resident.moves, numbers: [...next] };
  }

  /** It has arrived there, `moves` being those it had here: what waits here follows it. */
  left(id: number, to: number, moves: number): void {
    const resident = this.#here.get(id);
    if (resident?.moves !== moves) return; // it is back already
    const residence = { place: to, moves: moves + 1 };
    this.#here.delete(id);
    this.#heard.set(id, residence);
    for (const call of [...resident.queue, ...resident.early.values()]) this.#redirect(id, call, residence);
  }

  /** It could not go, and is still here. It counts as moved there and back, since it may have been told to be there. */
  stayed(id: number): number {
    const resident = this.#resident(id);
    resident.leaving = false;
    resident.moves += 2;
    this.#tell(homeOf(id), Kind.STAYED, id, this.#link.place, resident.moves);
    this.#pump(id, resident);
    return resident.moves;
  }

  /** The object, which is or was to be here, is no more: its calls, and those to come, fail with `error`, elsewhere with ObjectGoneError. */
  remove(id: number, error: Error = gone(id)): void {
    const resident = this.#here.get(id);
    this.#here.delete(id);
    this.#tell(homeOf(id), Kind.GONE, id, 0, 0);
    if (resident === undefined) return;
    for (const call of [...resident.queue, ...resident.early.values()]) this.#carrier.giveBack(id, call, null, error);
  }

  // ---- calls -------------------------------------------------------------------------------------------------------------

  /** A call of this place. */
  call(id: number, call: C): void {
    call.number = this.#numbers.get(id) ?? 0;
    this.#numbers.set(id, call.number + 1);
    this.#route(id, call);
  }

  /** A call of this place has come back: the object is not where it was sent to. */
  returned(id: number, call: C, residence: Residence | null): void {
    if (residence !== null) this.#hear(id, residence);
    this.#route(id, call);
  }

  /** A call of another place has come. */
  came(id: number, call: C): void {
    const resident = this.#here.get(id);
    if (resident !== undefined) return this.#enqueue(id, resident, call);
    if (homeOf(id) === this.#link.place) return this.#atHome(id, call);
    const heard = this.#heard.get(id);
    this.#carrier.giveBack(id, call, heard !== undefined && heard.moves > call.moves ? heard : null, null);
  }

  /** A call of an object that was delivered when the object had moved so often has ended, or will never begin. */
  ended(id: number, moves: number): void {
    const resident = this.#here.get(id);
    if (resident === undefined || moves < resident.since || resident.running === 0) return;
    resident.running--;
    resident.alone = false;
    this.#pump(id, resident);
  }

  #route(id: number, call: C): void {
    const resident = this.#here.get(id);
    if (resident !== undefined) return this.#enqueue(id, resident, call);
    const home = homeOf(id);
    if (home === this.#link.place) return this.#atHome(id, call);
    const heard = this.#heard.get(id);
    if (heard !== undefined && heard.moves > call.moves) {
      call.moves = heard.moves;
      this.#carrier.send(heard.place, id, call);
    } else this.#carrier.send(home, id, call);
  }

  /** The object's home is here, and the object elsewhere. A call that was where the home believes the object to be has been there too late: news of a move are coming. */
  #atHome(id: number, call: C): void {
    const home = this.#homes.get(id);
    if (home === undefined) return this.#carrier.giveBack(id, call, null, this.#fates.get(id) ?? gone(id));
    const heard = this.#heard.get(id);
    const at = home.at !== null && heard !== undefined && heard.moves > home.at.moves ? heard : home.at;
    if (at === null || at.moves <= call.moves || at.place === this.#link.place) home.held.push(call);
    else this.#redirect(id, call, at);
  }

  #redirect(id: number, call: C, residence: Residence): void {
    if (call.origin !== this.#link.place) return this.#carrier.giveBack(id, call, residence, null);
    if (residence.place === this.#link.place) return this.#route(id, call);
    call.moves = residence.moves;
    this.#carrier.send(residence.place, id, call);
  }

  /** Puts the calls of each place in order. */
  #enqueue(id: number, resident: Resident<C>, call: C): void {
    const { origin, number } = call;
    const { accepted, early, queue } = resident;
    const next = accepted.get(origin) ?? 0;
    if (number > next) return void early.set(`${origin} ${number}`, call);
    if (number < next) throw new MessageError(`call ${number} of place ${origin} to an object came twice`);
    let at = number;
    for (let it: C | undefined = call; it !== undefined; it = early.get(`${origin} ${at}`)) {
      early.delete(`${origin} ${at}`);
      queue.push(it);
      at++;
    }
    accepted.set(origin, at);
    this.#pump(id, resident);
  }

  #pump(id: number, resident: Resident<C>): void {
    if (resident.pumping) return;
    resident.pumping = true;
    const { queue } = resident;
    while (queue.length > 0 && !resident.leaving && this.#here.get(id) === resident) {
      const call = queue[0]!;
      if (resident.running > 0 && (resident.alone || call.alone || !resident.interleaved)) break;
      queue.shift();
      resident.running++;
      resident.alone = call.alone;
      this.#carrier.deliver(id, call);
    }
    resident.pumping = false;
  }

  // ---- messages ----------------------------------------------------------------------------------------------------------

  receive(from: number, bytes: Uint8Array): void {
    if (bytes.length < HEAD) throw new MessageError("a message about an object is cut short");
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const [kind, a, b] = [view.getUint32(0, true), view.getInt32(4, true), view.getInt32(8, true)];
    const id = view.getFloat64(12, true);
    const name = decoder.decode(bytes.slice(HEAD));
    switch (kind) {
      case Kind.MOVED:
      case Kind.STAYED:
        return this.#news(id, { place: a, moves: b });
      case Kind.GONE:
        return this.#end(id);
      case Kind.NAME: {
        const taken = this.#names.has(name);
        if (!taken) this.#names.set(name, id);
        return this.#tell(from, Kind.ANSWER, taken ? -1 : id, a, b, name);
      }
      case Kind.FORGET_NAME:
        if (this.#names.get(name) === id) this.#names.delete(name);
        return;
      case Kind.FIND:
        return this.#tell(from, Kind.ANSWER, this.#names.get(name) ?? -1, a, b, name);
      case Kind.ANSWER: {
        const asking = this.#asking.get(a);
        if (asking === undefined) throw new MessageError(`place ${from} answers a question that nobody has asked`);
        this.#asking.delete(a);
        const why = b === Kind.NAME ? taken(name) : unknown(name);
        return asking.answered(id < 0 ? why : null, id);
      }
      default:
        throw new MessageError(`the directory knows no message of the kind ${kind}`);
    }
  }

  #ask(kind: number, id: number, name: string, answered: Answered): void {
    const to = hash(name) % this.#link.places;
    const loss = this.#lost.get(to);
    if (loss !== undefined) return answered(loss, -1);
    this.#asking.set(++this.#asked, { to, answered });
    this.#tell(to, kind, id, this.#asked, kind, name);
  }

  #tell(to: number, kind: number, id: number, a: number, b: number, name = ""): void {
    const text = encoder.encode(name);
    const message = new Uint8Array(HEAD + text.length);
    const view = new DataView(message.buffer);
    view.setUint32(0, kind, true);
    view.setInt32(4, a, true);
    view.setInt32(8, b, true);
    view.setFloat64(12, id, true);
    message.set(text, HEAD);
    if (to === this.#link.place) this.receive(to, message);
    else this.#link.send(to, message);
  }

  /** At the home: an object has arrived somewhere. */
  #news(id: number, residence: Residence): void {
    const home = this.#homes.get(id);
    if (home === undefined || (home.at !== null && home.at.moves >= residence.moves)) return;
    home.at = residence;
    for (const call of home.held.splice(0)) {
      if (call.origin === this.#link.place) this.#route(id, call);
      else this.came(id, call);
    }
  }

  /** At the home: the object is no more. */
  #end(id: number, error: Error = gone(id)): void {
    const home = this.#homes.get(id);
    if (home === undefined) return;
    this.#homes.delete(id);
    if (home.name !== null) this.#tell(hash(home.name) % this.#link.places, Kind.FORGET_NAME, id, 0, 0, home.name);
    for (const call of home.held) this.#carrier.giveBack(id, call, null, error);
  }

  // ---- losses ------------------------------------------------------------------------------------------------------------

  /** A place is gone, with the objects that were there. */
  lose(place: number, error: Error): void {
    this.#lost.set(place, error);
    for (const [id, { at }] of [...this.#homes]) {
      if (at?.place !== place) continue;
      this.#fates.set(id, error);
      this.#end(id, error);
    }
    for (const [id, at] of [...this.#heard]) if (at.place === place) this.#heard.delete(id);
    for (const [name, id] of [...this.#names]) if (homeOf(id) === place) this.#names.delete(name);
    for (const { early } of this.#here.values()) for (const [key, { origin }] of early) if (origin === place) early.delete(key); // what they wait for does not come any more
    for (const [number, { to, answered }] of [...this.#asking]) {
      if (to !== place) continue;
      this.#asking.delete(number);
      answered(error, -1);
    }
  }

  #resident(id: number): Resident<C> {
    const resident = this.#here.get(id);
    if (resident === undefined) throw gone(id);
    return resident;
  }

  #hear(id: number, residence: Residence): void {
    const heard = this.#heard.get(id);
    if (residence.place === this.#link.place || (heard !== undefined && heard.moves >= residence.moves)) return;
    this.#heard.set(id, residence);
  }
}

/** FNV-1a */
function hash(name: string): number {
  let it = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) it = Math.imul(it ^ name.charCodeAt(i), 0x01000193);
  return it >>> 0;
}

const gone = (id: number): ObjectGoneError =>
  new ObjectGoneError(`Object ${id % HOMES} of place ${homeOf(id)} is no more: it was destroyed, or could not be made.`);
const taken = (name: string): NameTakenError =>
  new NameTakenError(
    `An object with the name ${JSON.stringify(name)} exists already; a name is free again once its object was destroyed.`,
  );
const unknown = (name: string): NameUnknownError =>
  new NameUnknownError(`There is no object with the name ${JSON.stringify(name)}, or not yet.`);
