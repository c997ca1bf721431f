/** Ranges of the place's memory over MPI, as they lie. */
import { PlaceLostError, TransportError } from "../../errors.ts";
import type { SharedMemory } from "../../shared/memory.ts";
import type { Done, MemoryRange } from "../transport.ts";
import type { Mpi } from "./binding.ts";
import { Requests } from "./requests.ts";

/** MPI counts with 32 bits, so a long range goes in several messages. */
const PIECE = 1 << 30;
const CAPACITY = 1024;
/** Of receives as long as this one is posted in each poll: what has come already is copied during the call that posts it, and whoever waits for it is to be told before the next one. */
const LONG = 1 << 16;

interface Transfer {
  readonly peer: number;
  readonly tag: number;
  readonly done: Done;
  readonly receives: boolean;
  /** Of one to memory of the thread's own: kept while MPI writes to it. */
  readonly into: Uint8Array | null;
  /** Pieces that have not ended. */
  left: number;
  /** Bytes that have not come. */
  missing: number;
  failed: boolean;
}

interface Piece {
  readonly transfer: Transfer;
  readonly address: number;
  readonly bytes: number;
}

export class Ranges {
  readonly #mpi: Mpi;
  readonly #comm: number;
  readonly #base: number;
  readonly #requests: Requests<Piece>;
  /** Those that found no room among the requests, and ends to be told by the next poll. */
  readonly #waiting: Piece[] = [];
  readonly #ends: (() => void)[] = [];
  /** A long receive was posted since the last poll began. */
  #hasPosted = false;

  constructor(mpi: Mpi, comm: number, memory: SharedMemory) {
    this.#mpi = mpi;
    this.#comm = comm;
    this.#base = Number(mpi.library.koffi.address(memory.u8));
    this.#requests = new Requests(mpi, CAPACITY);
  }

  get isQuiet(): boolean {
    return this.#requests.size === 0 && this.#waiting.length === 0 && this.#ends.length === 0;
  }

  start(receives: boolean, peer: number, tag: number, range: MemoryRange | Uint8Array, done: Done): void {
    const own = range instanceof Uint8Array;
    const bytes = own ? range.length : range.bytes;
    const start = own ? Number(this.#mpi.library.koffi.address(range)) : this.#base + range.address;
    this.#start({ peer, tag, done, receives, into: own ? range : null }, start, bytes, PIECE);
  }

  #start(what: Pick<Transfer, "peer" | "tag" | "done" | "receives" | "into">, start: number, bytes: number, step: number): void {
    const pieces = Math.max(1, Math.ceil(bytes / PIECE));
    const transfer = { ...what, left: pieces, missing: bytes, failed: false };
    for (let i = 0; i < pieces; i++) {
      this.#waiting.push({ transfer, address: start + i * step, bytes: Math.min(PIECE, bytes - i * PIECE) });
    }
    this.#post();
  }

  /** Receives what nobody wants, whole: MPI may write more than it was given room for. All pieces go to the same place. */
  drop(peer: number, tag: number, bytes: number): void {
    const into = new Uint8Array(Math.min(bytes, PIECE));
    const start = Number(this.#mpi.library.koffi.address(into));
    this.#start({ peer, tag, done: () => {}, receives: true, into }, start, bytes, 0);
  }

  poll(): boolean {
    if (this.isQuiet) return false;
    this.#hasPosted = false;
    const ended = this.#requests.test(({ transfer }, error, bytes) => this.#ended(transfer, error, bytes));
    if (this.#waiting.length > 0) this.#post();
    const ends = this.#ends.splice(0);
    for (const end of ends) end();
    return ended || ends.length > 0;
  }

  /** The place is lost: so are the transfers. */
  fail(place: number, error: PlaceLostError): void {
    const isTheirs = ({ transfer }: Piece) => transfer.peer === place;
    const pieces = [...this.#requests.drop(isTheirs), ...this.#waiting.filter(isTheirs)];
    for (const transfer of new Set(pieces.map((it) => it.transfer))) transfer.done(error);
    this.#waiting.splice(0, this.#waiting.length, ...this.#waiting.filter((it) => !isTheirs(it)));
  }

  /** Tells by the next poll that a transfer with a lost place has failed. */
  refuse(place: number, done: Done): void {
    this.#ends.push(() => done(new PlaceLostError(`Place ${place} was lost`, place)));
  }

  #post(): void {
    const { calls, byte } = this.#mpi;
    let posted = 0;
    while (posted < this.#waiting.length && !this.#requests.isFull) {
      const piece = this.#waiting[posted]!;
      const { transfer, address, bytes } = piece;
      if (transfer.receives && bytes >= LONG) {
        if (this.#hasPosted) break;
        this.#hasPosted = true;
      }
      posted++;
      const call = transfer.receives ? calls.Irecv : calls.Isend;
      const code = call(address, bytes, byte, transfer.peer, transfer.tag, this.#comm, this.#requests.next);
      if (code === 0) this.#requests.add(piece);
      else this.#ends.push(() => this.#ended(transfer, code, 0));
    }
    this.#waiting.splice(0, posted);
  }

  #ended(transfer: Transfer, error: number, bytes: number): void {
    const { peer, tag, receives } = transfer;
    if (error !== 0) transfer.failed = true;
    transfer.left--;
    transfer.missing -= bytes;
    if (transfer.left > 0) return;
    if (transfer.failed || (receives && transfer.missing !== 0)) {
      transfer.done(
        new TransportError(`The transfer with tag ${tag} and place ${peer} failed, with error ${error} of MPI or for its length`),
      );
    } else transfer.done();
  }
}
