/**
 * What a message between places mentions that every place calls by a name of its own: functions, futures. The list stands in front of
 * the encoded value, which refers to it by position, so that the communication threads can put other names there without decoding:
 *
 * ```
 * word 0      how many
 * per mention KIND, its name at this place: the number of a function, the address of a future's or phaser's block;
 *             of a future or phaser also the place at which it was made, and its name there
 * ```
 */
import { MessageError } from "../errors.ts";

/**
 * A MEMBER is a task's membership in the phaser that is mentioned before it: its name is the record that stands in for it, and in place of home and name there it has the phase and a ticket, see
 * ../task/phased.ts. At the place to which it goes it becomes MEMBER_HERE: its name is the member's record.
 */
export const MentionKind = { FUNCTION: 1, FUTURE: 2, PHASER: 3, MEMBER: 4, MEMBER_HERE: 5 } as const;

/** Of each mention. */
const WORDS = 4;

export class Mentions {
  readonly #words: number[] = [];

  /** Its position in the list. */
  add(kind: number, name: number, home = 0, nameAtHome = 0): number {
    return this.#words.push(kind, name, home, nameAtHome) / WORDS - 1;
  }

  get count(): number {
    return this.#words.length / WORDS;
  }

  kindAt(at: number): number {
    return this.#words[WORDS * at]!;
  }

  nameAt(at: number): number {
    return this.#words[WORDS * at + 1]!;
  }

  homeAt(at: number): number {
    return this.#words[WORDS * at + 2]!;
  }

  nameAtHome(at: number): number {
    return this.#words[WORDS * at + 3]!;
  }

  valueAt(at: number, kind: number): number {
    if (this.#words[WORDS * at] !== kind)
      throw new MessageError("a message between places mentions something that is not in its list");
    return this.nameAt(at);
  }

  /** Where in a message the name of a mention lies. */
  static offsetOf(at: number): number {
    return 4 + 4 * (WORDS * at + 1);
  }

  /** The list, and `bytes` behind it. */
  before(bytes: Uint8Array): Uint8Array {
    const words = this.#words;
    const head = 4 + 4 * words.length;
    const whole = new Uint8Array(head + bytes.length);
    if (words.length > 0) {
      const view = new DataView(whole.buffer);
      view.setUint32(0, this.count, true);
      for (let i = 0; i < words.length; i++) view.setUint32(4 + 4 * i, words[i]!, true);
    }
    whole.set(bytes, head);
    return whole;
  }

  /** @throws MessageError `HEDDLE_MESSAGE` */
  static read(bytes: Uint8Array): { mentions: Mentions; rest: Uint8Array } {
    const mentions = new Mentions();
    if (bytes.length < 4) throw new MessageError("a message between places is cut short");
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const count = view.getUint32(0, true);
    if (count > (bytes.length - 4) / (4 * WORDS)) throw new MessageError("a message between places is cut short");
    for (let i = 0; i < WORDS * count; i++) mentions.#words.push(view.getUint32(4 + 4 * i, true));
    return { mentions, rest: bytes.subarray(4 + 4 * WORDS * count) };
  }
}
