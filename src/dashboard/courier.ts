/** Messages to and from the dashboards of other places: JSON, and perhaps bytes behind it. */
import { BroadcastChannel } from "node:worker_threads";
import type { FromOnlooker, RelayStart, ToOnlooker } from "../net/relay.ts";
import { add } from "../shared/atomics.ts";
import type { Hello, Tick } from "./messages.ts";

/** What place 0, which serves the page, says to the others. */
export type Order =
  /** Somebody looks: what is new? At most so many slices. */
  | { readonly kind: "look"; readonly most: number }
  /** A piece of the trace so far: `id` names one copy of it, which is made when its first piece is asked for. `last`: the program has ended, and nothing is asked after it. */
  | { readonly kind: "trace"; readonly id: number; readonly at: number; readonly last: boolean }
  /** What was told by `abort` has reached the pages. */
  | { readonly kind: "told" };

/** What the others say to it. */
export type Report =
  /** Everything so far, or what is new. `last`: nothing comes after it. */
  | { readonly kind: "part"; readonly part: Hello | Tick; readonly last: boolean }
  /** Followed by bytes: the end of the copy is where they are fewer than `TRACE_BYTES`. */
  | { readonly kind: "trace"; readonly id: number; readonly error?: string }
  /** The program fails here, and all places are about to end. */
  | { readonly kind: "abort"; readonly text: string; readonly exitCode: number };

export const TRACE_BYTES = 1 << 18;
const LINE_END = 10;

export interface CourierEvents<In> {
  message(from: number, message: In, bytes: Buffer): void;
  open(): void;
  lost(place: number, why: string): void;
  /** The program has ended everywhere: `closed` is to be called soon. */
  closing(): void;
}

export class Courier<Out extends object, In> {
  readonly #channel: BroadcastChannel;
  readonly #bell: Int32Array;

  constructor({ channel, bell }: RelayStart, events: CourierEvents<In>) {
    this.#bell = new Int32Array(bell);
    this.#channel = new BroadcastChannel(channel);
    this.#channel.onmessage = (event) => {
      const message = (event as MessageEvent).data as ToOnlooker;
      if (message.kind !== "message") {
        if (message.kind === "lost") events.lost(message.place, message.why);
        else events[message.kind]();
        return;
      }
      const bytes = Buffer.from(message.bytes.buffer, message.bytes.byteOffset, message.bytes.byteLength);
      const end = bytes.indexOf(LINE_END);
      events.message(message.from, JSON.parse(bytes.toString("utf8", 0, end)) as In, bytes.subarray(end + 1));
    };
  }

  send(to: number, message: Out, bytes: Uint8Array = Buffer.alloc(0)): void {
    this.#post({ to, bytes: Buffer.concat([Buffer.from(`${JSON.stringify(message)}\n`), bytes]) });
  }

  /** What there is to say at the end is more than a few words. */
  stays(): void {
    this.#post({ kind: "stays" });
  }

  closed(): void {
    this.#post({ kind: "closed" });
  }

  close(): void {
    this.#channel.close();
  }

  #post(message: FromOnlooker): void {
    this.#channel.postMessage(message);
    add(this.#bell, 0, 1); // after the message: whoever sees it finds that
  }
}
