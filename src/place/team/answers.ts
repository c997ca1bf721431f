/** How the results of collective operations get to who asked: long ones in the block of the heap in which they have come, or in that of the question. */
import { OutOfMemoryError, PlaceLostError } from "../../errors.ts";
import type { Station } from "../../sched/station.ts";
import { packedBytes, packLengths, packPartsInto } from "../protocol/message.ts";
import type { Reply } from "../requests.ts";

export class Answers {
  readonly #station: Station;
  /** Whether whoever carries data keeps memory when a place is lost. */
  readonly #isKept: boolean;
  /** Blocks for results that are on their way, by where their parts begin. */
  readonly #coming = new Map<number, number>();

  constructor(station: Station, isKept: boolean) {
    this.#station = station;
    this.#isKept = isKept;
  }

  /** Memory for parts of these lengths, in a block that can be an answer; outside of the heap if that is full, which the answer will say. */
  readonly room = (lengths: readonly number[]): Uint8Array => {
    const { values, mem } = this.#station;
    const head = packLengths(lengths);
    const bytes = lengths.reduce((sum, it) => sum + it, 0);
    try {
      const block = values.allocBlock(head.length + bytes);
      const { address } = values.rangeOf(block);
      mem.u8.set(head, address);
      this.#coming.set(address + head.length, block);
      return mem.u8.subarray(address + head.length, address + head.length + bytes);
    } catch (error) {
      if (!(error instanceof OutOfMemoryError)) throw error;
      return new Uint8Array(new ArrayBuffer(bytes));
    }
  };

  /** Answers. `given` are the parts of the question, which is freed. */
  give(reply: Reply, given: readonly Uint8Array[] | null, error: Error | null, result: readonly Uint8Array[] | null): void {
    const { heap } = this.#station;
    if (error !== null) {
      reply.failed(error);
      if (!(this.#isKept && error instanceof PlaceLostError)) heap.free(reply.question);
      return;
    }
    let block = 0;
    try {
      if (result !== null) block = this.#blockOf(reply.question, given, result);
    } catch (full) {
      heap.free(reply.question);
      return reply.failed(full);
    }
    if (block !== reply.question) heap.free(reply.question);
    reply.block(block);
  }

  #blockOf(question: number, given: readonly Uint8Array[] | null, result: readonly Uint8Array[]): number {
    const { values, mem } = this.#station;
    const first = result[0];
    if (first !== undefined && first.buffer === mem.buffer) {
      const come = this.#coming.get(first.byteOffset);
      if (come !== undefined) {
        this.#coming.delete(first.byteOffset);
        return come;
      }
      if (result.length === 1 && given?.length === 1 && given[0] === first) {
        const start = first.byteOffset - packedBytes([new Uint8Array(0)]);
        values.makeBlock(question, start, first.byteOffset + first.length);
        return question;
      }
    }
    const block = values.allocBlock(packedBytes(result));
    packPartsInto(values.viewBlock(block), result);
    return block;
  }
}
