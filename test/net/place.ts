/** One place of the conformance suite: a transport, a memory with a heap, and waiting as a communication thread waits. */
import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import type { Receiver, Transport } from "../../src/net/transport.ts";
import { load, store, wait } from "../../src/shared/atomics.ts";
import { Heap } from "../../src/shared/heap/heap.ts";
import type { SharedMemory } from "../../src/shared/memory.ts";
import { randomFrom } from "./random.ts";

/** Where things lie in the memory of each place. */
export const PARK_WORD = 16;
const HEAP_WORDS = 64;
const HEAP_START = 1 << 20;
export const MEMORY_BYTES = 1 << 28;
const DEADLINE = 20_000;
const IDLE = 1;
/** The packet of a barrier; none of the suite's patterns is like it. */
const BARRIER = new Uint8Array([0xba, 0x5e, 0xba]);

export interface Packet {
  readonly from: number;
  readonly bytes: Uint8Array;
}

export class TestPlace {
  readonly transport: Transport;
  readonly memory: SharedMemory;
  readonly heap: Heap;
  readonly got: Packet[] = [];
  readonly lost = new Map<number, Error>();
  /** Whether the loss of a place belongs to the case. */
  mayLose = false;
  readonly random: (below: number) => number;
  /** For signals that do not go through the transport: a folder that all places see. */
  readonly #folder: string;
  /** Barrier packets of each place that have come and were not waited for. */
  readonly #barriers: number[];
  readonly #keep: Receiver;
  readonly #sort: Receiver;
  #receiver: Receiver;

  constructor(transport: Transport, memory: SharedMemory, folder: string, seed: number) {
    const heap = { words: HEAP_WORDS, start: HEAP_START, end: memory.buffer.byteLength };
    Heap.format(memory, heap);
    this.transport = transport;
    this.memory = memory;
    this.heap = new Heap(memory, { ...heap, slot: 0 });
    this.random = randomFrom(seed + transport.place);
    this.#folder = folder;
    this.#barriers = new Array<number>(transport.places).fill(0);
    this.#keep = {
      packet: (from, bytes) => void this.got.push({ from, bytes: bytes.slice() }),
      lost: (place, error) => void this.lost.set(place, error),
    };
    this.#receiver = this.#keep;
    this.#sort = {
      packet: (from, bytes) => {
        if (bytes.length === BARRIER.length && BARRIER.every((it, i) => it === bytes[i])) this.#barriers[from]!++;
        else this.#receiver.packet(from, bytes);
      },
      lost: (place, error) => this.#receiver.lost(place, error),
    };
  }

  /** From now on packets go to `receiver`, first those that have come already; without one, they are kept in `got`. */
  receive(receiver: Receiver = this.#keep): void {
    this.#receiver = receiver;
    if (receiver !== this.#keep) for (const { from, bytes } of this.got.splice(0)) receiver.packet(from, bytes);
  }

  get place(): number {
    return this.transport.place;
  }

  get places(): number {
    return this.transport.places;
  }

  /** The other places. */
  get others(): number[] {
    return Array.from({ length: this.places }, (_, place) => place).filter((it) => it !== this.place);
  }

  /** Polls until `condition` holds, asleep while nothing comes. `step` is tried in each turn, and says whether it got on. */
  until(condition: () => boolean, step: () => boolean = () => false): void {
    const { i32 } = this.memory;
    const deadline = performance.now() + DEADLINE;
    for (const turn = () => [step(), this.transport.poll(this.#sort)].includes(true); ; ) {
      if (condition()) return;
      assert.ok(this.mayLose || this.lost.size === 0, `place ${[...this.lost.keys()]} was lost`);
      assert.ok(performance.now() < deadline, `place ${this.place} waited for ${condition} for ${DEADLINE / 1000} s`);
      if (turn()) continue;
      store(i32, PARK_WORD, IDLE);
      const rest = turn() || condition() ? 0 : Math.min(this.transport.rest(), 1000);
      if (rest > 0 && load(i32, PARK_WORD) === IDLE) wait(i32, PARK_WORD, IDLE, rest);
      store(i32, PARK_WORD, 0);
    }
  }

  /** Sends, waiting for room. */
  send(to: number, bytes: Uint8Array): void {
    let sent = false;
    this.until(
      () => sent,
      () => {
        sent ||= this.transport.send(to, bytes);
        return sent;
      },
    );
  }

  /** Takes the next packet of a place. */
  next(from: number): Uint8Array {
    const index = () => this.got.findIndex((it) => it.from === from);
    this.until(() => index() >= 0);
    return this.got.splice(index(), 1)[0]!.bytes;
  }

  /** Waits until all `others` are here as well, by packets. */
  barrier(others: readonly number[] = this.others): void {
    for (const other of others) this.send(other, BARRIER);
    this.until(() => others.every((other) => this.#barriers[other]! > 0));
    for (const other of others) this.#barriers[other]!--;
  }

  sendRange(to: number, tag: number, address: number, bytes: number): Transfer {
    const transfer = new Transfer();
    this.transport.sendRange(to, tag, { address, bytes }, transfer.done);
    return transfer;
  }

  receiveOutside(from: number, tag: number, into: Uint8Array): Transfer {
    const transfer = new Transfer();
    this.transport.receiveRange(from, tag, into, transfer.done);
    return transfer;
  }

  receiveRange(from: number, tag: number, address: number, bytes: number): Transfer {
    const transfer = new Transfer();
    this.transport.receiveRange(from, tag, { address, bytes }, transfer.done);
    return transfer;
  }

  ended(...transfers: Transfer[]): void {
    this.until(() => transfers.every((it) => it.ended));
    for (const { error } of transfers) assert.equal(error, undefined);
  }

  /** Says something to all places besides the transport. */
  signal(name: string): void {
    writeFileSync(`${this.#folder}/${name}`, "");
  }

  hasSignal(name: string): boolean {
    return existsSync(`${this.#folder}/${name}`);
  }
}

/** A transfer of a range, and its end. */
export class Transfer {
  ended = false;
  error: Error | undefined;
  readonly done = (error?: Error): void => {
    assert.ok(!this.ended, "the end of a transfer is told once");
    this.ended = true;
    this.error = error;
  };
}
