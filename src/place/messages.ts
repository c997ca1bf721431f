/** Messages between the communication thread and the main thread of its place: 16 bytes, MessageKind.PLACE. */
import type { Station } from "../sched/station.ts";
import { Message, MessageKind } from "../shared/mailbox.ts";

/** Word offsets behind the header. */
const News = { TOPIC: 2, DETAIL: 3 } as const;

export const Topic = {
  /** Main thread: `main` has ended. */
  MAIN_ENDED: 1,
  /** Communication thread: has everything ended in this place? DETAIL is to be returned with the answer. */
  IS_QUIET: 2,
  /** Main thread: yes. */
  QUIET: 3,
  /** Communication thread: everything has ended everywhere, and the connection is closed. */
  ALL_ENDED: 4,
  /** Communication thread: place DETAIL is lost. */
  LOST: 5,
  /** Main thread: the whole job is to end at once, with exit code DETAIL. */
  ABORT: 6,
  /** Communication thread: another place asks who waits for what; see stuck.ts. */
  EXPLAIN: 7,
} as const;

export function sendNews(station: Station, to: number, topic: number, detail = 0): void {
  const { mem, heap } = station;
  const node = heap.alloc(16);
  const word = node >>> 2;
  mem.i32[word + Message.KIND] = MessageKind.PLACE;
  mem.i32[word + News.TOPIC] = topic;
  mem.i32[word + News.DETAIL] = detail;
  station.sendTo(to, node);
}

export function onNews(station: Station, hear: (topic: number, detail: number) => void): void {
  station.receivers.set(MessageKind.PLACE, (node) => {
    const { mem, heap } = station;
    const topic = mem.i32[(node >>> 2) + News.TOPIC]!;
    const detail = mem.i32[(node >>> 2) + News.DETAIL]!;
    heap.free(node);
    hear(topic, detail);
  });
}
