import { type Future, type HeddlePromise, promise } from "heddle";

/** What goes to a neighbour: numbers, and the promise into which its next message goes. */
export interface Message {
  readonly numbers: Float64Array;
  readonly reply: HeddlePromise<Message> | null;
}

/** The ends of a channel before anything has been said. */
export interface Ends {
  readonly put: HeddlePromise<Message>;
  readonly get: Future<Message>;
}

/**
 * Between two tasks that send to each other in turn, each once. A promise can be put once, so each message brings the promise for the answer: one message
 * each way, which needs no answer of its own.
 */
export class Channel {
  #put: HeddlePromise<Message> | null;
  #get: Future<Message> | null;
  /** Of the message that is on its way. */
  #coming: Future<Message> | null = null;

  constructor({ put, get }: Ends) {
    this.#put = put;
    this.#get = get;
  }

  /** `isLast`: the message that comes now is the last one of the other end. */
  send(numbers: Float64Array, isLast: boolean): void {
    const reply = isLast ? null : promise<Message>();
    this.#put!.put({ numbers, reply });
    this.#coming = this.#get;
    this.#get = reply?.future ?? null;
  }

  /** After `send`: what the other end has sent meanwhile. */
  *receive(): Generator<Future<unknown>, Float64Array> {
    const { numbers, reply } = yield* this.#coming!;
    this.#put = reply;
    return numbers;
  }
}

/** The two ends of a channel. */
export function makeChannel(): [one: Ends, other: Ends] {
  const [there, back] = [promise<Message>(), promise<Message>()];
  return [
    { put: there, get: back.future },
    { put: back, get: there.future },
  ];
}
