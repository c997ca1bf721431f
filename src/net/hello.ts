import { PlaceMismatchError } from "../errors.ts";
import type { Inbox } from "./inbox.ts";
import type { Outbox } from "./outbox.ts";
import { NetRecord } from "./packet.ts";
import type { Transport } from "./transport.ts";
import { type Reader, Writer } from "./wire.ts";

/** What all places must have in common, by name: `{ "heddle": "0.1.0", "program prog.ts": "sha256 ..." }`. */
export type Facts = Readonly<Record<string, string>>;

const Part = { FACTS: 0, VERDICT: 1 } as const;

/** Differences that a message lists. */
const LISTED = 3;

/**
 * The first thing that places say to each other: everybody tells place 0 the facts about itself; place 0 compares them with its own, and tells all
 * whether they go together. One for each communication thread, before any other record. 2 (P - 1) messages.
 */
export class Hello {
  readonly #transport: Transport;
  readonly #outbox: Outbox;
  readonly #facts: Facts;
  readonly #differences = new Map<number, string[]>();
  #heard = 1;
  #verdict: "waiting" | "welcome" | PlaceMismatchError = "waiting";

  constructor(transport: Transport, outbox: Outbox, inbox: Inbox, facts: Facts) {
    this.#transport = transport;
    this.#outbox = outbox;
    this.#facts = facts;
    inbox.on(NetRecord.HELLO, { atLeast: 1 }, (from, body) => this.#receive(from, body));
    if (transport.place !== 0) outbox.send(0, NetRecord.HELLO, write(facts));
    else if (transport.places === 1) this.#verdict = "welcome";
  }

  /** "waiting" until place 0 has heard all; then "welcome", or the error (`HEDDLE_PLACE_MISMATCH`) that says who differs in what. */
  get verdict(): "waiting" | "welcome" | PlaceMismatchError {
    return this.#verdict;
  }

  #receive(from: number, body: Reader): void {
    if (body.u8() === Part.FACTS) this.#compare(from, body);
    else {
      const text = body.text();
      this.#verdict = text === "" ? "welcome" : new PlaceMismatchError(text);
    }
  }

  #compare(from: number, body: Reader): void {
    const theirs: Record<string, string> = {};
    for (let left = body.u32(); left > 0; left--) theirs[body.text()] = body.text();
    const names = [...new Set([...Object.keys(this.#facts), ...Object.keys(theirs)])];
    const different = names.filter((name) => theirs[name] !== this.#facts[name]);
    if (different.length > 0) {
      this.#differences.set(
        from,
        different.map((name) => `its ${name} is ${theirs[name] ?? "missing"}, that of place 0 ${this.#facts[name] ?? "missing"}`),
      );
    }
    if (++this.#heard === this.#transport.places) this.#decide();
  }

  #decide(): void {
    const text = complaint(this.#differences);
    for (let place = 1; place < this.#transport.places; place++) {
      this.#outbox.send(place, NetRecord.HELLO, new Writer().u8(Part.VERDICT).text(text).bytes());
    }
    this.#verdict = text === "" ? "welcome" : new PlaceMismatchError(text);
  }
}

function write(facts: Facts): Uint8Array {
  const writer = new Writer().u8(Part.FACTS).u32(Object.keys(facts).length);
  for (const [name, value] of Object.entries(facts)) writer.text(name).text(value);
  return writer.bytes();
}

function complaint(differences: ReadonlyMap<number, readonly string[]>): string {
  if (differences.size === 0) return "";
  const lines = [...differences].slice(0, LISTED).map(([place, list]) => `place ${place}: ${list.slice(0, LISTED).join("; ")}`);
  const more = differences.size > LISTED ? ` (and ${differences.size - LISTED} more places)` : "";
  return `The places do not run the same program. ${lines.join(". ")}${more}. Start all of them from the same files and with the same versions`;
}
