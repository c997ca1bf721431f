import type { ArrivalOrder } from "../place/in-order.ts";
import { getPlatform } from "../platform/platform.ts";
import { add, load, notify, wait } from "../shared/atomics.ts";
import { Reader, Shared, type Whereabouts, whereabouts } from "./log.ts";
import type { Reel } from "./reel.ts";

/** Makes the communication thread of a place do what the record says: what comes too early waits. */
export class ArrivalReplayer implements ArrivalOrder {
  held = 0;
  readonly #shared: Int32Array;
  readonly #job: Int32Array;
  readonly #reader: Reader;
  readonly #where: Map<number, Whereabouts>;
  /** How often the rest of the record names each key. */
  readonly #named = new Map<number, number>();
  readonly #held = new Map<number, (() => void)[]>();
  #busy = false;

  constructor({ place, shared, lists }: Reel, slot: number) {
    this.#shared = new Int32Array(shared[place]!);
    this.#job = new Int32Array(shared[0]!);
    this.#where = whereabouts(lists);
    const list = lists[place]![slot]!;
    this.#reader = new Reader(list);
    for (const reader = new Reader(list); !reader.ended; reader.position++)
      this.#named.set(reader.id, (this.#named.get(reader.id) ?? 0) + 1);
  }

  whereabouts(identity: number): Whereabouts | undefined {
    return this.#gaveUp() ? undefined : this.#where.get(identity);
  }

  #gaveUp(): boolean {
    return load(this.#job, Shared.DIVERGED) !== 0;
  }

  arrives(key: number, _what: string, happens: () => void): void {
    const left = this.#named.get(key) ?? 0;
    if (left === 0 || this.#gaveUp()) return happens(); // what is not in the record may come at any time
    this.#named.set(key, left - 1);
    const list = this.#held.get(key);
    if (list === undefined) this.#held.set(key, [happens]);
    else list.push(happens);
    this.held++;
    this.serve(); // not while something else happens: then it comes behind that
  }

  serve(): boolean {
    if (this.#busy || this.held === 0) return false;
    this.#busy = true;
    let any = false;
    try {
      while (this.held > 0) {
        if (this.#gaveUp()) {
          this.#letGo();
          return true;
        }
        const { id, turn } = this.#reader;
        const list = this.#held.get(id);
        if (list === undefined || load(this.#shared, Shared.TURN) !== turn) break;
        const happens = list.shift()!;
        if (list.length === 0) this.#held.delete(id);
        this.held--;
        this.#reader.position++;
        any = true;
        try {
          run(happens);
        } finally {
          add(this.#shared, Shared.TURN, 1);
          notify(this.#shared, Shared.TURN);
        }
      }
    } finally {
      this.#busy = false;
    }
    return any;
  }

  waitForTurn(): boolean {
    if (this.held === 0 || !this.#held.has(this.#reader.id)) return false;
    const turn = load(this.#shared, Shared.TURN);
    if (turn !== this.#reader.turn && !this.#gaveUp()) wait(this.#shared, Shared.TURN, turn, 1);
    return true;
  }

  #letGo(): void {
    const lists = [...this.#held.values()];
    this.#held.clear();
    this.held = 0;
    for (const list of lists) for (const happens of list) run(happens);
  }
}

/** What was refused when it came in the recorded run is refused now; the thread goes on. */
function run(happens: () => void): void {
  try {
    happens();
  } catch (error) {
    if ((error as { code?: unknown }).code !== "HEDDLE_MESSAGE") throw error;
    getPlatform().warn(`Refused a message: ${(error as Error).message}`, "HEDDLE_MESSAGE");
  }
}
