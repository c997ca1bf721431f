/**
 * Futures of other places, as the threads of this place see them: their shared part is a stand-in, which the communication thread
 * keeps. What they want of it they tell that thread. See ../place/README.md, "Futures".
 */
import { PromiseError } from "../errors.ts";
import type { Future } from "../sched/core.ts";
import { rareOf } from "../sched/more.ts";
import type { Entry } from "../sched/objects.ts";
import { State } from "../sched/state.ts";
import { onStation, type Station } from "../sched/station.ts";
import { compareExchange } from "../shared/atomics.ts";
import { Control } from "../shared/layout.ts";
import { Message, MessageKind } from "../shared/mailbox.ts";
import { MentionKind, type Mentions } from "../shared/mentions.ts";
import { Obj } from "../shared/object.ts";
import { resultOf } from "../shared/waiters.ts";
import { Far, FutureWord, isFar, markExported } from "./future-block.ts";
import { addAway, readOutcome } from "./outcome.ts";

/** What a thread tells the communication thread about a future. But for DEAD, the message holds the block. */
export const FarTopic = {
  /** A far one: its value is wanted. */
  ASK: 1,
  /** A far promise is to be settled, with the outcome in PAYLOAD and STATE. */
  PUT: 2,
  /** A far one is to be cancelled, for the reason in PAYLOAD. */
  CANCEL: 3,
  /** A far one that nobody here holds any more. */
  DEAD: 4,
  /** One of this place: its outcome now has the form for other places. */
  ENCODED: 5,
} as const;

/** Word offsets behind the header. NUMBER: what a put is called at this place. */
export const FarMessage = { TOPIC: 2, BLOCK: 3, PAYLOAD: 4, STATE: 5, NUMBER: 6 } as const;

/** Of this thread. */
let puts = 0;

function tell(station: Station, topic: number, block: number, payload = 0, state = 0): void {
  const { mem, heap } = station;
  const node = heap.alloc(32);
  const word = node >>> 2;
  mem.i32[word + Message.KIND] = MessageKind.FAR_FUTURE;
  mem.i32[word + FarMessage.TOPIC] = topic;
  mem.i32[word + FarMessage.BLOCK] = block;
  mem.i32[word + FarMessage.PAYLOAD] = payload;
  mem.i32[word + FarMessage.STATE] = state;
  mem.i32[word + FarMessage.NUMBER] = topic === FarTopic.PUT ? station.slot | (++puts << 8) : 0;
  station.sendTo(mem.i32[Control.COMMUNICATION]!, node);
}

function tellAndHold(station: Station, topic: number, block: number, payload = 0, state = 0): void {
  station.objects.lend(block);
  tell(station, topic, block, payload, state);
}

/** Notes a pending future in a message that leaves the place. Its position in the list. */
export function mentionFuture({ block }: Entry, { mem, objects }: Station, mentions: Mentions): number {
  const word = block >>> 2;
  markExported(mem.i32, block);
  objects.lend(block);
  if (!isFar(mem.i32, block)) return mentions.add(MentionKind.FUTURE, block, mem.i32[Control.PLACE]!, block);
  const nameAtHome = mem.i32[word + FutureWord.NAME_AT_HOME]! >>> 0;
  return mentions.add(MentionKind.FUTURE, block, mem.i32[word + FutureWord.HOME]!, nameAtHome);
}

/** The value is fetched when somebody in this thread wants it. */
export function askWhenWanted(future: Future<unknown>, entry: Entry): void {
  const { station, block } = entry;
  const rare = rareOf(future);
  const { look, awaited } = rare.remote!;
  const ask = (): void => {
    if (entry.block !== block) return;
    const word = (block >>> 2) + FutureWord.FAR;
    if (compareExchange(station.mem.i32, word, Far.YES, Far.ASKED) === Far.YES) tellAndHold(station, FarTopic.ASK, block);
  };
  rare.remote = {
    look(wanted) {
      look();
      if (wanted === true && future.state < State.DONE) ask();
    },
    awaited() {
      awaited();
      ask();
    },
  };
}

/** Settles a promise at its home. Whether another one was faster is known there alone, and told as a failure that nobody has looked at. */
export function putFar({ station, block }: Entry, state: number, value: unknown): void {
  const { objects, away, values } = station;
  const { message } = objects.lending(() => (state === State.DONE ? away.encode(value, "value") : away.encodeError(value)));
  tellAndHold(station, FarTopic.PUT, block, values.writeBlock(message), state);
}

export function cancelFar({ station, block }: Entry, error: unknown): void {
  const { objects, away, values } = station;
  const { message } = objects.lending(() => away.encodeError(error));
  tellAndHold(station, FarTopic.CANCEL, block, values.writeBlock(message), State.CANCELLED);
}

/** Nobody here holds a far future any more: the communication thread frees it. */
export const tellDead = (station: Station, block: number): void => tell(station, FarTopic.DEAD, block);

/** The message by which the communication thread, which cannot read values, asks for the outcome of a future in the form for other places. */
export function askForEncoding(station: Station, block: number, slot: number): void {
  const { mem, heap, objects } = station;
  const node = heap.alloc(16);
  mem.i32[(node >>> 2) + Message.KIND] = MessageKind.ENCODE;
  mem.i32[(node >>> 2) + 2] = block;
  objects.lend(block);
  station.sendTo(slot, node);
}

onStation((station) => {
  station.receivers.set(MessageKind.ENCODE, (node) => {
    const { mem, heap } = station;
    const block = mem.i32[(node >>> 2) + 2]! >>> 0;
    heap.free(node);
    const outcome = resultOf(mem.i32, (block >>> 2) + Obj.HEAD);
    const { state, value } = readOutcome(station, outcome);
    addAway(station, outcome, state, value);
    tell(station, FarTopic.ENCODED, block); // hands over what the message to this thread held
  });
});

export const settledBefore = (): PromiseError =>
  new PromiseError("This promise was put or failed before; a future is settled once.");
