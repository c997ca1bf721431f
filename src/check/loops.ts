import { type Clock, NOTHING } from "./clock.ts";
import { type Info, type Roll, Strand } from "./strand.ts";

let count = 0;

/** Iterations that may run at the same time: none of them comes before another. */
export class Group {
  readonly number = ++count;
  /** Whose loop it is. */
  readonly strand: Strand;
  readonly #roll: Roll;
  readonly #base: Clock;
  readonly #info: Info;
  #past: Clock = NOTHING;
  /** Iterations that nobody knows of yet, numbered without a gap. */
  #from = 0;
  #to = 0;

  constructor(strand: Strand, name: string, roll: Roll) {
    this.strand = strand;
    this.#roll = roll;
    this.#base = strand.past();
    this.#info = { name, kind: "iteration", site: 0, place: strand.info.place, parent: strand.info, parentIndex: strand.index };
  }

  begin(index: number): Strand {
    return new Strand(this.#base, this.#info, index, this);
  }

  /** With `told`, the strand of the loop knows of it from now on. */
  end(strand: Strand, told: boolean): void {
    strand.ended = true;
    if (told) return this.strand.learn(strand.past());
    if (strand.clock !== this.#base || strand.told) this.#past = this.#past.union(strand.past());
    else if (strand.id !== 0) {
      this.#roll.setLoop(strand.id, this.number);
      if (strand.id !== this.#to) {
        this.#flush();
        this.#from = strand.id;
      }
      this.#to = strand.id + 1;
    }
  }

  #flush(): void {
    this.#past = this.#past.withAll(this.#from, this.#to);
    this.#from = this.#to = 0;
  }

  /** The loop has ended. */
  close(): void {
    this.#flush();
    this.strand.learn(this.#past);
  }
}
