/** What the threads of a place ask its communication thread to do with the memory of others. */
import type { Station } from "../../sched/station.ts";
import { Record } from "../records.ts";
import type { Desk, Reply } from "../requests.ts";
import { AskTopic } from "../topics.ts";
import { readArea, writeArea } from "./area.ts";
import { operationOf } from "./atomic.ts";
import type { Channel } from "./channel.ts";
import { readEnd, readValue, writeValue } from "./ends.ts";
import { type Ended, MemoryService } from "./service.ts";

const tell = (reply: Reply): Ended => (error) => (error === null ? reply.done() : reply.failed(error)); // biome-ignore format: one line

export function mountMemory(group: Channel, desk: Desk, { mem, heap }: Station): MemoryService {
  const service = new MemoryService(group, mem, heap, Record.MEMORY);
  desk.on(AskTopic.COPY, (body, reply) => {
    const bytes = body.f64();
    const source = readEnd(body);
    service.copy(source, readEnd(body), bytes, tell(reply));
  });
  desk.on(AskTopic.ATOMIC, (body, reply) => {
    const place = body.u32();
    const area = readArea(body);
    const kind = body.u32();
    const operation = operationOf(body.u32(), kind);
    const operand = readValue(body, kind);
    service.atomic(place, area, kind, operation, operand, readValue(body, kind), (error, value) => {
      if (error !== null) reply.failed(error);
      else if (operation === "store") reply.done();
      else reply.done((answer) => writeValue(answer, kind, value!));
    });
  });
  desk.on(AskTopic.UPDATE, (body, reply) => {
    const place = body.u32();
    const area = readArea(body);
    const kind = body.u32();
    const operation = operationOf(body.u32(), kind);
    const indexes = new Uint32Array(body.blob().slice().buffer);
    service.update(place, area, kind, operation, indexes, body.blob(), tell(reply));
  });
  desk.on(AskTopic.ALLOCATE, (body, reply) => {
    const place = body.u32();
    service.allocate(place, body.f64(), (error, area) => {
      if (error !== null) reply.failed(error);
      else reply.done((answer) => writeArea(answer, area!));
    });
  });
  desk.on(AskTopic.FREE, (body, reply) => {
    const place = body.u32();
    service.free(place, readArea(body), tell(reply));
  });
  return service;
}
