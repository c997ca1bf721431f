/** What a transport can do for all places at once, on the virtual cluster: ends at each place some time after all have begun it, in order. */
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

export function collectiveWorld(cluster: VirtualCluster): TransportCollectives[] {
  const exchanges = new Sequence<Uint8Array>(cluster);
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
  }));
}
