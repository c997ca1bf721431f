/**
 * Phasers whose members sit at several places. Each place tells its parent in a tree that a phase is complete there and below; the home, at the
 * root, tells all that it has ended. See README.md, "Phasers".
 */
import { MessageError } from "../../errors.ts";
import type { Link, Protocol } from "../../net/link.ts";
import { pack, unpack } from "./message.ts";
import { parentOf } from "./tree.ts";

const Kind = {
  JOIN: 1,
  JOINED: 2,
  UP: 3,
  ACT: 4,
  ACTED: 5,
  GO: 6,
  END: 7,
  RELEASE: 8,
  BROKEN: 9,
  REOPEN: 10,
  REOPENED: 11,
} as const;

const LIVE = 1;
const ACTION = 2;

/** What a phaser is called everywhere: the place that made it, and its number there. */
export interface PhaserName {
  readonly home: number;
  readonly number: number;
}

/** What the protocol asks of the place that it runs at. */
export interface PhaserSide {
  /** The place takes part: `phase` is the current one. */
  joined(name: PhaserName, phase: number): void;
  /** All phases up to this one have ended everywhere. */
  ended(name: PhaserName, phase: number): void;
  /** Runs an action of this place for the phase that has been completed everywhere, and calls `acted`. */
  act(name: PhaserName): void;
  /** Nobody anywhere is left to signal. */
  over(name: PhaserName): void;
  broke(name: PhaserName, error: Uint8Array): void;
  /** What stands in here for a member at another place may go: that place waits for it itself. */
  release(name: PhaserName, record: number): void;
}

interface Below {
  /** The first phase that waits for this subtree. */
  from: number;
  /** The last phase that is complete there. */
  done: number;
  flags: number;
  /** How often it has taken back what it had told. */
  turn: number;
}

interface Hold {
  readonly place: number;
  readonly record: number;
  readonly phase: number;
}

interface Branch {
  readonly name: PhaserName;
  /** The place above; null at the home. */
  readonly parent: number | null;
  link: "asking" | "joined";
  /** Members of this place may take part; else it only passes on. */
  here: boolean;
  /** The first phase that the parent waits for this subtree in. */
  from: number;
  /** The last phase that the parent was told of, or, at the home, whose end was decided. */
  told: number;
  /** The current phase: all before it have ended. */
  phase: number;
  /** The last phase that is complete at this place, and what was said of it. */
  done: number;
  flags: number;
  /** How often this place has taken back what it had told its parent; and that the parent does not know of the last time yet. */
  turn: number;
  reopening: boolean;
  /** Places below that have taken back what they had told, and wait until it is taken back further up. */
  readonly reopeners: number[];
  readonly below: Map<number, Below>;
  /** Places that want to join below while this one asks its parent. */
  readonly asking: number[];
  /** Of members that have come, what stands in for them elsewhere. */
  holds: Hold[];
  /** To which places members have gone that are still stood in for here, and how many. */
  readonly out: Map<number, number>;
  error: Uint8Array | null;
}

/** What a message by which a place joins is called; null of others. Which of several places runs an action depends on who has joined first. */
export function nameOfJoin(from: number, message: Uint8Array): string | null {
  const [kind, home, number] = unpack(message, 5).words;
  return kind === Kind.JOIN ? `${from} ${home} ${number}` : null;
}

export class Phasers implements Protocol {
  readonly #link: Link;
  readonly #side: PhaserSide;
  readonly #branches = new Map<string, Branch>();

  constructor(link: Link, side: PhaserSide) {
    this.#link = link;
    this.#side = side;
  }

  knows(name: PhaserName): boolean {
    return this.#branches.has(keyOf(name));
  }

  // ---- what happens at this place ------------------------------------------------------------------------------------

  /** A phaser of this place, in this phase, is about to be known elsewhere. */
  open(number: number, phase: number): void {
    const name = { home: this.#link.place, number };
    const branch = this.#make(name, true);
    branch.link = "joined";
    branch.phase = phase;
    branch.told = branch.done = phase - 1;
  }

  /** A phaser of another place is known here. `joined` follows. */
  join(name: PhaserName): void {
    const branch = this.#branches.get(keyOf(name));
    if (branch === undefined) this.#ask(this.#make(name, true));
    else if (!branch.here) {
      branch.here = true;
      branch.done = branch.told;
      if (branch.error !== null) this.#side.broke(name, branch.error);
      else if (branch.link === "joined") this.#side.joined(name, branch.phase);
    }
  }

  /**
   * A member has come that signals `phase` next; `record` stands in for it at `place`, which keeps the phase open. `enlist` makes it a member here.
   *
   * @throws MessageError `HEDDLE_MESSAGE` for a phase that has ended.
   */
  registered(name: PhaserName, place: number, record: number, phase: number, enlist: () => void = () => {}): void {
    const branch = this.#branches.get(keyOf(name));
    if (branch === undefined || branch.error !== null) return;
    if (branch.link === "joined" && phase < branch.phase) throw hasEnded(phase);
    enlist();
    branch.done = Math.min(branch.done, phase - 1);
    branch.holds.push({ place, record, phase });
    this.#release(branch);
  }

  /** A member goes from here to a place; until `release` something stands in for it here. */
  sent(name: PhaserName, place: number): void {
    const branch = this.#branches.get(keyOf(name));
    if (branch !== undefined) branch.out.set(place, (branch.out.get(place) ?? 0) + 1);
  }

  /** All members of this place have signalled the current phase. `live`: some may signal more; `action`: one has brought an action for its end. */
  complete(name: PhaserName, phase: number, live: boolean, action: boolean): void {
    const branch = this.#branches.get(keyOf(name));
    if (branch === undefined || phase !== branch.phase || branch.done >= phase) return;
    branch.done = phase;
    branch.flags = (live ? LIVE : 0) | (action ? ACTION : 0);
    this.#release(branch);
    this.#contribute(branch);
  }

  /** The action that `act` asked for has run. */
  acted(name: PhaserName): void {
    const branch = this.#branches.get(keyOf(name));
    if (branch === undefined) return;
    if (branch.parent === null) this.#finish(branch);
    else this.#say(Kind.ACTED, branch.parent, branch);
  }

  /** It cannot go on; everybody is told. */
  break(name: PhaserName, error: Uint8Array): void {
    const branch = this.#branches.get(keyOf(name));
    if (branch !== undefined) this.#break(branch, error, -1);
  }

  /** A place is gone: what reaches there breaks. */
  lost(place: number, error: Uint8Array): void {
    for (const branch of [...this.#branches.values()]) {
      const isNear =
        branch.parent === place ||
        branch.below.has(place) ||
        branch.asking.includes(place) ||
        branch.out.has(place) ||
        branch.holds.some((it) => it.place === place);
      if (isNear) this.#break(branch, error, place);
    }
  }

  // ---- the tree ------------------------------------------------------------------------------------------------------

  #make(name: PhaserName, here: boolean): Branch {
    const { place, places } = this.#link;
    const rank = (place - name.home + places) % places;
    const branch: Branch = {
      name,
      parent: rank === 0 ? null : (parentOf(rank) + name.home) % places,
      link: "asking",
      here,
      from: 0,
      told: -1,
      phase: 0,
      done: -1,
      flags: 0,
      turn: 0,
      reopening: false,
      reopeners: [],
      below: new Map(),
      asking: [],
      holds: [],
      out: new Map(),
      error: null,
    };
    this.#branches.set(keyOf(name), branch);
    return branch;
  }

  #ask(branch: Branch): void {
    this.#say(Kind.JOIN, branch.parent!, branch);
  }

  #say(kind: number, to: number, { name }: { readonly name: PhaserName }, a = 0, b = 0, payload?: Uint8Array): void {
    this.#link.send(to, pack([kind, name.home, name.number, a, b], payload));
  }

  #accept(branch: Branch, place: number): void {
    const from = Math.max(branch.told + 1, branch.phase);
    branch.below.set(place, { from, done: from - 1, flags: 0, turn: 0 });
    this.#say(Kind.JOINED, place, branch, from, branch.phase);
  }

  /**
   * Lets go what stands in elsewhere for members, once the phase waits for them here. If the parent has been told already that it need not wait, that is taken back first: what stands in keeps
   * the phase open until then.
   */
  #release(branch: Branch): void {
    if (branch.link === "asking" || branch.reopening || branch.holds.length === 0) return;
    const first = Math.min(...branch.holds.map(({ phase }) => phase));
    if (branch.told >= first || branch.from > first) return this.#reopen(branch, first);
    for (const { place, record } of branch.holds.splice(0)) this.#say(Kind.RELEASE, place, branch, record);
  }

  #reopen(branch: Branch, phase: number): void {
    const { parent } = branch;
    if (parent === null) throw hasEnded(phase);
    branch.told = phase - 1;
    branch.from = Math.min(branch.from, phase);
    branch.reopening = true;
    this.#say(Kind.REOPEN, parent, branch, phase, ++branch.turn);
  }

  /** Once the current phase is complete here and below, the parent is told. */
  #contribute(branch: Branch): void {
    const { phase, parent } = branch;
    if (branch.link === "asking" || branch.reopening || branch.error !== null || branch.told >= phase || branch.from > phase)
      return;
    if (branch.here && branch.done < phase) return;
    let flags = branch.here ? branch.flags : 0;
    for (const its of branch.below.values()) {
      if (its.from > phase) continue;
      if (its.done < phase) return;
      flags |= its.flags;
    }
    branch.told = phase;
    if (parent !== null) this.#say(Kind.UP, parent, branch, phase, flags | (branch.turn << 2));
    else if ((flags & ACTION) !== 0) this.#act(branch);
    else this.#finish(branch, (flags & LIVE) !== 0);
  }

  /** Some place at or below this one has an action for the phase that is complete. */
  #act(branch: Branch): void {
    if (branch.here && (branch.flags & ACTION) !== 0) return this.#side.act(branch.name);
    for (const [place, { done, flags }] of branch.below) {
      if (done === branch.phase && (flags & ACTION) !== 0) return this.#say(Kind.ACT, place, branch);
    }
  }

  /** At the home: the phase has ended. Who brings an action is alive. */
  #finish(branch: Branch, live = true): void {
    if (live) this.#go(branch, branch.phase);
    else this.#end(branch);
  }

  #go(branch: Branch, phase: number): void {
    if (phase < branch.phase) return;
    branch.phase = phase + 1;
    for (const place of branch.below.keys()) this.#say(Kind.GO, place, branch, phase);
    if (branch.link === "asking") return;
    if (branch.here) this.#side.ended(branch.name, phase);
    this.#contribute(branch);
  }

  #end(branch: Branch): void {
    this.#branches.delete(keyOf(branch.name));
    for (const place of [...branch.below.keys(), ...branch.asking]) this.#say(Kind.END, place, branch);
    if (branch.here) this.#side.over(branch.name);
  }

  #break(branch: Branch, error: Uint8Array, except: number): void {
    if (branch.error !== null) return;
    branch.error = error.slice();
    const others = new Set([...branch.below.keys(), ...branch.asking]);
    if (branch.parent !== null) others.add(branch.parent);
    others.delete(except);
    for (const place of others) this.#say(Kind.BROKEN, place, branch, 0, 0, error);
    if (branch.here) this.#side.broke(branch.name, branch.error);
  }

  // ---- messages ------------------------------------------------------------------------------------------------------

  receive(from: number, message: Uint8Array): void {
    const { words, payload } = unpack(message, 5);
    const [kind, home, number, a, b] = words as [number, number, number, number, number];
    if (home < 0 || home >= this.#link.places) throw new MessageError(`place ${from} speaks of a phaser of place ${home}`);
    const name = { home, number: number >>> 0 };
    if (kind === Kind.JOIN) return this.#receiveJoin(name, from);
    const branch = this.#branches.get(keyOf(name));
    if (branch === undefined) return; // it has ended
    switch (kind) {
      case Kind.JOINED:
        return this.#receiveJoined(branch, from, a, b);
      case Kind.UP:
        return this.#receiveUp(branch, from, a, b);
      case Kind.ACT:
        return this.#act(branch);
      case Kind.ACTED:
        if (branch.parent === null) return this.#finish(branch);
        return this.#say(Kind.ACTED, branch.parent, branch);
      case Kind.GO:
        return this.#go(branch, a);
      case Kind.END:
        return this.#end(branch);
      case Kind.RELEASE:
        return this.#receiveRelease(branch, from, a >>> 0);
      case Kind.REOPEN:
        return this.#receiveReopen(branch, from, a, b);
      case Kind.REOPENED:
        return this.#receiveReopened(branch, from);
      case Kind.BROKEN:
        return this.#break(branch, payload, from);
      default:
        throw new MessageError(`place ${from} sends a message of kind ${kind} about a phaser`);
    }
  }

  #receiveJoin(name: PhaserName, from: number): void {
    let branch = this.#branches.get(keyOf(name));
    if (branch === undefined) {
      if (name.home === this.#link.place) return this.#say(Kind.END, from, { name });
      branch = this.#make(name, false);
      this.#ask(branch);
    }
    if (branch.error !== null) this.#say(Kind.BROKEN, from, branch, 0, 0, branch.error);
    else if (branch.link === "asking") branch.asking.push(from);
    else this.#accept(branch, from);
  }

  #receiveJoined(branch: Branch, from: number, first: number, phase: number): void {
    if (branch.parent !== from || branch.link !== "asking") throw new MessageError(`place ${from} answers what it was not asked`);
    branch.link = "joined";
    branch.from = first;
    branch.told = first - 1;
    branch.phase = Math.max(branch.phase, phase);
    for (const place of branch.asking.splice(0)) this.#accept(branch, place);
    if (branch.here) this.#side.joined(branch.name, branch.phase);
    this.#release(branch);
    this.#contribute(branch);
  }

  #receiveReopen(branch: Branch, from: number, phase: number, turn: number): void {
    const below = this.#belowOf(branch, from);
    below.from = Math.min(below.from, phase);
    below.done = Math.min(below.done, phase - 1);
    below.turn = turn;
    if (!branch.reopening && branch.told < phase && branch.from <= phase) return this.#say(Kind.REOPENED, from, branch);
    branch.reopeners.push(from);
    if (branch.reopening) return;
    this.#reopen(branch, phase);
  }

  #receiveReopened(branch: Branch, from: number): void {
    if (!branch.reopening || branch.parent !== from) throw new MessageError(`place ${from} answers what it was not asked`);
    branch.reopening = false;
    for (const place of branch.reopeners.splice(0)) this.#say(Kind.REOPENED, place, branch);
    this.#release(branch);
    this.#contribute(branch);
  }

  #receiveRelease(branch: Branch, from: number, record: number): void {
    const out = branch.out.get(from);
    if (out === undefined) throw new MessageError(`place ${from} releases a member that has not gone there`);
    if (out === 1) branch.out.delete(from);
    else branch.out.set(from, out - 1);
    if (branch.error === null) this.#side.release(branch.name, record);
  }

  #receiveUp(branch: Branch, from: number, phase: number, flags: number): void {
    const below = this.#belowOf(branch, from);
    if (flags >> 2 !== below.turn) return; // it has been taken back
    below.done = phase;
    below.flags = flags & 3;
    this.#contribute(branch);
  }

  #belowOf(branch: Branch, from: number): Below {
    const below = branch.below.get(from);
    if (below === undefined) throw new MessageError(`place ${from} signals a phaser in which it takes no part`);
    return below;
  }
}

const hasEnded = (phase: number): MessageError =>
  new MessageError(`a member comes for phase ${phase} of a phaser, which has ended`);

const keyOf = ({ home, number }: PhaserName): string => `${home} ${number}`;
