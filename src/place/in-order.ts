/**
 * What comes to the communication thread, in an order that can be recorded, and made again in a replay (../replay/). Null in every ordinary run. What has no name
 * here may come at any time: nobody can see when.
 */
import type { Protocol } from "../net/link.ts";
import { hashOf } from "../sched/registry.ts";

export interface ArrivalOrder {
  /** Something that has come happens: now, or when its time has come. `key` is what it is called in every run. */
  arrives(key: number, what: string, happens: () => void): void;
  /** In each round: does what waited, and whose time has come. True when there was any. */
  serve(): boolean;
  /** How many wait. */
  readonly held: number;
  /** Before sleep: if what is next is here and only its turn is not, waits for that a little. False when something has to come. */
  waitForTurn(): boolean;
  /** Where the task of this identity begins, when that is known. */
  whereabouts(identity: number): { readonly place: number; readonly slot: number } | undefined;
}

export let arrivals: ArrivalOrder | null = null;

/** Before the thread begins. */
export function setArrivals(order: ArrivalOrder): void {
  arrivals = order;
}

/** `name` is the same in every run, and nothing else is called so at the same time. */
export function inOrder(what: string, name: string, happens: () => void): void {
  if (arrivals === null) return happens();
  const text = `${what}: ${name}`;
  arrivals.arrives((hashOf(text) >>> 0) * 2 ** 21 + ((hashOf(`${name} ${what}`) >>> 0) & 0x1f_ffff), what, happens);
}

/** The protocol, with the messages that `name` names in order; where it says null, they pass. */
export function orderly(protocol: Protocol, what: string, name: (from: number, message: Uint8Array) => string | null): Protocol {
  if (arrivals === null) return protocol;
  return {
    receive(from, message) {
      const its = name(from, message);
      if (its === null) return protocol.receive(from, message);
      const copy = message.slice(); // it is valid only now
      inOrder(what, its, () => protocol.receive(from, copy));
    },
  };
}
