/** Packets over MPI: never more under way to a place than it has room for. See ../README.md, "MPI". */
import { Arena, type Mpi } from "./binding.ts";
import { Requests } from "./requests.ts";

/** The tags of the channel's messages. */
export const Tag = {
  PACKET: 0,
  /** So many of your packets have been handled: u32. */
  CREDIT: 1,
  /** A place is lost: u32. */
  LOST: 2,
} as const;

/** How many packets may be under way to one place, unless it has said that it has handled them. */
export const WINDOW = 64;
/** Receives that are posted ahead, and as many packets are handled in one poll. */
const RECEIVES = 32;
/** Buffers for what is being sent; the last ones are for the channel's own messages. */
const BUFFERS = 512;
const OWN_BUFFERS = 64;
/** Sends are tested for their end when so many are under way, or every so many polls that find nothing. */
const TEST_AT = 32;
const TEST_EVERY = 16;

/** Is handed what comes; `bytes` is valid only during the call. */
export interface Hearer {
  packet(from: number, bytes: Uint8Array): void;
  /** That a place is lost. */
  loss(place: number): void;
}

export class Channel {
  readonly #mpi: Mpi;
  readonly #comm: number;
  readonly #packetBytes: number;
  readonly #buffers: Arena;
  /** Numbers of buffers that are free. */
  readonly #free: number[] = [];
  readonly #sends: Requests<number>;
  /** For each place: packets under way to it; packets of it that were handled and not yet said. */
  readonly #underWay: Int32Array;
  readonly #owed: Int32Array;
  readonly #unsaid: { to: number; tag: number; value: number }[] = [];
  readonly #words: Arena;
  readonly #requests: number;
  readonly #flag: number;
  readonly #status: number;
  readonly #inbound: Arena;
  /** The receive that was posted first. */
  #oldest = 0;
  /** Polls in a row that have found nothing. */
  #idle = 0;

  constructor(mpi: Mpi, comm: number, places: number, packetBytes: number) {
    const { abi, calls, library } = mpi;
    this.#mpi = mpi;
    this.#comm = comm;
    this.#packetBytes = packetBytes;
    this.#buffers = new Arena(library, BUFFERS * packetBytes);
    for (let i = BUFFERS - 1; i >= 0; i--) this.#free.push(i);
    this.#sends = new Requests(mpi, BUFFERS);
    this.#underWay = new Int32Array(places);
    this.#owed = new Int32Array(places);
    this.#words = new Arena(library, 1024);
    this.#requests = this.#words.take(RECEIVES * abi.handleBytes);
    this.#flag = this.#words.take(4);
    this.#status = this.#words.take(abi.statusWords * 4);
    this.#inbound = new Arena(library, RECEIVES * packetBytes);
    for (let i = 0; i < RECEIVES; i++) {
      const address = this.#inbound.base + i * packetBytes;
      const code = calls.Recv_init(address, packetBytes, mpi.byte, abi.anySource, abi.anyTag, comm, this.#request(i));
      mpi.check(code, "MPI_Recv_init");
      mpi.check(calls.Start(this.#request(i)), "MPI_Start");
    }
  }

  get isQuiet(): boolean {
    return this.#sends.size === 0 && this.#unsaid.length === 0;
  }

  /** False: the place has not handled enough of the earlier ones, or there is no buffer. */
  send(to: number, packet: Uint8Array): boolean {
    if (this.#underWay[to] === WINDOW) return false;
    if (this.#free.length <= OWN_BUFFERS) this.#settle();
    if (this.#free.length <= OWN_BUFFERS) return false;
    this.#underWay[to]!++;
    this.#post(to, Tag.PACKET, packet);
    return true;
  }

  /** A message of the channel's own. It may overtake packets. */
  say(to: number, tag: number, value: number): void {
    this.#unsaid.push({ to, tag, value });
    this.#sayAll();
  }

  poll(hearer: Hearer): boolean {
    let handled = 0;
    while (handled < RECEIVES && this.#receive(hearer)) handled++;
    if (this.#unsaid.length > 0) this.#sayAll();
    if (handled > 0) this.#idle = 0;
    else this.#idle++;
    if (this.#sends.size >= TEST_AT || this.#idle % TEST_EVERY === TEST_EVERY - 1) this.#settle();
    return handled > 0;
  }

  /** Ends what was posted ahead, before MPI is ended. */
  close(): void {
    const { calls } = this.#mpi;
    const { base, i32 } = this.#words;
    for (let i = 0; i < RECEIVES; i++) {
      calls.Cancel(this.#request(i));
      for (let tries = 0; tries < 1000; tries++) {
        calls.Test(this.#request(i), base + this.#flag, this.#mpi.abi.statusIgnore);
        if (i32[this.#flag >> 2] !== 0) break;
      }
      calls.Request_free(this.#request(i));
    }
  }

  #request(index: number): number {
    return this.#words.base + this.#requests + index * this.#mpi.abi.handleBytes;
  }

  #receive(hearer: Hearer): boolean {
    const { abi, calls } = this.#mpi;
    const { base, i32 } = this.#words;
    const index = this.#oldest;
    const code = calls.Test(this.#request(index), base + this.#flag, base + this.#status);
    if (i32[this.#flag >> 2] === 0) return false;
    const status = this.#status >> 2;
    const from = i32[status + abi.source]!;
    const tag = i32[status + abi.tag]!;
    const start = index * this.#packetBytes;
    try {
      if (code === 0) this.#handle(from, tag, this.#inbound.u8.subarray(start, start + this.#mpi.countAt(i32, status)), hearer);
    } finally {
      this.#mpi.check(calls.Start(this.#request(index)), "MPI_Start");
      this.#oldest = (index + 1) % RECEIVES;
    }
    return true;
  }

  #handle(from: number, tag: number, bytes: Uint8Array, hearer: Hearer): void {
    if (tag === Tag.PACKET) {
      if (++this.#owed[from]! >= WINDOW / 2) {
        this.#unsaid.push({ to: from, tag: Tag.CREDIT, value: this.#owed[from]! });
        this.#owed[from] = 0;
      }
      hearer.packet(from, bytes);
      return;
    }
    const value = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
    if (tag === Tag.CREDIT) this.#underWay[from]! -= value;
    else hearer.loss(value);
  }

  #sayAll(): void {
    let said = 0;
    const bytes = new Uint8Array(4);
    for (const { to, tag, value } of this.#unsaid) {
      if (this.#free.length === 0 && !this.#settle()) break;
      new DataView(bytes.buffer).setUint32(0, value, true);
      this.#post(to, tag, bytes);
      said++;
    }
    this.#unsaid.splice(0, said);
  }

  #post(to: number, tag: number, bytes: Uint8Array): void {
    const buffer = this.#free.pop()!;
    const start = buffer * this.#packetBytes;
    this.#buffers.u8.set(bytes, start);
    const { calls, byte } = this.#mpi;
    const code = calls.Isend(this.#buffers.base + start, bytes.length, byte, to, tag, this.#comm, this.#sends.next);
    if (code === 0) this.#sends.add(buffer);
    else this.#free.push(buffer); // the place is lost, and will be found so
  }

  #settle(): boolean {
    return this.#sends.test((buffer) => this.#free.push(buffer));
  }
}
