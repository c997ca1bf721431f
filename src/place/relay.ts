/** The communication thread's part in carrying messages between the onlookers of places. See README.md, "Onlookers". */
import { BroadcastChannel, type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import type { FromOnlooker, RelayStart, ToOnlooker } from "../net/relay.ts";
import { Writer } from "../net/wire.ts";
import { load, wait } from "../shared/atomics.ts";
import type { Group } from "./group.ts";
import { Record } from "./records.ts";

/** Messages travel in pieces that fit into packets: what is large and on its way would hold up the end. */
const PIECE_BYTES = 1 << 13;
/** How long (ms) the end waits for what onlookers still have to say to each other. */
const FAREWELL_MS = 500;
/** The same, from the last message on, where they have said that they stay. */
const STAY_MS = 10_000;
const LOOK_MS = 1;

export class Relay {
  readonly #group: Group;
  readonly #channel: BroadcastChannel;
  readonly #bell: Int32Array;
  readonly #writer = new Writer();
  readonly #parts = new Map<number, Uint8Array[]>();
  #heard: number;
  #stays = false;
  #closed = false;
  /** When something has last come or gone. */
  #moved = 0;

  constructor({ channel, bell }: RelayStart, group: Group) {
    this.#group = group;
    this.#channel = new BroadcastChannel(channel);
    this.#channel.unref();
    // What comes while the event loop turns, which it seldom does here.
    this.#channel.onmessage = (event) => this.#take((event as MessageEvent).data as FromOnlooker);
    this.#bell = new Int32Array(bell);
    this.#heard = load(this.#bell, 0);
    group.on(Record.RELAY, { atLeast: 1 }, (from, body) => {
      this.#moved = performance.now();
      const last = body.u8() === 1;
      const parts = this.#parts.get(from) ?? [];
      parts.push(body.rest().slice());
      if (!last) this.#parts.set(from, parts);
      else {
        this.#parts.delete(from);
        this.#post({ kind: "message", from, bytes: Buffer.concat(parts) });
      }
    });
    group.onLost((place, error) => {
      this.#parts.delete(place);
      this.#post({ kind: "lost", place, why: error.message });
    });
    this.#post({ kind: "open" });
  }

  #post(message: ToOnlooker): void {
    this.#channel.postMessage(message);
  }

  /** Sends what the onlooker has posted. */
  serve(): void {
    const rung = load(this.#bell, 0);
    if (rung === this.#heard) return;
    this.#heard = rung;
    const port = this.#channel as unknown as MessagePort; // Node takes both, its types do not
    for (let it = receiveMessageOnPort(port); it !== undefined; it = receiveMessageOnPort(port)) {
      this.#take(it.message as FromOnlooker);
    }
  }

  #take(message: FromOnlooker): void {
    this.#moved = performance.now();
    if (!("kind" in message)) this.#send(message.to, message.bytes);
    else if (message.kind === "stays") this.#stays = true;
    else this.#closed = true;
  }

  #send(to: number, bytes: Uint8Array): void {
    for (let at = 0; at === 0 || at < bytes.length; at += PIECE_BYTES) {
      const last = at + PIECE_BYTES >= bytes.length;
      const piece = bytes.subarray(at, at + PIECE_BYTES);
      this.#group.send(
        to,
        Record.RELAY,
        this.#writer
          .clear()
          .u8(last ? 1 : 0)
          .raw(piece)
          .bytes(),
      );
    }
  }

  /** The program has ended everywhere: returns when the onlooker has said and heard what it wants to. */
  farewell(): void {
    this.#post({ kind: "closing" });
    const began = performance.now();
    while (performance.now() < (this.#stays ? this.#moved + STAY_MS : began + FAREWELL_MS)) {
      this.serve();
      this.#group.poll();
      this.#group.flush();
      if (this.#closed && this.#group.drained) break;
      wait(this.#bell, 0, this.#heard, LOOK_MS);
    }
    this.#channel.close();
  }
}
