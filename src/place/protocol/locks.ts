/** Locks that tasks of all places take in turn: each lives at a home place, which keeps who waits, first come first served. */
import { MessageError } from "../../errors.ts";
import type { Link, Protocol } from "../../net/link.ts";
import { pack, unpack } from "./message.ts";

const Kind = { LOCK: 1, GRANTED: 2, UNLOCK: 3 } as const;

/** `request` is what `unlock` is to be given. */
export type Granted = (error: Error | null, request: number) => void;

interface Turn {
  readonly place: number;
  readonly request: number;
}

/** What a message that puts somebody into a queue is called; null of others. */
export function nameOfLock(from: number, message: Uint8Array): string | null {
  const [kind, , request] = unpack(message, 3).words;
  return kind === Kind.LOCK ? `${from} ${request}` : null;
}

export class Locks implements Protocol {
  readonly #link: Link;
  /** At the home: by number of the lock, who has it, then who waits. A lock that nobody has is not in here. */
  readonly #queues = new Map<number, Turn[]>();
  readonly #asking = new Map<number, { home: number; granted: Granted }>();
  #request = 0;

  constructor(link: Link) {
    this.#link = link;
  }

  /** Calls `granted` when the lock `id` of the place `home` is this caller's, perhaps at once. Returns the number of the request. */
  lock(home: number, id: number, granted: Granted): number {
    const request = ++this.#request;
    this.#asking.set(request, { home, granted });
    this.#link.send(home, pack([Kind.LOCK, id, request]));
    return request;
  }

  unlock(home: number, id: number, request: number): void {
    this.#link.send(home, pack([Kind.UNLOCK, id, request]));
  }

  /** A place is gone: it waits no more, what it held is given to the next, and whoever waits for one of its locks is told. */
  lost(place: number, error: Error): void {
    for (const [id, queue] of this.#queues) {
      const first = queue[0];
      const left = queue.filter((it) => it.place !== place);
      this.#queues.set(id, left);
      if (left.length === 0) this.#queues.delete(id);
      else if (left[0] !== first) this.#grant(left[0]!);
    }
    for (const [request, { home, granted }] of this.#asking) {
      if (home !== place) continue;
      this.#asking.delete(request);
      granted(error, request);
    }
  }

  receive(from: number, message: Uint8Array): void {
    const [kind, id, request] = unpack(message, 3).words as [number, number, number];
    switch (kind) {
      case Kind.LOCK: {
        const queue = this.#queues.get(id) ?? [];
        queue.push({ place: from, request });
        this.#queues.set(id, queue);
        if (queue.length === 1) this.#grant(queue[0]!);
        break;
      }
      case Kind.GRANTED: {
        const asking = this.#asking.get(request);
        if (asking === undefined) throw new MessageError(`a lock is granted to request ${request}, which nobody has made`);
        this.#asking.delete(request);
        asking.granted(null, request);
        break;
      }
      case Kind.UNLOCK: {
        const queue = this.#queues.get(id);
        const holder = queue?.[0];
        if (queue === undefined || holder?.place !== from || holder.request !== request) {
          throw new MessageError(`place ${from} gives back lock ${id}, which it does not have`);
        }
        queue.shift();
        if (queue.length === 0) this.#queues.delete(id);
        else this.#grant(queue[0]!);
        break;
      }
      default:
        throw new MessageError(`locks know no message of the kind ${kind}`);
    }
  }

  #grant(turn: Turn): void {
    this.#link.send(turn.place, pack([Kind.GRANTED, 0, turn.request]));
  }
}
