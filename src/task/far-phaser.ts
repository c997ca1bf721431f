/** What threads tell the communication thread of their place about phasers that other places know. See ../place/README.md, "Phasers". */
import type { Station } from "../sched/station.ts";
import { Control } from "../shared/layout.ts";
import { Message, MessageKind } from "../shared/mailbox.ts";
import { Obj, retain } from "../shared/object.ts";

/** Word offsets behind the header of a message. */
export const PhaserNews = { BLOCK: 2, TOPIC: 3 } as const;

export const FarNews = {
  /** All members of this place seem to have signalled, or it is broken. */
  LOOK: 0,
  /** The action at the end of a phase has run. */
  ACTED: 1,
} as const;

/**
 * What the spawner of a task and the communication thread share about a membership that travels: 16 bytes, which the spawner frees when the task has ended. Once it is SENT the record that stands in for the
 * member belongs to the communication thread.
 */
export const Ticket = { STATE: 0, SENT: 1, BYTES: 16 } as const;

export function tellAboutPhaser(station: Station, block: number, topic: number): void {
  const { mem, heap } = station;
  const node = heap.alloc(16);
  const word = node >>> 2;
  mem.i32[word + Message.KIND] = MessageKind.PHASER;
  mem.i32[word + PhaserNews.BLOCK] = block;
  mem.i32[word + PhaserNews.TOPIC] = topic;
  retain(mem.i32, block);
  station.sendTo(mem.i32[Control.COMMUNICATION]!, node);
}

/** What a phaser of this place is called at other places. */
export const numberOf = ({ mem }: Station, block: number): number => mem.f64[((block >>> 2) + Obj.ID) >>> 1]! % 2 ** 32;
