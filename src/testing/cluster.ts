/**
 * Many places in one thread, on simulated time: runs the real code of the protocols between places, with messages that take as long as the
 * options say and may overtake each other. Everything follows from the seed.
 */
import { UsageError } from "../errors.ts";
import type { Link, Protocol } from "../net/link.ts";
import { Random } from "./seed.ts";

export interface ClusterOptions {
  readonly places: number;
  /** What a message takes, in simulated microseconds. Default 1. */
  readonly latency?: number;
  /** Each message takes up to so many times `latency` longer, at random, so that messages overtake each other. Default 3; 0 keeps their order. */
  readonly jitter?: number;
  /** What each further message of one place costs it, in simulated microseconds: a place sends one after the other. Default 0.1. */
  readonly overhead?: number;
  /** Default 1. */
  readonly seed?: number;
}

interface Event {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

export class VirtualCluster {
  readonly places: number;
  /** Draws from the cluster's seed, for whoever plays the program. */
  readonly random: Random;
  /** Simulated microseconds since the beginning. */
  now = 0;
  /** Messages and bytes sent so far, by all places. */
  messages = 0;
  bytes = 0;
  readonly #latency: number;
  readonly #jitter: number;
  readonly #overhead: number;
  readonly #sentUntil: number[];
  readonly #queue: Event[] = [];
  #events = 0;

  constructor(options: ClusterOptions) {
    if (!Number.isInteger(options.places) || options.places < 1) {
      throw new UsageError(`places is ${options.places}; it must be a whole number from 1 up`);
    }
    this.places = options.places;
    this.random = Random.from(options.seed ?? 1);
    this.#latency = options.latency ?? 1;
    this.#jitter = options.jitter ?? 3;
    this.#overhead = options.overhead ?? 0.1;
    this.#sentUntil = new Array(options.places).fill(0);
  }

  /** One machine of a protocol at each place, joined by links of their own. */
  mount<P extends Protocol>(make: (link: Link) => P): P[] {
    const machines: P[] = [];
    for (let place = 0; place < this.places; place++) {
      const send = (to: number, message: Uint8Array, behind?: Uint8Array): void =>
        this.#send(place, joined(message, behind), (copy) => machines[to]!.receive(place, copy));
      machines.push(make({ place, places: this.places, send }));
    }
    return machines;
  }

  /** Calls `run` after so many simulated microseconds. */
  after(microseconds: number, run: () => void): void {
    this.#push({ at: this.now + microseconds, order: this.#events++, run });
  }

  /** Lets time pass until nothing is left to happen. @throws UsageError after `limit` events: the protocol never comes to rest. */
  run(limit = 10_000_000): void {
    for (let events = 0; this.#queue.length > 0; events++) {
      if (events === limit) throw new UsageError(`the virtual cluster was not at rest after ${limit} events`);
      const event = this.#pop();
      this.now = event.at;
      event.run();
    }
  }

  #send(from: number, copy: Uint8Array, deliver: (copy: Uint8Array) => void): void {
    this.messages++;
    this.bytes += copy.length;
    const leaves = Math.max(this.now, this.#sentUntil[from]!) + this.#overhead;
    this.#sentUntil[from] = leaves;
    const at = leaves + this.#latency * (1 + this.#jitter * this.random.next());
    this.#push({ at, order: this.#events++, run: () => deliver(copy) });
  }

  /** A binary heap, earliest event first. */
  #push(event: Event): void {
    const queue = this.#queue;
    let at = queue.length;
    queue.push(event);
    while (at > 0) {
      const up = (at - 1) >> 1;
      if (!earlier(event, queue[up]!)) break;
      queue[at] = queue[up]!;
      at = up;
    }
    queue[at] = event;
  }

  #pop(): Event {
    const queue = this.#queue;
    const first = queue[0]!;
    const last = queue.pop()!;
    let at = 0;
    for (;;) {
      let down = 2 * at + 1;
      if (down >= queue.length) break;
      if (down + 1 < queue.length && earlier(queue[down + 1]!, queue[down]!)) down++;
      if (!earlier(queue[down]!, last)) break;
      queue[at] = queue[down]!;
      at = down;
    }
    if (queue.length > 0) queue[at] = last;
    return first;
  }
}

function joined(message: Uint8Array, behind: Uint8Array = new Uint8Array(0)): Uint8Array {
  const whole = new Uint8Array(message.length + behind.length);
  whole.set(message);
  whole.set(behind, message.length);
  return whole;
}

const earlier = (a: Event, b: Event): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);
