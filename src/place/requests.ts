/**
 * Asking the communication thread: a worker, or the main thread, sends a message with what it wants, gets a future, and goes on. The answer comes by
 * mail and settles it.
 */
import { BackPressureError, InvariantError, StoppedError } from "../errors.ts";
import { Reader, Writer } from "../net/wire.ts";
import { Future } from "../sched/core.ts";
import { NO_TASK } from "../sched/definition.ts";
import { moreOf, rareOf } from "../sched/more.ts";
import { announce, Park, retract, sleep } from "../sched/parking.ts";
import { RemoteWait } from "../sched/remote-wait.ts";
import type { Scope } from "../sched/scope.ts";
import { settle } from "../sched/settling.ts";
import { State } from "../sched/state.ts";
import { onStation, type Station } from "../sched/station.ts";
import { currentFrame } from "../sched/thread.ts";
import { type Asked, type RemoteAbout, tracer } from "../sched/tracing.ts";
import { load } from "../shared/atomics.ts";
import { Control, Slot, slotWord } from "../shared/layout.ts";
import { Message, MessageKind } from "../shared/mailbox.ts";
import { inOrder } from "./in-order.ts";
import { copyParts, lengthOf } from "./protocol/message.ts";
import { AskTopic, TRACED_AS } from "./topics.ts";

/** Word offsets behind the header. PAYLOAD is a block of `Values.writeBlock`, 0 for none. */
const Ask = { ID: 2, TOPIC: 3, SLOT: 4, PAYLOAD: 5 } as const;
const Answer = { ID: 2, FAILED: 3, PAYLOAD: 4 } as const;
const MESSAGE_BYTES = 24;

const NOTHING = new Uint8Array(0);
const EMPTY = new Reader();

/** What is asked: small things, then long data, which is written where it is read from, and copied once. */
export class QuestionWriter extends Writer {
  #behind: readonly Uint8Array[] = [];

  override clear(): this {
    this.#behind = [];
    return super.clear();
  }

  /** What comes behind all else. */
  behind(parts: readonly Uint8Array[]): this {
    this.#behind = parts;
    return this;
  }

  get total(): number {
    return this.length + lengthOf(this.#behind);
  }

  /** Writes everything into memory of this length. */
  writeTo(memory: Uint8Array): void {
    memory.set(this.bytes());
    copyParts(this.#behind, memory, this.length);
  }
}

const writer = new QuestionWriter();

// ---- who asks --------------------------------------------------------------------------------------------------------

const COLLECTIVE: ReadonlySet<number> = new Set([AskTopic.COLLECTIVE, AskTopic.SPLIT]);
/** Topics whose questions and answers are read where they lie. */
const IN_PLACE: ReadonlySet<number> = new Set([AskTopic.COLLECTIVE]);

/** Topics whose questions are numbered here on their way to other places, or decide an order. */
const IN_ORDER: ReadonlySet<number> = new Set([
  AskTopic.COPY,
  AskTopic.ATOMIC,
  AskTopic.UPDATE,
  AskTopic.ALLOCATE,
  AskTopic.FREE,
  AskTopic.LOCK,
  AskTopic.OBJECT,
]);

interface Question {
  readonly future: Future<unknown>;
  readonly read: (answer: Reader) => unknown;
  readonly ended: (isTaken: boolean, value: unknown) => void;
  /** What it holds beside its messages; -1 where that is not counted. */
  readonly bytes: number;
  readonly traced: Asked | null;
  /** Whether `read` looks at the answer where it lies, and keeps nothing of it. */
  readonly inPlace: boolean;
}

/** What the open questions of a thread may hold. One alone may hold more. */
const MOST_BYTES = 64 * 2 ** 20;
/** What a question holds beside its data: messages, its future, its part of packets. */
const QUESTION_BYTES = 256;
/** How long (ms) a thread that waits for room sleeps at most. */
const LOOK_MS = 100;

class Questions {
  readonly #station: Station;
  readonly #open = new Map<number, Question>();
  /** What is under way, and what it holds in memory, about. */
  #count = 0;
  #bytes = 0;
  #id: number;
  /** Called before each question. */
  readonly before: (() => void)[] = [];

  constructor(station: Station) {
    this.#station = station;
    this.#id = firstQuestion(station);
    station.receivers.set(MessageKind.ANSWER, (node) => this.#answered(node));
    station.onStopped.push((error) => {
      for (const { future } of this.#open.values()) settleInScope(future, State.FAILED, error);
    });
  }

  ask<T>(
    topic: number,
    name: string,
    write: (body: QuestionWriter) => void,
    read: (answer: Reader) => T,
    ended: Ended<T>,
    about: Partial<RemoteAbout>,
    waitFor: RemoteWait | null,
    scope: Scope | null,
    bytes: number,
  ): Future<T> {
    const station = this.#station;
    for (const hook of this.before) hook();
    if (bytes >= 0) this.takeRoom(bytes, name);
    const { mem, heap, values, slot } = station;
    const future = new Future<unknown>(State.PROMISED, NO_TASK, null, scope, undefined, undefined, undefined);
    const more = moreOf(future);
    more.port = station.port;
    more.options = { name };
    write(writer.clear());
    const length = writer.total;
    const payload = length === 0 ? 0 : values.allocBlock(length);
    if (payload !== 0) writer.writeTo(values.viewBlock(payload));
    writer.clear();
    const node = heap.alloc(MESSAGE_BYTES);
    const word = node >>> 2;
    const id = (this.#id = (this.#id + 1) | 0);
    mem.i32[word + Message.KIND] = MessageKind.ASK;
    mem.i32[word + Ask.ID] = id;
    mem.i32[word + Ask.TOPIC] = topic;
    mem.i32[word + Ask.SLOT] = slot;
    mem.i32[word + Ask.PAYLOAD] = payload;
    rareOf(future).of =
      waitFor === null ? new RemoteWait(COLLECTIVE.has(topic) ? "collective" : "operation", name, slot, id) : waitFor;
    const op = TRACED_AS[topic];
    const traced = tracer.on && op !== undefined ? tracer.asks(future, { op, bytes: length, team: 0, root: 0, ...about }) : null;
    this.#open.set(id, { future, read, ended: ended as Ended<unknown>, bytes, traced, inPlace: IN_PLACE.has(topic) });
    if (scope !== null) scope.pending++;
    station.sendTo(mem.i32[Control.COMMUNICATION]!, node);
    station.port.sent?.();
    return future as Future<T>;
  }

  /** An operation that holds so many bytes beside its messages begins: waits until there is room for it. */
  takeRoom(bytes: number, name: string): void {
    const held = QUESTION_BYTES + bytes;
    if (this.#bytes + held > MOST_BYTES) this.#makeRoom(held, name);
    this.#bytes += held;
    this.#count++;
  }

  /** So many operations, which held so many bytes, have ended. */
  giveRoom(bytes: number, count: number): void {
    this.#bytes -= count * QUESTION_BYTES + bytes;
    this.#count -= count;
  }

  /**
   * So much is under way that the caller has to wait for answers, which come whatever this thread does: nobody's code takes part. The main thread never
   * blocks, and is told.
   */
  #makeRoom(held: number, name: string): void {
    const { mem, slot, port } = this.#station;
    while (this.#bytes > 0 && this.#bytes + held > MOST_BYTES) {
      if (slot === 0) {
        throw new BackPressureError(
          `${name}: ${this.#count} operations of the main thread, with about ${Math.round(this.#bytes / 2 ** 20)} MiB, are under way. Await some before you begin more, or begin them in a task, which then waits by itself.`,
        );
      }
      port.glance();
      if (this.#bytes + held <= MOST_BYTES) return;
      announce(mem.i32, slot, Park.NESTED);
      if (this.#station.hasMail() || load(mem.i32, Control.STOP) !== 0) retract(mem.i32, slot);
      else sleep(mem.i32, slot, Park.NESTED, LOOK_MS);
      if (load(mem.i32, Control.STOP) !== 0) throw new StoppedError(`${name}: the runtime was stopped`);
    }
  }

  #answered(node: number): void {
    const { mem, heap, values } = this.#station;
    const word = node >>> 2;
    const id = mem.i32[word + Answer.ID]!;
    const failed = mem.i32[word + Answer.FAILED]! !== 0;
    const payload = mem.i32[word + Answer.PAYLOAD]! >>> 0;
    heap.free(node);
    const question = this.#open.get(id);
    this.#open.delete(id);
    if (question !== undefined && question.bytes >= 0) this.giveRoom(question.bytes, 1);
    let state: number = failed ? State.FAILED : State.DONE;
    let value: unknown;
    if (failed) [value] = this.#station.readErrors(payload);
    else {
      const inPlace = payload !== 0 && question?.inPlace === true;
      const answer = payload === 0 ? EMPTY : new Reader().open(inPlace ? values.viewBlock(payload) : values.readBlock(payload));
      try {
        if (question !== undefined) value = question.read(answer);
      } catch (error) {
        state = State.FAILED;
        value = error;
      } finally {
        if (inPlace) heap.free(payload);
      }
    }
    if (question === undefined) return; // a thread that died here had asked
    if (question.traced !== null) tracer.answered(question.traced);
    const isTaken = question.future.state < State.DONE; // else it was cancelled meanwhile
    settleInScope(question.future, state, value);
    question.ended(isTaken, state === State.DONE ? value : undefined);
  }
}

/** What the first question of this thread is called: answers to one that has died in its slot must not be taken for its own. */
export const firstQuestion = (station: Station): number => station.mem.i32[slotWord(station.slot) + Slot.GENERATION]! << 20;

/** A failure that nobody waits for is the scope's. */
export function settleInScope(future: Future<unknown>, state: number, value: unknown): void {
  if (future.state >= State.DONE) return; // it was cancelled, and has left its scope
  const unobserved = future.more?.observed !== true;
  settle(future, state, value);
  if (future.scope === null) return;
  if (state === State.FAILED && unobserved) future.scope.fail(value, future);
  future.scope.leave();
}

const questions = new WeakMap<Station, Questions>();
onStation((station) => questions.set(station, new Questions(station)));

/** Called in the asking thread before each question. */
export function onQuestion(station: Station, hook: () => void): void {
  questions.get(station)!.before.push(hook);
}

/** For operations that travel otherwise: see `askOneSided`. @throws BackPressureError `HEDDLE_BACK_PRESSURE` in the main thread. */
export const takeRoom = (station: Station, bytes: number, name: string): void => questions.get(station)!.takeRoom(bytes, name);
export const giveRoom = (station: Station, bytes: number, count: number): void => questions.get(station)!.giveRoom(bytes, count);

const nothing = (): void => {};

/** Told whether the future took the value, which is undefined after a failure. */
type Ended<T> = (isTaken: boolean, value: T | undefined) => void;

/**
 * Asks the communication thread of this place, which there is only when there are several. `write` says what, `read` reads the answer, in the calling
 * thread; `ended` is called when the answer has come, whatever it is and even if nobody waits any more. `about` is for traces, `waitFor` for whyStuck. Never blocks.
 */
export function ask<T>(
  station: Station,
  topic: number,
  name: string,
  write: (body: QuestionWriter) => void,
  read: (answer: Reader) => T,
  ended: Ended<T> = nothing,
  about: Partial<RemoteAbout> = {},
  waitFor: RemoteWait | null = null,
): Future<T> {
  return questions.get(station)!.ask(topic, name, write, read, ended, about, waitFor, null, -1);
}

/**
 * As `ask`, for one-sided operations, which are answered whatever the threads of this place and of others do. They belong to the finish scope that is open here: that ends
 * when the answer has come, or the future was cancelled. `held` is how much memory is taken up until then; when all that is under way is too much, a worker waits here.
 *
 * @throws BackPressureError `HEDDLE_BACK_PRESSURE` in the main thread, when that is too much.
 */
export function askOneSided<T>(
  held: number,
  ...[station, topic, name, write, read, ended = nothing, about = {}, waitFor = null]: Parameters<typeof ask<T>>
): Future<T> {
  return questions.get(station)!.ask(topic, name, write, read, ended, about, waitFor, currentFrame()?.scope ?? null, held);
}

// ---- who answers -----------------------------------------------------------------------------------------------------

/** To be called once, by one of its two ways. */
export interface Reply {
  done(write?: (answer: Writer) => void): void;
  failed(error: unknown): void;
  /** The answer is what lies in this block, or nothing for 0. */
  block(block: number): void;
  /** Where the question lies, of topics that are read in place: the handler's from now on; 0 for none. */
  readonly question: number;
}

/** `body` is valid only during the call. What it throws is the answer. `slot` and `id`: who asks, and what that thread calls the question. */
export type AskHandler = (body: Reader, reply: Reply, slot: number, id: number) => void;

/** The communication thread's end. */
export class Desk {
  readonly #station: Station;
  readonly #handlers = new Map<number, AskHandler>();
  #open = 0;

  constructor(station: Station) {
    this.#station = station;
    station.receivers.set(MessageKind.ASK, (node) => this.#asked(node));
  }

  /** How many have asked and wait. */
  get open(): number {
    return this.#open;
  }

  on(topic: number, handler: AskHandler): void {
    if (this.#handlers.has(topic)) throw new InvariantError(`topic ${topic} has a handler already`);
    this.#handlers.set(topic, handler);
  }

  #asked(node: number): void {
    const { mem, values } = this.#station;
    const word = node >>> 2;
    const topic = mem.i32[word + Ask.TOPIC]!;
    const payload = mem.i32[word + Ask.PAYLOAD]! >>> 0;
    const inPlace = payload !== 0 && IN_PLACE.has(topic);
    const body = new Reader().open(payload === 0 ? NOTHING : inPlace ? values.viewBlock(payload) : values.readBlock(payload));
    const reply = this.#replyTo(node, mem.i32[word + Ask.SLOT]!, mem.i32[word + Ask.ID]!, inPlace ? payload : 0);
    this.#open++;
    const slot = mem.i32[word + Ask.SLOT]!;
    const id = mem.i32[word + Ask.ID]!;
    const answer = (): void => {
      try {
        this.#handlers.get(topic)!(body, reply, slot, id);
      } catch (error) {
        reply.failed(error);
      }
    };
    if (IN_ORDER.has(topic)) inOrder("a thread asks", `${slot} ${id}`, answer);
    else answer();
  }

  /** The answer goes in the block of the question. */
  #replyTo(node: number, slot: number, id: number, question: number): Reply {
    const station = this.#station;
    let open = true;
    const write = (bytes: Uint8Array): number => (bytes.length === 0 ? 0 : station.values.writeBlock(bytes));
    const send = (failed: number, block: number): void => {
      if (!open) return;
      open = false;
      this.#open--;
      const word = node >>> 2;
      station.mem.i32[word + Message.KIND] = MessageKind.ANSWER;
      station.mem.i32[word + Answer.ID] = id;
      station.mem.i32[word + Answer.FAILED] = failed;
      station.mem.i32[word + Answer.PAYLOAD] = block;
      station.sendTo(slot, node);
    };
    const failed = (error: unknown): void => {
      if (open) send(1, write(station.encodeErrors([error])));
    };
    return {
      question,
      failed,
      block: (block) => send(0, block),
      done(tell) {
        tell?.(writer.clear());
        if (!open) return;
        let block = 0;
        try {
          if (tell !== undefined) block = write(writer.bytes());
        } catch (error) {
          return failed(error);
        }
        send(0, block);
      },
    };
  }
}

const desks = new WeakMap<Station, Desk>();

/** The desk of the main thread, which answers where there is no communication thread. */
export function deskOf(station: Station): Desk {
  let desk = desks.get(station);
  if (desk === undefined) desks.set(station, (desk = new Desk(station)));
  return desk;
}

/** Calls `serve` for each place that is the only one: without a communication thread its mail goes to slot 0. */
export function onAlone(serve: (station: Station, desk: Desk) => void): void {
  onStation((station) => {
    if (station.slot === 0 && station.mem.i32[Control.COMMUNICATION] === 0) serve(station, deskOf(station));
  });
}
