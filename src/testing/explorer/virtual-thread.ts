import type { MessagePort } from "node:worker_threads";
import type { SharedMemory } from "../../shared/memory.ts";
import { passBaton, takeBaton } from "./baton.ts";
import { timerOf, writesByOthers } from "./candidates.ts";
import { type Control, Table, ThreadState, Word } from "./control.ts";
import { chooseNext } from "./dispatch.ts";
import { type Failure, failureFrom, type Message } from "./messages.ts";
import { placeOfCaller } from "./place.ts";
import { threadName } from "./schedule.ts";
import type { Strategy } from "./strategies/strategy.ts";
import { discharge, enlist, entriesOf, isNotified, wake, wordOf } from "./waiters.ts";

export type Woken = "ok" | "timed-out";

interface Surroundings {
  readonly control: Control;
  readonly strategy: Strategy;
  readonly memory: SharedMemory;
  readonly index: number;
  readonly port: MessagePort;
  readonly nameOf: (word: number) => string;
}

/** The virtual thread of this worker: undefined in the conductor, whose operations are not scheduled. */
export let virtualThread: VirtualThread | undefined;

/** Only the worker that is this virtual thread may call its methods, and only while it holds the baton. */
export class VirtualThread {
  readonly memory: SharedMemory;
  readonly recording: boolean;
  readonly #at: Surroundings;
  /** Granted a step that no operation has used yet. */
  #granted = false;
  readonly #promises = new Map<number, (woken: Woken) => void>();

  constructor(surroundings: Surroundings) {
    this.#at = surroundings;
    this.memory = surroundings.memory;
    this.recording = surroundings.control.words[Word.RECORD] === 1;
    virtualThread = this;
  }

  /** Blocks until this thread is chosen for the first time in an execution. */
  start(): void {
    takeBaton(this.#at.control, this.#at.index);
    this.#promises.clear();
    this.#granted = true;
  }

  /** Each atomic operation begins here: returns when it is this thread's turn to perform it. */
  step(): void {
    if (this.#granted) this.#granted = false;
    else this.#yieldBaton();
  }

  wrote(): void {
    const { words } = this.#at.control;
    words[Word.WRITES]!++;
    words[Table.OWN_WRITES + this.#at.index]!++;
  }

  pause(): void {
    const { words } = this.#at.control;
    this.#granted = false;
    words[Table.PAUSED + this.#at.index] = words[Word.STEP]!;
    this.#yieldBaton();
    if (this.recording) this.record("pause()");
  }

  sleep(word: number, timed: boolean): Woken {
    const { control, index } = this.#at;
    const entry = enlist(control, index, word, timed);
    control.words[Table.STATE + index] = ThreadState.BLOCKED;
    control.words[Table.WAITER + index] = entry;
    this.#yieldBaton();
    control.words[Table.STATE + index] = ThreadState.RUNNABLE;
    return this.#release(entry);
  }

  sleepAsync(word: number, timed: boolean): Promise<Woken> {
    const entry = enlist(this.#at.control, this.#at.index, word, timed);
    return new Promise((resolve) => this.#promises.set(entry, resolve));
  }

  wake(word: number, count: number): number {
    return wake(this.#at.control, word, count);
  }

  /** The event loop has nothing left to do: gives way until one of the asynchronous waits ends, and resolves its promise. */
  turn(): void {
    const { control, index } = this.#at;
    if (this.#promises.size === 0) {
      this.fail(new Error("an async thread awaits something that no waitAsync of the facade can bring about"));
    }
    control.words[Table.STATE + index] = ThreadState.TURNING;
    this.#granted = false;
    this.#yieldBaton();
    const notified = entriesOf(control, index).filter((entry) => isNotified(control, entry));
    const ended = notified.length > 0 ? notified : [timerOf(control, index)];
    control.words[Table.STATE + index] = ThreadState.RUNNABLE;
    for (const entry of ended) {
      const resolve = this.#promises.get(entry);
      this.#promises.delete(entry);
      const name = this.#at.nameOf(wordOf(control, entry));
      const woken = this.#release(entry);
      if (this.recording) this.record(`waitAsync(${name}) = ${woken}`);
      resolve?.(woken);
    }
  }

  /** Ends this thread's part of the execution. */
  finish(): void {
    const { control, index } = this.#at;
    control.words[Table.STATE + index] = ThreadState.DONE;
    passBaton(control, this.#choose());
  }

  fail(thrown: unknown): never {
    return this.#stop(failureFrom("error", `thread ${threadName(this.#at.index)} threw`, thrown));
  }

  record(text: string): void {
    const { control, index } = this.#at;
    this.#post({
      type: "trace",
      order: control.words[Word.RECORDED]!++,
      step: control.words[Word.STEP]!,
      thread: index,
      text,
      place: placeOfCaller(),
    });
  }

  nameOf(word: number): string {
    return this.#at.nameOf(word);
  }

  #release(entry: number): Woken {
    const { control, index } = this.#at;
    const notified = isNotified(control, entry);
    discharge(control, entry);
    if (notified) return "ok";
    control.words[Word.TIMEOUTS_FIRED]!++;
    control.words[Table.TIMED_OUT_AT + index] = writesByOthers(control.words, index);
    return "timed-out";
  }

  #yieldBaton(): void {
    const { control, index } = this.#at;
    const next = this.#choose();
    if (next === index) return;
    passBaton(control, next);
    takeBaton(control, index);
  }

  #choose(): number {
    const { control, strategy } = this.#at;
    const next = chooseNext(control, strategy);
    switch (next) {
      case "deadlock":
        return this.#stop({ kind: next, message: `nobody can go on: ${this.#sleepers()}` });
      case "livelock":
        return this.#stop({ kind: next, message: `no end after ${control.words[Word.STEP]} steps` });
      case "mismatch":
        return this.#stop({ kind: next, message: `the schedule does not fit the program at step ${control.words[Word.STEP]}` });
      default:
        return next;
    }
  }

  #sleepers(): string {
    const { control, nameOf } = this.#at;
    const threads = Array.from({ length: control.words[Word.THREADS]! }, (_, thread) => thread);
    return threads
      .filter((thread) => control.words[Table.STATE + thread] !== ThreadState.DONE)
      .map((thread) => {
        const places = entriesOf(control, thread).map((entry) => nameOf(wordOf(control, entry)));
        return `${threadName(thread)} waits on ${places.join(" and ")}`;
      })
      .join(", ");
  }

  #post(message: Message): void {
    this.#at.port.postMessage(message);
  }

  /** Nobody gets the baton any more; the main thread ends the workers. */
  #stop(failure: Failure): never {
    this.#post({ type: "stopped", failure });
    for (;;) Atomics.wait(this.#at.control.words, Word.HALT, 0);
  }
}
