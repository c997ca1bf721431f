/** Encoded values that come from other places: keeping them in the heap, and making readable here what they mention. */
import type { Reader } from "../net/wire.ts";
import type { Station } from "../sched/station.ts";
import { MentionKind, Mentions } from "../shared/mentions.ts";
import { retain } from "../shared/object.ts";
import { dropPayload } from "../task/outcome.ts";
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

  /** What is left of a record, as a block of the heap: the one in which a large record lies, else a copy. Throws OutOfMemoryError. */
  keepRest(body: Reader): number {
    const { left } = body;
    const kept = this.#group.keep();
    if (kept === undefined) return this.#station.values.writeBlock(body.ahead());
    const end = kept.address + kept.bytes;
    this.#station.values.makeBlock(kept.address, end - left, end);
    return kept.address;
  }

  /**
   * Calls `then` once the threads of this place can read the payload, 0 for none, and know the function, if one is given by the number that the
   * other place has for it. Mostly at once. Frees a payload that is damaged, and throws MessageError (`HEDDLE_MESSAGE`).
   */
  whenReadable(from: number, payload: number, then: () => void, fn?: number): void {
    const known = fn === undefined || this.#names.local(from, fn) !== undefined;
    let translated: boolean;
    try {
      translated = this.#translate(from, payload, known);
    } catch (error) {
      if (payload !== 0) this.#station.heap.free(payload);
      throw error;
    }
    if (translated) then();
    else this.#waiting.push({ from, payload, fn, then });
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
    for (const { from, payload, then, fn } of waiting) this.whenReadable(from, payload, then, fn);
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
    const { address, bytes } = this.#station.values.rangeOf(payload);
    const view = new DataView(this.#station.mem.buffer, address, bytes);
    for (let at = 0; at < mentions.count; at++) {
      const kind = mentions.kindAt(at);
      const offset = Mentions.offsetOf(at);
      if (kind === MentionKind.FUTURE) names[at] = this.#future(from, mentions, at);
      else if (kind === MentionKind.PHASER) names[at] = this.phasers.arrive(mentions.homeAt(at), mentions.nameAtHome(at));
      else if (kind === MentionKind.MEMBER) {
        names[at] = this.phasers.arriveMember(from, names[at - 1]!, mentions.nameAt(at), mentions.homeAt(at));
        view.setUint32(offset - 4, MentionKind.MEMBER_HERE, true);
      }
      view.setUint32(offset, names[at]!, true);
    }
    return true;
  }

  #future(from: number, mentions: Mentions, at: number): number {
    return this.futures.arrive(from, mentions.valueAt(at, MentionKind.FUTURE), mentions.homeAt(at), mentions.nameAtHome(at));
  }
}
