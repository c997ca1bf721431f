/** Asking the threads of a runtime what they do. See README.md for the message, and for threads that do not take their mail. */
import type { Client } from "../sched/client.ts";
import type { Port } from "../sched/port.ts";
import { onStation, type Station } from "../sched/station.ts";
import type { Team } from "../sched/team.ts";
import { load } from "../shared/atomics.ts";
import { Slot, slotWord } from "../shared/layout.ts";
import { Message, MessageKind } from "../shared/mailbox.ts";
import { collect } from "./collect.ts";
import type { ThreadReport } from "./report.ts";

/** Word offsets behind the header of the message. */
const Explain = { QUESTION: 2, ANSWER: 3 } as const;
const MESSAGE_BYTES = 16;

/** How long (ms) a thread may take to answer by mail, and how long when it is interrupted. */
const BY_MAIL_MS = 250;
const INTERRUPTED_MS = 1000;

const HOOK = "heddle.report";

interface Question {
  readonly answered: (slot: number, report: ThreadReport | null) => void;
}
const questions = new Map<number, Question>();
let lastQuestion = 0;

onStation((station) => {
  const isClient = station.slot === 0;
  station.receivers.set(MessageKind.EXPLAIN, (node) => (isClient ? receiveAnswer(station, node) : answer(station, node)));
  if (isClient) return;
  const interrupted = (): string => JSON.stringify(collect({ station, port: station.port, interrupted: true }));
  Object.defineProperty(globalThis, Symbol.for(HOOK), { value: interrupted, configurable: true });
});

function answer(station: Station, node: number): void {
  const word = node >>> 2;
  const { i32 } = station.mem;
  try {
    const report = JSON.stringify(collect({ station, port: station.port, interrupted: false }));
    i32[word + Explain.ANSWER] = station.values.writeBlock(new TextEncoder().encode(report));
  } catch {
    i32[word + Explain.ANSWER] = 0; // the heap is full
  }
  station.sendTo(0, node);
}

function receiveAnswer(station: Station, node: number): void {
  const { i32 } = station.mem;
  const word = node >>> 2;
  const question = questions.get(i32[word + Explain.QUESTION]! >>> 8);
  const slot = i32[word + Explain.QUESTION]! & 0xff;
  const block = i32[word + Explain.ANSWER]! >>> 0;
  station.heap.free(node);
  if (block === 0) return question?.answered(slot, null);
  const text = new TextDecoder().decode(station.values.readBlock(block));
  question?.answered(slot, JSON.parse(text) as ThreadReport);
}

/** What the workers say, by slot; null for one that cannot be asked. Takes no longer than `BY_MAIL_MS` if all of them can take mail. */
export async function askWorkers(client: Client, team: Team, slots: number): Promise<(ThreadReport | null)[]> {
  const reports: (ThreadReport | null)[] = new Array(slots).fill(null);
  if (client.isStopped) return reports;
  await byMail(client, slots, reports);
  for (let slot = 1; slot < slots; slot++) {
    if (reports[slot] !== null) continue;
    const text = await team.evaluate(slot, `globalThis[Symbol.for("${HOOK}")]?.()`, INTERRUPTED_MS);
    if (text !== undefined) reports[slot] = JSON.parse(text) as ThreadReport;
  }
  return reports;
}

function byMail(client: Client, slots: number, reports: (ThreadReport | null)[]): Promise<void> {
  const { station } = client;
  const { i32 } = station.mem;
  const id = (lastQuestion = (lastQuestion + 1) & 0x7f_ffff);
  return new Promise<void>((resolve) => {
    let left = 0;
    const end = (): void => {
      if (!questions.delete(id)) return;
      clearTimeout(timer);
      client.unwantMail();
      resolve();
    };
    const timer = setTimeout(end, BY_MAIL_MS);
    questions.set(id, {
      answered(slot, report) {
        reports[slot] = report;
        if (--left === 0) end();
      },
    });
    client.wantMail();
    for (let slot = 1; slot < slots; slot++) {
      if (load(i32, slotWord(slot) + Slot.STARTED) === 0) continue;
      left++;
      const node = station.heap.alloc(MESSAGE_BYTES);
      i32[(node >>> 2) + Message.KIND] = MessageKind.EXPLAIN;
      i32[(node >>> 2) + Explain.QUESTION] = (id << 8) | slot;
      i32[(node >>> 2) + Explain.ANSWER] = 0;
      station.sendTo(slot, node);
    }
    if (left === 0) end();
  });
}

/** The report of the thread that started the runtime, or of the serial scheduler's. */
export const reportHere = (station: Station | null, port: Port | null, interrupted = false): ThreadReport =>
  collect({ station, port, interrupted });
