/** A place as its main thread sees it. */
import type { Facts } from "../net/hello.ts";
import type { RelayStart } from "../net/relay.ts";
import { Control, Slot, slotWord } from "../shared/layout.ts";
import type { SharedMemory } from "../shared/memory.ts";
import { type Runtime, type StartOptions, startPlaceRuntime } from "../task/runtime.ts";
import type { CommunicationStart } from "./communication.ts";
import { onNews, sendNews, Topic } from "./messages.ts";
import { STEALING, type StealingTuning } from "./protocol/tuning.ts";
import { answerExplain } from "./stuck.ts";
import type { TransportStart } from "./transports.ts";

export interface PlaceOptions extends StartOptions {
  readonly place: number;
  readonly places: number;
  readonly transport: TransportStart;
  /** Workers and communication threads of the places on this machine are more than its cores. */
  readonly crowded: boolean;
  /** The folder of the program, as a URL with a slash at the end. */
  readonly root?: string;
  /** What all places must have in common; none where they are sure to. */
  readonly facts?: Facts;
  /** For an onlooker at this place, see relay.ts. */
  readonly relay?: RelayStart | undefined;
  /** How tasks for anywhere are stolen; the same at all places. */
  readonly stealing?: Readonly<StealingTuning> | undefined;
  /** `main` runs on place 0 alone. */
  readonly rootOnly?: boolean;
  /** Where other places must know the memory before it is used. */
  readonly memory?: SharedMemory;
  /** A place is lost. */
  onLost(place: number): void;
  /** This place cannot go on. */
  onHopeless(error: Error): void;
}

/** On how many slots a place with so many workers runs: the main thread, the workers, the communication thread. */
export const slotsOf = (workers: number): number => workers + 2;

/** The word on which the communication thread of such a place sleeps. */
export const parkWordOf = (workers: number): number => slotWord(slotsOf(workers) - 1) + Slot.PARK;

export class PlaceHome {
  readonly runtime: Runtime;
  readonly #ended: Promise<void>;
  #end!: () => void;
  #told = false;

  /** Starts the place in this thread, which runs its `main`. Once for each thread, before anything else starts a runtime. */
  constructor(options: PlaceOptions) {
    const { place, places, transport, root, facts, relay, memory, stealing, onLost, onHopeless } = options;
    this.#ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    const communication: CommunicationStart = {
      place,
      transport,
      root,
      facts: facts ?? null,
      relay: relay ?? null,
      stealing: stealing ?? STEALING,
    };
    this.runtime = startPlaceRuntime(options, {
      place,
      places,
      crowded: options.crowded,
      communication,
      ...(memory === undefined ? {} : { memory }),
      onHopeless: (error) => {
        this.#end();
        onHopeless(error);
      },
      beforeStop: () => this.#farewell(),
    });
    const client = this.runtime.client!;
    if (options.rootOnly === true) client.station.mem.i32[Control.ROOT_ONLY] = 1; // read by this thread alone
    client.wantMail(); // tasks and messages of other places come unasked
    onNews(client.station, (topic, detail) => {
      if (topic === Topic.IS_QUIET) void client.whenQuiet().then(() => this.#tell(Topic.QUIET, detail));
      else if (topic === Topic.LOST) onLost(detail);
      else if (topic === Topic.EXPLAIN) void answerExplain(this.runtime, detail >>> 0).catch(() => {});
      else if (topic === Topic.ALL_ENDED) this.#end();
    });
  }

  /** Ends all places at once. */
  abort(exitCode: number): void {
    this.#tell(Topic.ABORT, exitCode);
  }

  #tell(topic: number, detail = 0): void {
    const { station, isStopped } = this.runtime.client!;
    if (!isStopped || topic === Topic.ABORT) sendNews(station, station.mem.i32[Control.COMMUNICATION]!, topic, detail);
  }

  async #farewell(): Promise<void> {
    if (!this.#told) this.#tell(Topic.MAIN_ENDED);
    this.#told = true;
    await this.#ended;
    this.runtime.client!.unwantMail();
  }
}
