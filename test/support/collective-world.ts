/** What a transport can do for all places at once, on the virtual cluster: ends at each place some time after all have begun it, in order. */
import assert from "node:assert/strict";
import type { TransportCollectives } from "../../src/net/transport.ts";
import type { VirtualCluster } from "../../src/testing/cluster.ts";

export const SLOT_BYTES = 256;
const LATENCY = 3;

/** Operations of one kind, numbered at each place as they are begun. */
class Sequence<T> {
  readonly #cluster: VirtualCluster;
  readonly #begun: { readonly given: (T | undefined)[]; readonly ends: ((given: T[]) => void)[]; missing: number }[] = [];
  readonly #counts: number[];
  /** When the last one ends that has been begun, at each place. */
  readonly #until: number[];

  constructor(cluster: VirtualCluster) {
    this.#cluster = cluster;
    this.#counts = new Array(cluster.places).fill(0);
    this.#until = new Array(cluster.places).fill(0);
  }

  begin(place: number, given: T, ended: (given: T[]) => void): void {
    const { places, random } = this.#cluster;
    const number = this.#counts[place]!++;
    const it = (this.#begun[number] ??= { given: new Array(places), ends: new Array(places), missing: places });
    it.given[place] = given;
    it.ends[place] = ended;
    if (--it.missing > 0) return;
    for (let to = 0; to < places; to++) {
      this.#until[to] = Math.max(this.#until[to]! + 1e-6, this.#cluster.now + LATENCY * random.next());
      this.#cluster.after(this.#until[to]! - this.#cluster.now, () => it.ends[to]!(it.given as T[]));
    }
  }
}

interface Move {
  readonly title: string;
  readonly from: Uint8Array;
  readonly sent?: readonly number[];
}

const expectAlike = (given: readonly Move[]): void => {
  for (const { title } of given) assert.equal(title, given[0]!.title, "all begin the same");
};

export function collectiveWorld(cluster: VirtualCluster): TransportCollectives[] {
  const exchanges = new Sequence<Uint8Array>(cluster);
  const moves = new Sequence<Move>(cluster);
  return Array.from({ length: cluster.places }, (_, place) => ({
    slotBytes: SLOT_BYTES,
    exchange(slot, done) {
      exchanges.begin(place, slot.slice(), (slots) => {
        const all = new Uint8Array(slots.length * SLOT_BYTES).fill(0xee);
        for (const [from, it] of slots.entries()) all.set(it, from * SLOT_BYTES);
        done(all);
        all.fill(0xdd); // they were to be read during the call
      });
    },
    broadcast(root, bytes, done) {
      moves.begin(place, { title: `broadcast ${root} ${bytes.length}`, from: bytes }, (given) => {
        expectAlike(given);
        if (place !== root) bytes.set(given[root]!.from);
        done();
      });
    },
    allGather(own, all, lengths, done) {
      moves.begin(place, { title: `allGather ${lengths}`, from: own.slice() }, (given) => {
        expectAlike(given);
        assert.deepEqual(
          given.map(({ from }) => from.length),
          lengths,
        );
        all.set(given.flatMap(({ from }) => [...from]));
        done();
      });
    },
    allToAll(from, sent, into, come, done) {
      moves.begin(place, { title: "allToAll", from: from.slice(), sent: [...sent] }, (given) => {
        expectAlike(given);
        const parts = given.map((it) => {
          const start = it.sent!.slice(0, place).reduce((a, b) => a + b, 0);
          return it.from.subarray(start, start + it.sent![place]!);
        });
        assert.deepEqual(
          parts.map((it) => it.length),
          come,
        );
        into.set(parts.flatMap((it) => [...it]));
        done();
      });
    },
  }));
}
