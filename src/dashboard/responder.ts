/** The dashboard's thread at a place whose page another process serves: tells what it sees when it is asked. */
import type { RelayStart } from "../net/relay.ts";
import { type Board, MOST_SLICES } from "./board.ts";
import { Courier, type Order, type Report, TRACE_BYTES } from "./courier.ts";
import type { Hello, Tick } from "./messages.ts";
import type { Snapshot } from "./snapshot.ts";

const SERVER = 0;
/** Who has not been asked for so long (ms) is not looked at. */
const RESTS_MS = 2000;
/** Copies of the trace that are being fetched. */
const MOST_COPIES = 4;

export interface RespondingOptions {
  readonly relay: RelayStart;
  readonly board: Board;
  /** The page is told of the end, and stays. */
  readonly keeps: boolean;
  /** The trace so far; `last`: the program has ended. */
  copy(last: boolean): Promise<Snapshot>;
  readonly traced: boolean;
  /** Somebody looks, or nobody does any more. */
  onWatched(watched: boolean): void;
  /** The pages know that the program has failed. */
  onTold(): void;
}

export class Responder {
  readonly #its: RespondingOptions;
  readonly #courier: Courier<Report, Order>;
  readonly #copies = new Map<number, Promise<Snapshot>>();
  #asked = Number.NEGATIVE_INFINITY;
  #watched = false;
  /** Place 0 knows what was told before. */
  #inStep = false;

  constructor(its: RespondingOptions) {
    this.#its = its;
    this.#courier = new Courier(its.relay, {
      message: (_from, order) => this.#hear(order),
      open: () => {},
      lost: () => {},
      closing: () => {
        // The page stays: then the trace is asked for, and what was told before the end goes with its last piece.
        if (its.keeps && its.traced) return this.#courier.stays();
        if (its.keeps || this.#watched) this.#tell(true);
        this.#courier.closed();
      },
    });
  }

  #hear(order: Order): void {
    if (order.kind === "told") return this.#its.onTold();
    if (order.kind === "trace") return void this.#sendTrace(order);
    this.#asked = performance.now();
    this.#watch(true);
    this.#its.board.mostSlices = order.most;
    this.#tell(false);
  }

  #tell(last: boolean): void {
    const { board } = this.#its;
    const tick = board.tick();
    const part: Hello | Tick = this.#inStep ? tick : board.hello(tick);
    this.#inStep = true;
    this.#courier.send(SERVER, { kind: "part", part, last });
  }

  /** To be called now and then: the board goes on while nobody asks. */
  tick(): void {
    if (performance.now() - this.#asked < RESTS_MS) return;
    this.#watch(false);
    this.#inStep = false;
    this.#its.board.mostSlices = MOST_SLICES;
    this.#its.board.tick();
  }

  #watch(watched: boolean): void {
    if (watched !== this.#watched) this.#its.onWatched(watched);
    this.#watched = watched;
  }

  /** The program fails here. True if pages are told, which `onTold` says. */
  abort(text: string, exitCode: number): boolean {
    if (this.#watched) this.#courier.send(SERVER, { kind: "abort", text, exitCode });
    return this.#watched;
  }

  close(): void {
    this.#courier.close();
  }

  async #sendTrace({ id, at, last }: Extract<Order, { readonly kind: "trace" }>): Promise<void> {
    let more = false;
    try {
      if (at === 0) {
        if (this.#copies.size === MOST_COPIES) this.#copies.delete(this.#copies.keys().next().value!);
        this.#copies.set(id, this.#its.copy(last));
      }
      const bytes = (await this.#copies.get(id)!).read(at, TRACE_BYTES);
      more = bytes.length === TRACE_BYTES;
      if (!more) this.#copies.delete(id);
      this.#courier.send(SERVER, { kind: "trace", id }, bytes);
    } catch (error) {
      this.#courier.send(SERVER, { kind: "trace", id, error: (error as Error).message });
    }
    if (!last || more) return;
    this.#tell(true);
    this.#courier.closed();
  }
}
