/** When does the program end? When `main` has ended at every place, and every task that was spawned anywhere. */
import { InvariantError, MessageError } from "../errors.ts";
import type { Link } from "../net/link.ts";
import type { Group } from "./group.ts";
import { Termination } from "./protocol/termination.ts";
import { JOB, ProtocolNumber, Record } from "./records.ts";

export interface EndingEvents {
  /** Asks the main thread whether everything has ended at this place; `quiet` is called with the same number when it has. */
  askQuiet(count: number): void;
  /** Everything has ended everywhere. */
  ended(): void;
}

/** The main thread is asked when nothing has come for so long (ms): to wake it up for each task would cost more than the task. */
const STILL_MS = 1;

export class Ending {
  readonly #group: Group;
  readonly #termination: Termination;
  readonly #events: EndingEvents;
  readonly #isBusy: () => boolean;
  #mainEnded = false;
  #asked = false;
  /** When it is to be asked, unless something comes before. */
  #askAt = Number.POSITIVE_INFINITY;
  #over = false;
  /** How many tasks have come. */
  #received = 0;
  /** After a loss: places that have nothing more to do. */
  readonly #left = new Set<number>();

  /** `isBusy`: tasks of other places are here, or tasks of this one are out. */
  constructor(group: Group, isBusy: () => boolean, events: EndingEvents) {
    this.#group = group;
    this.#isBusy = isBusy;
    this.#events = events;
    this.#termination = group.mount(ProtocolNumber.TERMINATION, (link: Link) => new Termination(link, () => this.#end()));
    this.#termination.enter(JOB);
    group.on(Record.LEAVING, { exactly: 0 }, (from) => this.#leave(from));
  }

  /** A task leaves for another place, which is to be told this colour with it. */
  sent(): number {
    return this.#termination.sent(JOB);
  }

  /** @throws MessageError `HEDDLE_MESSAGE` when nothing of this colour can have been sent. */
  received(colour: number): void {
    try {
      this.#termination.received(JOB, colour);
    } catch (cause) {
      if (cause instanceof InvariantError) throw new MessageError(cause.message, { cause });
      throw cause;
    }
    this.#received++;
    this.#askAt = performance.now() + STILL_MS;
  }

  mainEnded(): void {
    this.#mainEnded = true;
    this.#ask();
  }

  /** Before the communication thread sleeps: asks if it is time to. For how long (ms) it may sleep. */
  rest(): number {
    if (!this.#mainEnded || this.#asked || this.#over || this.#isBusy()) return Number.POSITIVE_INFINITY; // whatever ends that comes by mail
    const left = this.#askAt - performance.now();
    if (left > 0) return left;
    this.#ask();
    return Number.POSITIVE_INFINITY;
  }

  #ask(): void {
    if (!this.#mainEnded || this.#asked || this.#over) return;
    this.#asked = true;
    this.#askAt = Number.POSITIVE_INFINITY;
    this.#events.askQuiet(this.#received);
  }

  /** Everything had ended at this place when `count` tasks had come. */
  quiet(count: number): void {
    this.#asked = false;
    if (this.#over) return;
    if (count !== this.#received || this.#isBusy()) {
      this.#askAt = performance.now() + STILL_MS;
      return;
    }
    if (this.#group.lostPlaces.length === 0) this.#termination.quiet(JOB);
    else this.#leave(this.#group.place);
  }

  /** The sums of what was sent and received no longer mean anything: each place that is left says when it has nothing to do. */
  lose(): void {
    if (this.#over) return;
    this.#ask();
    this.#lookWhoIsLeft();
  }

  #leave(place: number): void {
    if (this.#left.has(place)) return;
    this.#left.add(place);
    if (place === this.#group.place) {
      for (let other = 0; other < this.#group.places; other++)
        if (other !== place) this.#group.send(other, Record.LEAVING, new Uint8Array(0));
    }
    this.#lookWhoIsLeft();
  }

  #lookWhoIsLeft(): void {
    for (let place = 0; place < this.#group.places; place++) {
      if (!this.#left.has(place) && this.#group.lossOf(place) === undefined) return;
    }
    this.#end();
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#events.ended();
  }
}
