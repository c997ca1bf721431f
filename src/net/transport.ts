/**
 * What carries bytes between places. One implementation joins places inside a process (`loopback.ts`), one the ranks of an MPI
 * job (`mpi/`). Only the communication thread of a place calls it, and no call blocks.
 */

import { UsageError } from "../errors.ts";

/** A piece of the place's own shared memory, in bytes. */
export interface MemoryRange {
  readonly address: number;
  readonly bytes: number;
}

/** Told by a later `poll` that a transfer has ended; with an error when the other place is lost. */
export type Done = (error?: Error) => void;

/** Who is told of what has come. */
export interface Receiver {
  /** `packet` is valid only during the call. Packets of one place come in the order in which they were sent. */
  packet(from: number, packet: Uint8Array): void;
  /** The place has gone without a farewell, or its connection is broken. Told once for each. */
  lost(place: number, error: Error): void;
}

/**
 * Operations in which every place takes part, where whoever carries the packets has such. All places begin the same ones in the same order; those of
 * `exchange` and the others are counted apart. Nobody writes to the memory of one until it has ended; and nothing ends any more once a place is lost.
 */
export interface TransportCollectives {
  /** How long a slot is. */
  readonly slotBytes: number;

  /** Everybody's slot for everybody: `done` gets them by place, one behind the other, to be read during the call. They end in order. */
  exchange(slot: Uint8Array, done: (slots: Uint8Array) => void): void;

  /** The bytes of place `root`, to those of all others, which are as many. Of these three one begins when the one before has ended. */
  broadcast(root: number, bytes: Uint8Array, done: () => void): void;
  /** `own` of every place, to `all` of every place, one behind the other. `lengths` has them by place. */
  allGather(own: Uint8Array, all: Uint8Array, lengths: readonly number[], done: () => void): void;
  /** From `from`, one behind the other, `sent[p]` bytes to place p; into `into`, likewise, `come[p]` bytes of place p. */
  allToAll(from: Uint8Array, sent: readonly number[], into: Uint8Array, come: readonly number[], done: () => void): void;
}

export interface Transport {
  /** Absent where packets do as well, or there are too many places. */
  readonly collectives?: TransportCollectives | undefined;
  readonly name: "loopback" | "mpi";
  readonly place: number;
  readonly places: number;
  /** For each place a number that it shares with the places on the same machine. */
  readonly hosts: readonly number[];
  /** The longest packet. */
  readonly packetBytes: number;
  /** Whether whoever sends to this place wakes its communication thread, so that it may sleep without a limit. */
  readonly wakes: boolean;

  /**
   * Sends a packet to another place, or to this one. It is copied, or gone, when the call returns true. False: the way is full; poll, then
   * try again, before any later packet to the same place.
   */
  send(to: number, packet: Uint8Array): boolean;

  /**
   * Sends a piece of memory to a place that calls `receiveRange` with the same tag and length, before or after. Nobody may write to it until
   * `done`. Tags are whole numbers from 0 to 2^22 - 1; between two places a tag is in use once at a time.
   */
  sendRange(to: number, tag: number, range: MemoryRange, done: Done): void;
  /** Into the place's memory, or into the thread's own. */
  receiveRange(from: number, tag: number, into: MemoryRange | Uint8Array, done: Done): void;
  /** Instead of `receiveRange`, for so many bytes that nobody wants: they go nowhere, and the sender hears of no error. */
  dropRange(from: number, tag: number, bytes: number): void;

  /** Makes progress and hands over what has come. True when anything has happened. */
  poll(receiver: Receiver): boolean;

  /**
   * After a poll that returned false: for how many milliseconds the communication thread may sleep before it polls again. 0: not at all;
   * Infinity: until it is woken. Whoever sleeps announces it first, then polls once more, then sleeps; see README.md.
   */
  rest(): number;

  /** Ends the connection, once every place calls it: resolves when nobody needs this place any more. */
  close(): Promise<void>;

  /** Ends the whole job at once, all places, with this exit code. */
  abort(exitCode: number): void;
}

export const tooLong = (bytes: number, longest: number): UsageError =>
  new UsageError(`A packet of ${bytes} bytes: the longest has ${longest}`);
