/**
 * Where objects are that move between places: each name has a home, which knows the object's place; everybody else remembers what it last heard.
 * Charm++'s location manager works in this way. See README.md, "Directory".
 */
import { CollectiveError, MessageError } from "../../errors.ts";
import type { Link, Protocol } from "../../net/link.ts";
import { pack, packParts, unpack, unpackParts } from "./message.ts";

/** What the place does with its objects. */
export interface Objects {
  /** A message for an object that is here now. */
  deliver(name: string, message: Uint8Array, origin: number): void;
  /** A message of this place's for a name that nobody has registered, or that is gone. */
  unknown(name: string, message: Uint8Array): void;
  /** An object has come, with its state. */
  arrived(name: string, state: Uint8Array): void;
}

const Kind = { REGISTER: 1, REGISTERED: 2, TAKEN: 3, CALL: 4, UNKNOWN: 5, IS_AT: 6, MOVE: 7, MOVED: 8, GONE: 9 } as const;
const WORDS = 4;

/** Where an object was after so many moves. Whoever has heard of a later move knows better. */
interface Residence {
  readonly place: number;
  readonly moves: number;
}

/** A message on its way. `moves` is that of the residence which it was sent to last, -1 for none. */
interface Call {
  readonly message: Uint8Array;
  readonly origin: number;
  readonly moves: number;
  readonly hops: number;
}

/** What a home knows of a name. */
interface Home {
  at: Residence;
  /** How many moves it has had news of, out of `at.moves - first`: news may overtake each other. */
  news: number;
  readonly first: number;
  /** Moves until the object's end, once it has ended. */
  end: number | null;
  /** Calls that know of a move which this home has no news of yet. */
  held: Call[];
  /** Who wants the name once the last news of its old bearer is in. */
  wanted: number[];
}

interface Resident {
  moves: number;
  /** Where it goes to; calls wait here until it has left. -1 while it stays. */
  leavesFor: number;
  readonly waiting: Call[];
}

export class Directory implements Protocol {
  readonly #link: Link;
  readonly #objects: Objects;
  /** At the home of a name. */
  readonly #homes = new Map<string, Home>();
  /** Above the moves of all objects that have ended: a name that is given again goes on from here, so that nobody takes old news for new. */
  #newest = 0;
  /** The objects that are here. */
  readonly #here = new Map<string, Resident>();
  /** What this place last heard of others. */
  readonly #heard = new Map<string, Residence>();
  readonly #registering = new Map<string, { resolve: () => void; reject: (error: Error) => void }>();

  constructor(link: Link, objects: Objects) {
    this.#link = link;
    this.#objects = objects;
  }

  /** How many places this one remembers for objects that are elsewhere. */
  get remembered(): number {
    return this.#heard.size;
  }

  isHere(name: string): boolean {
    return this.#here.has(name);
  }

  /** Gives an object that is here a name. Rejects with CollectiveError `HEDDLE_COLLECTIVE` if an object has that name. */
  register(name: string): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#registering.has(name) || this.#here.has(name)) return reject(taken(name));
      this.#registering.set(name, { resolve, reject });
      this.#send(this.#home(name), Kind.REGISTER, 0, 0, name);
    });
  }

  /** The object, which is here, is no more. What comes for it from now on is sent back. */
  remove(name: string): void {
    const resident = this.#here.get(name);
    if (resident === undefined) return;
    this.#here.delete(name);
    this.#send(this.#home(name), Kind.GONE, 0, resident.moves, name);
  }

  /** Sends a message to an object, wherever it is. Two messages of one place to one object may overtake each other while it moves. */
  call(name: string, message: Uint8Array): void {
    this.#route(name, { message, origin: this.#link.place, moves: -1, hops: 0 });
  }

  /** The object, which is here, is about to go to another place: until `move` what comes for it waits. False if it is not here, or is leaving already. */
  prepare(name: string, to: number): boolean {
    const resident = this.#here.get(name);
    if (resident === undefined || resident.leavesFor >= 0) return false;
    resident.leavesFor = to;
    return true;
  }

  /** Sends the object's state after `prepare`, and whatever has come for it meanwhile. */
  move(name: string, state: Uint8Array): void {
    const { leavesFor: to, moves, waiting } = this.#here.get(name)!;
    this.#here.delete(name);
    this.#heard.set(name, { place: to, moves: moves + 1 });
    this.#send(to, Kind.MOVE, 0, moves + 1, name, state);
    for (const call of waiting) this.#route(name, call);
  }

  receive(from: number, bytes: Uint8Array): void {
    const { words, payload } = unpack(bytes, WORDS);
    const [kind, origin, moves, hops] = words as [number, number, number, number];
    const [nameBytes, message] = unpackParts(payload) as [Uint8Array, Uint8Array];
    const name = new TextDecoder().decode(nameBytes);
    switch (kind) {
      case Kind.REGISTER:
        return this.#grant(name, from);
      case Kind.REGISTERED:
        this.#here.set(name, { moves, leavesFor: -1, waiting: [] });
        this.#heard.delete(name);
        this.#registering.get(name)!.resolve();
        this.#registering.delete(name);
        return;
      case Kind.TAKEN:
        this.#registering.get(name)!.reject(taken(name));
        this.#registering.delete(name);
        return;
      case Kind.CALL:
        return this.#route(name, { message, origin, moves, hops });
      case Kind.UNKNOWN:
        this.#heard.delete(name);
        return this.#objects.unknown(name, message);
      case Kind.IS_AT:
        return this.#hear(name, origin, moves);
      case Kind.MOVE:
        this.#here.set(name, { moves, leavesFor: -1, waiting: [] });
        this.#heard.delete(name);
        this.#send(this.#home(name), Kind.MOVED, this.#link.place, moves, name);
        return this.#objects.arrived(name, message);
      case Kind.MOVED:
        return this.#news(name, { place: origin, moves });
      case Kind.GONE:
        return this.#gone(name, moves);
      default:
        throw new MessageError(`the directory knows no message of the kind ${kind}`);
    }
  }

  // ---- at the home of a name -------------------------------------------------------------------------------------------

  #grant(name: string, to: number): void {
    const home = this.#homes.get(name);
    if (home?.end === null) return this.#send(to, Kind.TAKEN, 0, 0, name);
    if (home !== undefined) {
      home.wanted.push(to);
      return;
    }
    const first = this.#newest;
    this.#homes.set(name, { at: { place: to, moves: first }, news: 0, first, end: null, held: [], wanted: [] });
    this.#send(to, Kind.REGISTERED, 0, first, name);
  }

  #news(name: string, residence: Residence): void {
    const home = this.#homes.get(name)!;
    home.news++;
    if (residence.moves > home.at.moves) home.at = residence;
    this.#release(name, home);
  }

  #gone(name: string, moves: number): void {
    const home = this.#homes.get(name)!;
    home.end = moves;
    this.#newest = Math.max(this.#newest, moves + 1);
    this.#release(name, home);
  }

  /** Something has become known: calls that were held go on, and a name whose last news is in is free. */
  #release(name: string, home: Home): void {
    if (home.end !== null && home.news === home.end - home.first) this.#homes.delete(name);
    for (const call of home.held.splice(0)) this.#route(name, call);
    if (!this.#homes.has(name)) for (const place of home.wanted) this.#grant(name, place);
  }

  // ---- everywhere ------------------------------------------------------------------------------------------------------

  /** Brings a call nearer to its object: to where it is known to have been after more moves than the call knows of, else to the name's home. */
  #route(name: string, call: Call): void {
    const resident = this.#here.get(name);
    if (resident !== undefined) {
      if (resident.leavesFor >= 0) {
        resident.waiting.push({ ...call, message: call.message.slice() });
        return;
      }
      if (call.hops > 1) this.#send(call.origin, Kind.IS_AT, this.#link.place, resident.moves, name);
      return this.#objects.deliver(name, call.message, call.origin);
    }
    const isHome = this.#link.place === this.#home(name);
    const home = isHome ? this.#homes.get(name) : undefined;
    const heard = this.#heard.get(name);
    if (isHome && (home === undefined || home.end !== null))
      return this.#send(call.origin, Kind.UNKNOWN, 0, 0, name, call.message);
    const best = home === undefined || (heard !== undefined && heard.moves > home.at.moves) ? heard : home.at;
    // A home knows of arrivals: a call that comes back from there was there too early, or the object's end is on its way to here.
    if (best !== undefined && (best.moves > call.moves || (best === home?.at && best.moves === call.moves))) {
      const { message, origin, hops } = call;
      this.#send(best.place, Kind.CALL, origin, best.moves, name, message, hops + 1);
    } else if (home !== undefined) {
      home.held.push({ ...call, message: call.message.slice() });
    } else {
      this.#send(this.#home(name), Kind.CALL, call.origin, call.moves, name, call.message, call.hops + 1);
    }
  }

  #hear(name: string, place: number, moves: number): void {
    if (this.#here.has(name)) return;
    const heard = this.#heard.get(name);
    if (heard === undefined || heard.moves <= moves) this.#heard.set(name, { place, moves });
  }

  #home(name: string): number {
    let hash = 0x811c9dc5; // FNV-1a
    for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
    return (hash >>> 0) % this.#link.places;
  }

  #send(
    to: number,
    kind: number,
    origin: number,
    moves: number,
    name: string,
    bytes: Uint8Array = new Uint8Array(0),
    hops = 0,
  ): void {
    const parts = packParts([new TextEncoder().encode(name), bytes]);
    this.#link.send(to, pack([kind, origin, moves, hops], parts));
  }
}

const taken = (name: string): CollectiveError =>
  new CollectiveError(`an object with the name ${JSON.stringify(name)} is registered already`);
