/** The communication thread's side of batches: takes those that have stopped growing. See README.md, "Batches". */
import { Writer } from "../../net/wire.ts";
import type { Station } from "../../sched/station.ts";
import { MessageKind } from "../../shared/mailbox.ts";
import { BATCH_HEADER, Batch, countSoFar, take } from "./batch.ts";
import type { MemoryService } from "./service.ts";

interface Growing {
  readonly node: number;
  /** How many entries there were at the last look. */
  seen: number;
}

export class Batches {
  readonly #station: Station;
  readonly #service: MemoryService;
  readonly #writer = new Writer();
  #growing: Growing[] = [];

  constructor(station: Station, service: MemoryService) {
    this.#station = station;
    this.#service = service;
    station.receivers.set(MessageKind.BATCH, (node) => {
      this.#growing.push({ node, seen: 0 });
    });
  }

  /** How many have come and have not been taken. */
  get waiting(): number {
    return this.#growing.length;
  }

  /** Once in each round: takes those that are full or have not grown since the last round. True when there are any. */
  serve(): boolean {
    if (this.#growing.length === 0) return false;
    const { i32 } = this.#station.mem;
    this.#growing = this.#growing.filter((it) => {
      const count = countSoFar(i32, it.node);
      if (count !== it.seen && count < i32[(it.node >>> 2) + Batch.CAPACITY]!) {
        it.seen = count;
        return true;
      }
      this.#take(it.node);
      return false;
    });
    return true;
  }

  /** All of them, so that what comes after them by mail does not overtake them. */
  takeAll(): void {
    for (const { node } of this.#growing.splice(0)) this.#take(node);
  }

  #take(node: number): void {
    const { mem } = this.#station;
    const word = node >>> 2;
    const count = take(mem.i32, node);
    this.#service.many(mem.i32[word + Batch.PLACE]!, node + BATCH_HEADER, count, (failed) => {
      const indexes = failed instanceof Error ? Array.from({ length: count }, (_, i) => i) : [...failed.keys()];
      const errors = failed instanceof Error ? indexes.map(() => failed) : [...failed.values()];
      this.#answer(node, indexes, errors);
    });
  }

  /** In the block of the batch. */
  #answer(node: number, indexes: readonly number[], errors: readonly Error[]): void {
    const { mem, values } = this.#station;
    const word = node >>> 2;
    if (errors.length > 0) {
      const body = this.#writer.clear().u32(errors.length);
      for (const index of indexes) body.u32(index);
      mem.i32[word + Batch.FAILURES] = values.writeBlock(body.raw(this.#station.encodeErrors(errors)).bytes());
    }
    this.#station.sendTo(mem.i32[word + Batch.SLOT]!, node);
  }
}
