/** What a transport takes, as its communication thread sees it, between places 0 and 1. */
import { Inbox } from "../../src/net/inbox.ts";
import { Outbox } from "../../src/net/outbox.ts";
import type { Receiver, Transport } from "../../src/net/transport.ts";
import type { SharedMemory } from "../../src/shared/memory.ts";
import { type Figures, MEBIBYTE, roundsOf, WINDOW } from "./figures.ts";

const BEGIN = MEBIBYTE;
/** Room for WINDOW ranges of 16 MiB, and what lies before. */
export const MEMORY_BYTES = BEGIN + WINDOW * 16 * MEBIBYTE;
const RECORD = 1;

export function measure(transport: Transport, memory: SharedMemory, rounds: number): Figures {
  const { place } = transport;
  const other = 1 - place;
  const { warm, mebibytes, sixteens, records } = roundsOf(rounds);
  let got = 0;
  let receiver: Receiver = { packet: () => void got++, lost: fail };
  memory.u8.fill(1, BEGIN);

  function until(condition: () => boolean): void {
    while (!condition()) transport.poll(receiver);
  }

  function send(packet: Uint8Array): void {
    while (!transport.send(other, packet)) transport.poll(receiver);
  }

  function roundTrip(length: number): number {
    const packet = new Uint8Array(length);
    got = 0;
    let began = 0;
    for (let i = 0; i < warm + rounds; i++) {
      if (i === warm) began = performance.now();
      if (place === 0) send(packet);
      until(() => got > i);
      if (place === 1) send(packet);
    }
    return ((performance.now() - began) / rounds) * 1000;
  }

  function bandwidth(bytes: number, count: number): number {
    let began = 0;
    const underWay = new Array<boolean>(WINDOW).fill(false);
    for (let i = -WINDOW; i < count * WINDOW; i++) {
      const k = (i + WINDOW) % WINDOW;
      until(() => !underWay[k]);
      if (i === 0) began = performance.now();
      underWay[k] = true;
      const range = { address: BEGIN + k * bytes, bytes };
      const done = (): void => void (underWay[k] = false);
      if (place === 0) transport.sendRange(other, k, range, done);
      else transport.receiveRange(other, k, range, done);
    }
    until(() => !underWay.includes(true));
    return (WINDOW * bytes * count) / (performance.now() - began) / 1e6;
  }

  /** Records of 8 bytes from place 0 to place 1, through outbox and inbox, many in a packet. */
  function recordsPerMicrosecond(): number {
    const blocks = { alloc: fail, free: fail };
    const outbox = new Outbox(transport, memory, blocks);
    const inbox = new Inbox(transport, memory, blocks, { refused: (_from, error) => fail(error), lost: fail });
    let handled = 0;
    let total = 0;
    inbox.on(RECORD, { exactly: 8 }, (_from, body) => {
      total += body.f64();
      handled++;
    });
    receiver = inbox;
    const body = new Uint8Array(8);
    const began = performance.now();
    if (place === 0) {
      for (let i = 0; i < records; i++) {
        outbox.send(1, RECORD, body);
        if ((i & 255) === 255) inbox.poll();
        while (outbox.backlog(1) > 4 * transport.packetBytes) {
          outbox.flush();
          inbox.poll();
        }
      }
      while (outbox.backlog(1) > 0) {
        outbox.flush();
        inbox.poll();
      }
      until(() => handled === 1);
    } else {
      until(() => handled === records);
      outbox.send(0, RECORD, body);
      outbox.flush();
    }
    return total + records / (performance.now() - began) / 1000;
  }

  return {
    roundTrip8: roundTrip(8),
    roundTrip1024: roundTrip(1024),
    bandwidth1M: bandwidth(MEBIBYTE, mebibytes),
    bandwidth16M: bandwidth(16 * MEBIBYTE, sixteens),
    records8: recordsPerMicrosecond(),
  };
}

function fail(cause?: unknown): never {
  throw new Error("the transport does what this benchmark does not expect", { cause });
}
