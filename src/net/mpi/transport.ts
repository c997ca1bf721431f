import { PlaceLostError, TransportError } from "../../errors.ts";
import type { SharedMemory } from "../../shared/memory.ts";
import { type Done, type MemoryRange, type Receiver, type Transport, tooLong } from "../transport.ts";
import { Mpi } from "./binding.ts";
import { Channel, type Hearer, Tag } from "./channel.ts";
import { MOST_PLACES, MpiCollectives } from "./collectives.ts";
import { hostsOf, type Identity, isOversubscribed, whoAmI } from "./identity.ts";
import { detectLaunch } from "./launcher.ts";
import { type MpiLibrary, openLibrary } from "./library.ts";
import { Lifelines } from "./lifeline.ts";
import { Patience } from "./patience.ts";
import { Ranges } from "./ranges.ts";
import { Watch } from "./watch.ts";

const PACKET_BYTES = 1 << 14;
const IDENTITY_BYTES = 1024;
/** MPI_THREAD_SERIALIZED: one thread calls MPI, whichever it is. */
const SERIALIZED = 2;
/** How often the watch looks, and how long what a dead place sent may still come, in milliseconds. */
const WATCH_EVERY = 250;
const LAST_WORDS = 100;
/** How long the places look for ways to each other at the start, in milliseconds. */
const PROOF_TIME = 5000;
/** Polls between two looks at the clock. */
const CLOCK_EVERY = 64;
/** PR_SET_TIMERSLACK: sleeps of this thread end this many nanoseconds late at most; Linux gives them 50,000. */
const TIMER_SLACK = 29;
const SLACK = 1000;
/** MADV_HUGEPAGE, for which the address must be a multiple of any page size. */
const HUGE_PAGES = 14;
const PAGE = 65_536;

export interface MpiOptions {
  readonly memory: SharedMemory;
  /** How many worker threads this place has. */
  readonly workers: number;
}

const NOBODY: Receiver = { packet() {}, lost() {} };

/** Joins the communication thread of a place to the other ranks of an MPI job; it alone calls MPI. See ../README.md. */
export class MpiTransport implements Transport {
  readonly name = "mpi";
  readonly place: number;
  readonly places: number;
  readonly hosts: readonly number[];
  readonly packetBytes = PACKET_BYTES;
  readonly wakes = false;
  /** The library, in its own words. */
  readonly version: string;
  /** Whether the workers of the places on this host are more than its cores. */
  readonly oversubscribed: boolean;
  readonly #mpi: Mpi;
  readonly #packets: number;
  readonly #channel: Channel;
  readonly #ranges: Ranges;
  /** Undefined where there are too many places, or only one. */
  readonly collectives: MpiCollectives | undefined;
  readonly #watch: Watch;
  /** Undefined when all places are on one host. */
  readonly #lifelines: Lifelines | undefined;
  readonly #patience: Patience;
  readonly #lost: boolean[];
  /** Places that have died, and since when: they are lost when their last words have come. */
  #dying: { readonly place: number; readonly since: number }[] = [];
  readonly #hearer: Hearer & { to: Receiver };
  #lookAt = 0;
  #clock = 0;

  constructor(library: MpiLibrary, { memory, workers }: MpiOptions) {
    const mpi = new Mpi(library);
    const { calls } = mpi;
    const began = mpi.integer("MPI_Initialized", (flag) => calls.Initialized(flag));
    if (began !== 0) throw new TransportError("MPI has been started by something else in this process");
    const provided = mpi.integer("MPI_Init_thread", (it) => calls.Init_thread(0, 0, SERIALIZED, it));
    if (provided < SERIALIZED) throw new TransportError(`${library.version} cannot be called from a thread of its own`);
    sharpenSleep(library);
    askForHugePages(library, memory);
    this.#mpi = mpi;
    this.version = library.version;
    this.place = mpi.integer("MPI_Comm_rank", (it) => calls.Comm_rank(mpi.world, it));
    this.places = mpi.integer("MPI_Comm_size", (it) => calls.Comm_size(mpi.world, it));
    this.#packets = mpi.duplicate();
    const lifelines = process.platform === "linux" ? new Lifelines(library) : undefined;
    const identities = exchange(mpi, this.#packets, this.places, whoAmI(workers, lifelines?.contact));
    this.hosts = hostsOf(identities);
    const isSpread = this.hosts.some((host) => host !== 0);
    if (!isSpread) lifelines?.close();
    this.#lifelines = isSpread ? lifelines : undefined;
    this.oversubscribed = isOversubscribed(identities, this.place);
    this.#channel = new Channel(mpi, this.#packets, this.places, PACKET_BYTES);
    this.#ranges = new Ranges(mpi, mpi.duplicate(), memory);
    this.#patience = new Patience(this.oversubscribed);
    const isFew = this.places > 1 && this.places <= MOST_PLACES;
    this.collectives = isFew ? new MpiCollectives(mpi, this.places, memory, () => this.#patience.hope()) : undefined;
    this.#watch = new Watch(identities, this.place, this.#lifelines);
    if (this.#lifelines !== undefined) prove(mpi, this.#packets, this.#lifelines);
    this.#lost = identities.map(() => false);
    this.#hearer = {
      to: NOBODY,
      packet(from, bytes) {
        this.to.packet(from, bytes);
      },
      loss: (it) => this.#died(it),
    };
  }

  send(to: number, packet: Uint8Array): boolean {
    if (packet.length > PACKET_BYTES) throw tooLong(packet.length, PACKET_BYTES);
    this.#patience.hope();
    return this.#lost[to]! || this.#channel.send(to, packet);
  }

  sendRange(to: number, tag: number, range: MemoryRange, done: Done): void {
    this.#patience.hope();
    if (this.#lost[to]) this.#ranges.refuse(to, done);
    else this.#ranges.start(false, to, tag, range, done);
  }

  receiveRange(from: number, tag: number, into: MemoryRange | Uint8Array, done: Done): void {
    if (this.#lost[from]) this.#ranges.refuse(from, done);
    else this.#ranges.start(true, from, tag, into, done);
  }

  dropRange(from: number, tag: number, bytes: number): void {
    if (!this.#lost[from]) this.#ranges.drop(from, tag, bytes);
  }

  poll(receiver: Receiver): boolean {
    this.#hearer.to = receiver;
    let progress = this.#channel.poll(this.#hearer);
    if (this.#ranges.poll()) progress = true;
    if (this.collectives?.poll()) progress = true;
    if (++this.#clock % CLOCK_EVERY === 0 && this.#look(receiver)) progress = true;
    this.#patience.polled(progress);
    return progress;
  }

  rest(): number {
    return this.#patience.rest(!this.#ranges.isQuiet || !this.#channel.isQuiet || this.collectives?.isMoving === true);
  }

  async close(): Promise<void> {
    const { calls, scratch } = this.#mpi;
    const request = scratch.take(8);
    const flag = scratch.take(4);
    this.#mpi.check(calls.Ibarrier(this.#packets, scratch.base + request), "MPI_Ibarrier");
    for (;;) {
      // With a place lost, neither the barrier nor MPI_Finalize would end: the process ends without.
      if (this.#lost.includes(true)) return;
      calls.Test(scratch.base + request, scratch.base + flag, this.#mpi.abi.statusIgnore);
      if (scratch.i32[flag >> 2] !== 0) break;
      if (!this.poll(NOBODY)) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    while (this.poll(NOBODY) || !this.#ranges.isQuiet || !this.#channel.isQuiet);
    this.#channel.close();
    this.#lifelines?.close();
    this.#mpi.check(calls.Finalize(), "MPI_Finalize");
  }

  abort(exitCode: number): void {
    this.#mpi.calls.Abort(this.#mpi.world, exitCode);
  }

  /** Finds who has died, and says who is lost. */
  #look(receiver: Receiver): boolean {
    const now = performance.now();
    if (now >= this.#lookAt) {
      this.#lookAt = now + WATCH_EVERY;
      for (const { place, tell } of this.#watch.look()) {
        this.#died(place);
        if (tell) this.#tell(place);
      }
    }
    const dead = this.#dying.filter(({ since }) => now - since > LAST_WORDS);
    this.#dying = this.#dying.filter((it) => !dead.includes(it));
    for (const { place } of dead) {
      const error = new PlaceLostError(
        `Place ${place} was lost: its process ended without a farewell, or its host is gone`,
        place,
      );
      this.#lost[place] = true;
      this.#ranges.fail(place, error);
      this.collectives?.fail();
      receiver.lost(place, error);
    }
    return dead.length > 0;
  }

  #tell(dead: number): void {
    for (let to = 0; to < this.places; to++) {
      if (to !== this.place && !this.#lost[to] && !this.#dying.some(({ place }) => place === to))
        this.#channel.say(to, Tag.LOST, dead);
    }
  }

  #died(place: number): void {
    if (!(place < this.places) || this.#lost[place] || this.#dying.some((it) => it.place === place)) return;
    this.#watch.forget(place);
    this.#dying.push({ place, since: performance.now() });
  }
}

/** Everybody's identity, by place. Blocks until all have come so far. */
function exchange(mpi: Mpi, comm: number, places: number, mine: Identity): Identity[] {
  const { calls, scratch, byte } = mpi;
  const text = new TextEncoder().encode(JSON.stringify(mine));
  if (text.length > IDENTITY_BYTES) throw new TransportError(`the name of this host is too long: ${mine.host}`);
  const own = scratch.take(IDENTITY_BYTES);
  const all = scratch.take(IDENTITY_BYTES * places);
  scratch.u8.set(text, own);
  const code = calls.Allgather(scratch.base + own, IDENTITY_BYTES, byte, scratch.base + all, IDENTITY_BYTES, byte, comm);
  mpi.check(code, "MPI_Allgather");
  return Array.from({ length: places }, (_, place) => {
    const start = all + place * IDENTITY_BYTES;
    const bytes = scratch.u8.slice(start, start + IDENTITY_BYTES);
    return JSON.parse(new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0) >>> 0))) as Identity;
  });
}

/** Waits until the lifelines of all places hold, or for a while: without them, deaths on other hosts are noticed late. */
function prove({ calls, scratch, check, abi }: Mpi, comm: number, lifelines: Lifelines): void {
  const until = performance.now() + PROOF_TIME;
  const request = scratch.base + scratch.take(8);
  const flag = scratch.take(4);
  while (!lifelines.isProved && performance.now() < until) lifelines.look();
  if (lifelines.isProved) lifelines.trust();
  check(calls.Ibarrier(comm, request), "MPI_Ibarrier");
  do {
    lifelines.look(); // others wait for this place's answer
    calls.Test(request, scratch.base + flag, abi.statusIgnore);
  } while (scratch.i32[flag >> 2] === 0);
}

/** MPI copies from the memory of another process page by page: with pages of 2 MiB that takes about two thirds of the time. The system may refuse. */
function askForHugePages({ koffi }: MpiLibrary, { u8 }: SharedMemory): void {
  if (process.platform !== "linux") return;
  const base = Number(koffi.address(u8));
  const start = Math.ceil(base / PAGE) * PAGE;
  koffi.load(null).func("int madvise(uint64_t start, uint64_t bytes, int advice)")(start, base + u8.length - start, HUGE_PAGES);
}

function sharpenSleep({ koffi }: MpiLibrary): void {
  if (process.platform === "linux") koffi.load(null).func("int prctl(int option, uint64_t value)")(TIMER_SLACK, SLACK);
}

/**
 * In the communication thread of a rank: starts MPI, which returns when all ranks have done so. Throws TransportError (`HEDDLE_TRANSPORT`) when the
 * library or the binding is missing.
 */
export const connectMpi = (options: MpiOptions): MpiTransport => new MpiTransport(openLibrary(detectLaunch()?.family), options);
