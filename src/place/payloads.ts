/** Encoded values that come from other places: keeping them in the heap, and making readable here what they mention. */
import { type HeddleError, MessageError, OutOfMemoryError } from "../errors.ts";
import type { Reader } from "../net/wire.ts";
import type { Station } from "../sched/station.ts";
import { MentionKind, Mentions } from "../shared/mentions.ts";
import { retain } from "../shared/object.ts";
import { dropMentioned, dropPayload } from "../task/outcome.ts";
import type { Ancestry } from "./ancestry.ts";
import type { FunctionNames } from "./function-names.ts";
import type { Group } from "./group.ts";
import type { Traffic } from "./traffic.ts";

/** What the parts of a communication thread share. */
export interface Surroundings {
  readonly station: Station;
  readonly group: Group;
  readonly names: FunctionNames;
  readonly payloads: Payloads;
  readonly ancestry: Ancestry;
  readonly traffic: Traffic;
}

/** What the places call each other's futures; see futures.ts. */
export interface FutureNames {
  leave(place: number, block: number): void;
  arrive(from: number, parent: number, home: number, nameAtHome: number): number;
  giveBack(from: number, parent: number): void;
}

/** The same for phasers and their members; see phasers.ts. */
export interface PhaserNames {
  leave(place: number, block: number): void;
  leaveMember(place: number, block: number, record: number, ticket: number): void;
  arrive(home: number, nameAtHome: number): number;
  arriveMember(from: number, block: number, record: number, phase: number): number;
}

interface Waiting {
  readonly from: number;
  readonly payload: number;
  readonly fn: number | undefined;
  readonly then: () => void;
  readonly failed: (error: HeddleError) => void;
}

export class Payloads {
  readonly #station: Station;
  readonly #group: Group;
  readonly #names: FunctionNames;
  /** Payloads that mention functions whose description is still on its way. */
  #waiting: Waiting[] = [];

  /** Set once, before anything is sent or comes. */
  futures!: FutureNames;
  phasers!: PhaserNames;

  constructor(station: Station, group: Group, names: FunctionNames) {
    this.#station = station;
    this.#group = group;
    this.#names = names;
  }

  /**
   * Takes what is left of a record, and calls `then` with a block of the heap for it, 0 for nothing, once the threads of this place can read it: mostly at once.
   * `failed` is called instead when there is no room for it, or it is damaged: nothing of it is kept. Throws MessageError (`HEDDLE_MESSAGE`) for what is damaged.
   */
  take(from: number, body: Reader, then: (payload: number) => void, failed: (error: HeddleError) => void): void {
    let payload: number;
    try {
      payload = this.keepRest(body);
    } catch (error) {
      if (!(error instanceof OutOfMemoryError)) throw error;
      const rest = body.ahead();
      failed(error);
      return this.giveBack(from, rest);
    }
    this.whenReadable(from, payload, () => then(payload), failed);
  }

  /** What is left of a record, as a block of the heap, 0 for nothing: the one in which a large record lies, else a copy. Throws OutOfMemoryError. */
  keepRest(body: Reader): number {
    const { left } = body;
    const kept = this.#group.keep();
    if (kept === undefined) return left === 0 ? 0 : this.#station.values.writeBlock(body.ahead());
    const end = kept.address + kept.bytes;
    this.#station.values.makeBlock(kept.address, end - left, end);
    return kept.address;
  }

  /**
   * Calls `then` once the threads of this place can read the payload, 0 for none, and know the function, if one is given by the number that the
   * other place has for it. Mostly at once. Frees a payload that is damaged, or for whose futures there is no room, and calls `failed`; throws
   * MessageError (`HEDDLE_MESSAGE`) for a damaged one.
   */
  whenReadable(from: number, payload: number, then: () => void, failed: (error: HeddleError) => void, fn?: number): void {
    const known = fn === undefined || this.#names.local(from, fn) !== undefined;
    let translated: boolean;
    try {
      translated = this.#translate(from, payload, known);
    } catch (error) {
      if (!(error instanceof OutOfMemoryError || error instanceof MessageError)) throw error;
      if (payload !== 0) this.#station.heap.free(payload);
      failed(error);
      if (error instanceof MessageError) throw error;
      return;
    }
    if (translated) then();
    else this.#waiting.push({ from, payload, fn, then, failed });
  }

  /** What bytes in the form for other places mention, and hold, is given back: nobody here will read them. */
  giveBack(from: number, bytes: Uint8Array): void {
    if (bytes.length > 0) this.#giveBackFrom(from, Mentions.read(bytes).mentions, 0);
  }

  #giveBackFrom(from: number, mentions: Mentions, first: number): void {
    for (let at = first; at < mentions.count; at++) {
      const kind = mentions.kindAt(at);
      if (kind === MentionKind.FUTURE) this.futures.giveBack(from, mentions.nameAt(at));
      else if (kind === MentionKind.MEMBER && at > 0) {
        const phaser = this.phasers.arrive(mentions.homeAt(at - 1), mentions.nameAtHome(at - 1));
        const member = this.phasers.arriveMember(from, phaser, mentions.nameAt(at), mentions.homeAt(at));
        dropMentioned(this.#station, MentionKind.MEMBER_HERE, member, phaser);
        dropMentioned(this.#station, MentionKind.PHASER, phaser, 0);
      }
    }
  }

  /** Frees a payload that nobody has read, and gives back what it holds. */
  discard(payload: number): void {
    if (payload !== 0) dropPayload(this.#station, payload);
  }

  /** Before a payload is sent, 0 for none: the place is told what it mentions, and holds it from now on. */
  leave(place: number, payload: number): void {
    if (payload === 0) return;
    this.#names.tell(place);
    const mentions = this.#mentionsOf(payload);
    for (let at = 0; at < mentions.count; at++) {
      const name = mentions.nameAt(at);
      const kind = mentions.kindAt(at);
      if (kind === MentionKind.FUTURE) this.futures.leave(place, name);
      else if (kind === MentionKind.PHASER) this.phasers.leave(place, name);
      else if (kind === MentionKind.MEMBER)
        this.phasers.leaveMember(place, mentions.nameAt(at - 1), name, mentions.nameAtHome(at));
    }
  }

  /** Holds once more what the payload mentions. */
  hold(payload: number): void {
    const mentions = this.#mentionsOf(payload);
    for (let at = 0; at < mentions.count; at++) {
      const kind = mentions.kindAt(at);
      if (kind === MentionKind.FUTURE || kind === MentionKind.PHASER) retain(this.#station.mem.i32, mentions.nameAt(at));
    }
  }

  #mentionsOf(payload: number): Mentions {
    const { mem, values } = this.#station;
    const { address, bytes } = values.rangeOf(payload);
    return Mentions.read(mem.u8.subarray(address, address + bytes)).mentions;
  }

  /** More is known of what other places mean. */
  retry(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    let damaged: MessageError | null = null;
    for (const { from, payload, then, failed, fn } of waiting) {
      try {
        this.whenReadable(from, payload, then, failed, fn);
      } catch (error) {
        if (!(error instanceof MessageError)) throw error;
        damaged = error;
      }
    }
    if (damaged !== null) throw damaged;
  }

  /** What a lost place has sent stays unread. */
  lose(place: number): void {
    for (const { from, payload } of this.#waiting) if (from === place && payload !== 0) this.#station.heap.free(payload);
    this.#waiting = this.#waiting.filter(({ from }) => from !== place);
  }

  /** Puts the names of this place into the list; false when one is not known yet, and nothing has been changed. */
  #translate(from: number, payload: number, known: boolean): boolean {
    if (payload === 0) return known;
    const mentions = this.#mentionsOf(payload);
    if (mentions.count === 0 || !known) return known;
    const names: (number | undefined)[] = [];
    for (let at = 0; at < mentions.count; at++) {
      const kind = mentions.kindAt(at);
      const name = kind === MentionKind.FUNCTION ? this.#names.local(from, mentions.nameAt(at)) : undefined;
      if (kind === MentionKind.FUNCTION && name === undefined) return false;
      const isMember = kind === MentionKind.MEMBER && at > 0 && mentions.kindAt(at - 1) === MentionKind.PHASER;
      if (!isMember && kind !== MentionKind.FUNCTION && kind !== MentionKind.PHASER) mentions.valueAt(at, MentionKind.FUTURE); // throws when it is none
      names.push(name);
    }
    this.#arriveAll(from, mentions, names);
    const { address, bytes } = this.#station.values.rangeOf(payload);
    const view = new DataView(this.#station.mem.buffer, address, bytes);
    for (let at = 0; at < mentions.count; at++) {
      const offset = Mentions.offsetOf(at);
      if (mentions.kindAt(at) === MentionKind.MEMBER) view.setUint32(offset - 4, MentionKind.MEMBER_HERE, true);
      view.setUint32(offset, names[at]!, true);
    }
    return true;
  }

  /** Adds to `names` what is called otherwise here; all of it or nothing. */
  #arriveAll(from: number, mentions: Mentions, names: (number | undefined)[]): void {
    let at = 0;
    try {
      for (; at < mentions.count; at++) {
        const kind = mentions.kindAt(at);
        if (kind === MentionKind.FUTURE) names[at] = this.#future(from, mentions, at);
        else if (kind === MentionKind.PHASER) names[at] = this.phasers.arrive(mentions.homeAt(at), mentions.nameAtHome(at));
        else if (kind === MentionKind.MEMBER)
          names[at] = this.phasers.arriveMember(from, names[at - 1]!, mentions.nameAt(at), mentions.homeAt(at));
      }
    } catch (error) {
      for (let back = at - 1; back >= 0; back--) {
        const kind = mentions.kindAt(back);
        const here = kind === MentionKind.MEMBER ? MentionKind.MEMBER_HERE : kind;
        dropMentioned(this.#station, here, names[back]!, names[back - 1] ?? 0);
      }
      if (error instanceof OutOfMemoryError) this.#giveBackFrom(from, mentions, at);
      throw error;
    }
  }

  #future(from: number, mentions: Mentions, at: number): number {
    return this.futures.arrive(from, mentions.valueAt(at, MentionKind.FUTURE), mentions.homeAt(at), mentions.nameAtHome(at));
  }
}
