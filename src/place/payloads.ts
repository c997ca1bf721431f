/** Encoded values that come from other places: keeping them in the heap, and making readable here what they mention. */
import type { Reader } from "../net/wire.ts";
import type { Station } from "../sched/station.ts";
import { MentionKind, Mentions } from "../shared/mentions.ts";
import type { Ancestry } from "./ancestry.ts";
import type { FunctionNames } from "./function-names.ts";
import type { Group } from "./group.ts";

/** What the parts of a communication thread share. */
export interface Surroundings {
  readonly station: Station;
  readonly group: Group;
  readonly names: FunctionNames;
  readonly payloads: Payloads;
  readonly ancestry: Ancestry;
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

  constructor(station: Station, group: Group, names: FunctionNames) {
    this.#station = station;
    this.#group = group;
    this.#names = names;
  }

  /** What is left of a record, as a block of the heap: the one in which a large record lies, else a copy. Throws OutOfMemoryError. */
  keepRest(body: Reader): number {
    const { left } = body;
    const kept = this.#group.keep();
    if (kept === undefined) return this.#station.values.writeBlock(body.rest());
    const end = kept.address + kept.bytes;
    this.#station.values.makeBlock(kept.address, end - left, end);
    return kept.address;
  }

  /**
   * Calls `then` once the threads of this place can read the payload, 0 for none, and know the function, if one is given by the number that the
   * other place has for it. Mostly at once.
   */
  whenReadable(from: number, payload: number, then: () => void, fn?: number): void {
    const known = fn === undefined || this.#names.local(from, fn) !== undefined;
    if (known && this.#translate(from, payload)) then();
    else this.#waiting.push({ from, payload, fn, then });
  }

  /** Frees a payload that nobody has read. */
  discard(payload: number): void {
    if (payload !== 0) this.#station.heap.free(payload);
  }

  /** More is known of what other places mean. */
  retry(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { from, payload, then, fn } of waiting) this.whenReadable(from, payload, then, fn);
  }

  /** What a lost place has sent stays unread. */
  lose(place: number): void {
    for (const { from, payload } of this.#waiting) if (from === place) this.discard(payload);
    this.#waiting = this.#waiting.filter(({ from }) => from !== place);
  }

  /** Puts the names of this place into the list; false when one is not known yet, and nothing has been changed. */
  #translate(from: number, payload: number): boolean {
    if (payload === 0) return true;
    const { mem, values } = this.#station;
    const { address, bytes } = values.rangeOf(payload);
    const { mentions } = Mentions.read(mem.u8.subarray(address, address + bytes));
    if (mentions.count === 0) return true;
    const own: number[] = [];
    for (let at = 0; at < mentions.count; at++) {
      const name = this.#names.local(from, mentions.valueAt(at, MentionKind.FUNCTION));
      if (name === undefined) return false;
      own.push(name);
    }
    const view = new DataView(mem.buffer, address, bytes);
    for (const [at, name] of own.entries()) view.setUint32(Mentions.offsetOf(at), name, true);
    return true;
  }
}
