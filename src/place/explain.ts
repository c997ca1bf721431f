/** Questions who waits for what, on their way between the main threads of places; see stuck.ts. */
import { InvariantError } from "../errors.ts";
import { Writer } from "../net/wire.ts";
import type { Station } from "../sched/station.ts";
import type { WireReport } from "../stuck/views.ts";
import type { Group } from "./group.ts";
import { sendNews, Topic } from "./messages.ts";
import { Record } from "./records.ts";
import type { Desk, Reply } from "./requests.ts";
import { AskTopic } from "./topics.ts";

const encoder = new TextEncoder();
const CLIENT = 0;

/** `wire`: what this thread has under way. */
export function mountExplain(group: Group, desk: Desk, station: Station, wire: () => WireReport): void {
  const asked = new Map<number, { readonly place: number; readonly reply: Reply }>();
  const asking = new Map<number, { readonly from: number; readonly number: number }>();
  let last = 0;
  const writer = new Writer();
  desk.on(AskTopic.WIRE, (_body, reply) => reply.done((it) => it.raw(encoder.encode(JSON.stringify(wire())))));
  desk.on(AskTopic.EXPLAIN, (body, reply) => {
    const place = body.u32();
    const what = body.u8();
    const loss = group.lossOf(place);
    if (loss !== undefined) return reply.failed(loss);
    last = (last + 1) >>> 0;
    asked.set(last, { place, reply });
    group.send(place, Record.EXPLAIN, writer.clear().u32(last).u8(what).bytes());
  });
  group.on(Record.EXPLAIN, { exactly: 5 }, (from, body) => {
    const number = body.u32();
    last = (last + 1) & 0x3fff_ffff;
    asking.set(last, { from, number });
    sendNews(station, CLIENT, Topic.EXPLAIN, (last << 1) | (body.u8() & 1));
  });
  desk.on(AskTopic.EXPLAINED, (body, reply) => {
    const index = body.u32();
    const it = asking.get(index);
    asking.delete(index);
    if (it === undefined) throw new InvariantError("an answer to a question that nobody has asked");
    group.send(it.from, Record.EXPLAINED, writer.clear().u32(it.number).raw(body.rest()).bytes());
    reply.done();
  });
  group.on(Record.EXPLAINED, { atLeast: 4 }, (_from, body) => {
    const number = body.u32();
    const text = body.rest().slice();
    asked.get(number)?.reply.done((it) => it.raw(text));
    asked.delete(number);
  });
  group.onLost((place, error) => {
    for (const [number, it] of asked) {
      if (it.place !== place) continue;
      asked.delete(number);
      it.reply.failed(error);
    }
  });
}
