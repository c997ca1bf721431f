/** Long data of operations of all places, when all have agreed on what they do: by the transport's own operations, from memory to memory. */
import type { TransportCollectives } from "../../net/transport.ts";
import type { Combine } from "./collectives.ts";
import { foldInTree } from "./fold.ts";

/** A call on which all have agreed. */
export interface Call {
  readonly name: string;
  readonly root: number;
  readonly own: Uint8Array;
  /** How long everybody's is, by place. */
  readonly lengths: readonly number[];
  readonly combine: Combine | undefined;
  /** How long an element is, where elements are combined one by one; else 0. */
  readonly elementBytes: number;
}

/** Memory for parts of these lengths, one behind the other. */
export type Room = (lengths: readonly number[]) => Uint8Array;

const NOTHING = new Uint8Array(0);
/** Libraries count with 32 bits. */
const MOST_BYTES = 2 ** 31 - 1;

const sum = (lengths: readonly number[]): number => lengths.reduce((a, b) => a + b, 0);

function split(all: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  let end = 0;
  return lengths.map((length) => all.subarray(end, (end += length)));
}

export class LongData {
  readonly #together: TransportCollectives;
  readonly #place: number;
  readonly #places: number;
  readonly #room: Room;
  /** Calls that wait for their turn, the one whose turn it is first: all places go through them in the same order. */
  readonly #calls: (() => void)[] = [];
  /** What has come of everybody's elements. One call at a time uses it. */
  #pieces = new Uint8Array(0);

  constructor(together: TransportCollectives, place: number, places: number, room: Room) {
    this.#together = together;
    this.#place = place;
    this.#places = places;
    this.#room = room;
  }

  /** Begins a call, if it can be done so: all places see that alike. */
  begin(call: Call, ended: (result: Uint8Array | Uint8Array[]) => void): boolean {
    const steps = this.#stepsOf(call);
    if (steps === null) return false;
    this.#calls.push(() =>
      steps((result) => {
        this.#calls.shift();
        this.#calls[0]?.();
        ended(result);
      }),
    );
    if (this.#calls.length === 1) this.#calls[0]!();
    return true;
  }

  #stepsOf({
    name,
    root,
    own,
    lengths,
    combine,
    elementBytes,
  }: Call): ((end: (result: Uint8Array | Uint8Array[]) => void) => void) | null {
    const isRoot = this.#place === root;
    if (name === "broadcast" && lengths[root]! <= MOST_BYTES) {
      return (end) => {
        const bytes = isRoot ? own : this.#room([lengths[root]!]);
        this.#together.broadcast(root, bytes, () => end(bytes));
      };
    }
    if (name === "allGather" && sum(lengths) <= MOST_BYTES) {
      return (end) => {
        const all = this.#room(lengths);
        this.#together.allGather(own, all, lengths, () => end(split(all, lengths)));
      };
    }
    if (name === "gather" && sum(lengths) <= MOST_BYTES) {
      return (end) => this.#toRoot(root, own, lengths, lengths, (all) => end(isRoot ? split(all, lengths) : []));
    }
    if ((name === "reduce" || name === "allReduce") && elementBytes > 0 && own.length <= MOST_BYTES) {
      return (end) =>
        this.#combined(own, combine!, elementBytes, (piece, pieces) => {
          if (name === "reduce") return this.#toRoot(root, piece, pieces, [own.length], (all) => end(isRoot ? all : NOTHING));
          const all = this.#room([own.length]);
          this.#together.allGather(piece, all, pieces, () => end(all));
        });
    }
    return null;
  }

  #toRoot(
    root: number,
    own: Uint8Array,
    lengths: readonly number[],
    parts: readonly number[],
    then: (all: Uint8Array) => void,
  ): void {
    const isRoot = this.#place === root;
    const none = lengths.map(() => 0);
    const all = isRoot ? this.#room(parts) : NOTHING;
    this.#together.allToAll(own, none.with(root, own.length), all, isRoot ? lengths : none, () => then(all));
  }

  /** Every place combines one piece of everybody's elements, in the shape of the tree; and how long the pieces are. */
  #combined(own: Uint8Array, combine: Combine, elementBytes: number, then: (piece: Uint8Array, lengths: number[]) => void): void {
    const count = own.length / elementBytes;
    const places = this.#places;
    const bound = (place: number): number => Math.floor((count * place) / places) * elementBytes;
    const lengths = Array.from({ length: places }, (_, place) => bound(place + 1) - bound(place));
    const mine = lengths[this.#place]!;
    const come = lengths.map(() => mine);
    if (this.#pieces.length < mine * places) this.#pieces = new Uint8Array(new ArrayBuffer(mine * places));
    const pieces = this.#pieces.subarray(0, mine * places);
    this.#together.allToAll(own, lengths, pieces, come, () => then(foldInTree(split(pieces, come), combine), lengths));
  }
}
