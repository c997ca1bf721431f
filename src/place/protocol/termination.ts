/**
 * When has everything ended that was begun anywhere in a scope of all places? Counting in waves: see README.md, "Termination".
 */
import { InvariantError, MessageError } from "../../errors.ts";
import type { Link, Protocol } from "../../net/link.ts";
import { pack, unpack } from "./message.ts";
import { childrenOf, parentOf } from "./tree.ts";

const Kind = { UP: 1, AGAIN: 2, END: 3 } as const;

/** One scope at one place. */
class Count {
  /** The wave that this place has not contributed to yet: the colour of what it sends now. */
  wave = 0;
  entered = false;
  quiet = false;
  /** Sent minus received of all colours below `wave`, and of `wave`, at this place. */
  balance = 0;
  /** The same of the next colour: received from places that have contributed already. */
  nextBalance = 0;
  /** What the children have told for this wave, and how many of them have. */
  below = 0;
  told = 0;
  /** The parent has asked for this wave. */
  asked = true;
  waves = 0;
}

export class Termination implements Protocol {
  readonly #link: Link;
  readonly #children: readonly number[];
  readonly #counts = new Map<number, Count>();
  readonly #onEnd: (scope: number, waves: number) => void;

  /** `onEnd` is called once for each scope at each place, when everything in it has ended. */
  constructor(link: Link, onEnd: (scope: number, waves: number) => void) {
    this.#link = link;
    this.#onEnd = onEnd;
    this.#children = childrenOf(link.place, link.places);
  }

  /** This place takes part from now on, and is not quiet. Tasks of the scope may have come from faster places before. */
  enter(scope: number): void {
    const count = this.#count(scope);
    count.entered = true;
    count.quiet = false;
  }

  /**
   * A message that belongs to the scope is about to be sent, which will make work elsewhere. Returns its colour, to be given to `received` there.
   */
  sent(scope: number): number {
    const count = this.#count(scope);
    count.balance++;
    return count.wave;
  }

  /** Such a message has come. The place is not quiet until the work that it brought has ended and `quiet` is called. */
  received(scope: number, colour: number): void {
    const count = this.#count(scope);
    count.quiet = false;
    if (colour > count.wave + 1) throw new InvariantError(`a message of wave ${colour} has come in wave ${count.wave}`);
    if (colour > count.wave) count.nextBalance--;
    else count.balance--;
  }

  /** Nothing of the scope goes on at this place until something is received. */
  quiet(scope: number): void {
    const count = this.#count(scope);
    count.quiet = true;
    this.#contribute(scope, count);
  }

  receive(_from: number, message: Uint8Array): void {
    const [kind, scope, wave, balance] = unpack(message, 4).words as [number, number, number, number];
    const count = this.#count(scope);
    if (kind === Kind.UP) {
      if (wave !== count.wave) throw new InvariantError(`a child tells of wave ${wave} in wave ${count.wave}`);
      count.below += balance;
      count.told++;
      this.#contribute(scope, count);
    } else if (kind === Kind.AGAIN) {
      this.#again(scope, count);
    } else if (kind === Kind.END) {
      this.#end(scope, wave);
    } else {
      throw new MessageError(`termination knows no message of the kind ${kind}`);
    }
  }

  #count(scope: number): Count {
    let count = this.#counts.get(scope);
    if (count === undefined) {
      count = new Count();
      this.#counts.set(scope, count);
    }
    return count;
  }

  /** Once it is quiet and all places below have told, this place tells its parent, and is in the next wave from then on. */
  #contribute(scope: number, count: Count): void {
    if (!count.entered || !count.quiet || !count.asked || count.told < this.#children.length) return;
    if (this.#link.places === 1 && count.balance !== 0) return; // sent to itself: `received` and `quiet` will come
    const { wave } = count;
    const sum = count.balance + count.below;
    count.asked = false;
    count.told = 0;
    count.below = 0;
    count.wave++;
    count.balance = count.balance + count.nextBalance;
    count.nextBalance = 0;
    if (this.#link.place !== 0) {
      this.#link.send(parentOf(this.#link.place), pack([Kind.UP, scope, wave, sum]));
    } else if (sum === 0) {
      this.#end(scope, wave + 1);
    } else {
      this.#again(scope, count);
    }
  }

  /** Begins the next wave here and below. */
  #again(scope: number, count: Count): void {
    count.asked = true;
    for (const child of this.#children) this.#link.send(child, pack([Kind.AGAIN, scope, count.wave, 0]));
    this.#contribute(scope, count);
  }

  #end(scope: number, waves: number): void {
    for (const child of this.#children) this.#link.send(child, pack([Kind.END, scope, waves, 0]));
    this.#counts.delete(scope);
    this.#onEnd(scope, waves);
  }
}
