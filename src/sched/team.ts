/** The threads of one runtime: starting them, noticing their deaths, putting right what a dead one held. */
import { PlaceMismatchError, TransportError, WorkerLostError } from "../errors.ts";
import { getPlatform, type Thread } from "../platform/platform.ts";
import { compareExchange, exchange, load, store, sub } from "../shared/atomics.ts";
import { Cell, CellFlag, CellState, cellWord, firstCell, Outcome, ownerOf } from "../shared/cell.ts";
import { CELL_BYTES, CELLS_PER_SLOT, Control, RINGS, Ring, ringWord, Slot, slotWord } from "../shared/layout.ts";
import type { SharedMemory } from "../shared/memory.ts";
import { discharge } from "./duties.ts";
import { tell } from "./events.ts";
import { Hunger } from "./hunger.ts";
import { leaveSpinner, Park, wake } from "./parking.ts";
import { EMPTY, RETRY, RingThief } from "./ring.ts";
import type { Station } from "./station.ts";

/** Threads that die this often in a row before they are ready are not started again. */
const MOST_FALSE_STARTS = 3;
/** How long (ms) a thread may take to end by itself when the runtime stops. */
const GRACE_MS = 1000;

export class Team {
  readonly #station: Station;
  readonly #mem: SharedMemory;
  readonly #slots: number;
  readonly #runtime: string;
  readonly #trace: SharedArrayBuffer | null;
  readonly #threads: (Thread | undefined)[] = [];
  readonly #exits: Promise<void>[] = [];
  readonly #onHopeless: (error: Error) => void;
  readonly #communication: unknown;
  #stopping = false;
  /** How many threads have died before their time. */
  lost = 0;
  #falseStarts = 0;
  readonly ready: Promise<void>;

  /** With `communication` the thread in the last slot is the communication thread, and is given that. */
  constructor(
    station: Station,
    slots: number,
    runtime: string,
    onHopeless: (error: Error) => void,
    communication?: unknown,
    trace: SharedArrayBuffer | null = null,
  ) {
    this.#station = station;
    this.#mem = station.mem;
    this.#slots = slots;
    this.#runtime = runtime;
    this.#trace = trace;
    this.#onHopeless = onHopeless;
    this.#communication = communication;
    station.heap.recoverFromEnded((slot) => this.#threads[slot]?.hasEnded() === true);
    this.ready = Promise.all(Array.from({ length: slots - 1 }, (_, i) => this.#start(i + 1))).then(() => undefined);
  }

  /** Resolves when the thread is ready; if it dies before, the one that replaces it settles the matter. */
  #start(slot: number): Promise<void> {
    return new Promise((resolve, reject) => {
      let ready = false;
      let exited: () => void;
      this.#exits[slot] = new Promise((done) => {
        exited = done;
      });
      const communication = this.#communication !== undefined && slot === this.#slots - 1;
      const start = {
        memory: this.#mem.memory,
        slot,
        slots: this.#slots,
        runtime: this.#runtime,
        ...(communication ? { communication: this.#communication } : {}),
        ...(this.#trace !== null ? { trace: this.#trace } : {}),
      };
      this.#threads[slot] = getPlatform().startThread(start, {
        onReady: () => {
          ready = true;
          tell("workerStart", () => ({ worker: slot, runtime: this.#runtime }));
          this.#falseStarts = 0;
          resolve();
        },
        onExit: (error) => {
          exited();
          if (this.#stopping) {
            this.#station.heap.recover(slot); // who has stopped a runtime may still use its heap
            return resolve();
          }
          if (communication) {
            const hopeless = endOfCommunication(error);
            this.#onHopeless(hopeless);
            return reject(hopeless);
          }
          this.#bury(slot, error);
          this.lost++;
          tell("workerLost", () => ({ worker: slot, runtime: this.#runtime, error }));
          if (!ready && ++this.#falseStarts >= MOST_FALSE_STARTS) {
            const hopeless = new WorkerLostError(`Worker threads do not start: ${messageOf(error)}`, { cause: error });
            this.#onHopeless(hopeless);
            return reject(hopeless);
          }
          this.#start(slot).then(resolve, reject);
        },
      });
    });
  }

  /** What an expression gives in the midst of what a thread does; see Thread. */
  async evaluate(slot: number, expression: string, limit: number): Promise<string | undefined> {
    return this.#threads[slot]?.evaluate?.(expression, limit);
  }

  /** A thread has died. Its slot is made as good as new, and every task that it held fails. */
  #bury(slot: number, cause: unknown): void {
    const { i32 } = this.#mem;
    const block = slotWord(slot);
    this.#station.heap.recover(slot);
    if (exchange(i32, block + Slot.HUNGRY, Hunger.NONE) !== Hunger.NONE) sub(i32, Control.HUNGRY, 1);
    leaveSpinner(i32, slot); // what was made meanwhile, its successor finds
    store(i32, block + Slot.PARK, Park.AWAKE);
    i32[block + Slot.GENERATION]!++;
    store(i32, block + Slot.LOOP, 0);
    store(i32, block + Slot.STARTED, 0);
    compareExchange(i32, Control.GIVING_UP, slot, 0);
    const error = new WorkerLostError(
      `Worker ${slot} died while it held this task${cause === undefined ? ": process.exit was called, or the thread was terminated" : `: ${messageOf(cause)}`}`,
      { cause },
    );
    discharge(this.#station, slot, error);
    this.#emptyRings(slot);
    for (let owner = 0; owner < this.#slots; owner++) {
      const first = firstCell(this.#station.map, owner);
      for (let i = 0; i < CELLS_PER_SLOT; i++) this.#failIfHeld(first + i * CELL_BYTES, slot, error);
    }
    // It may have published something and not come to waking anybody for it.
    for (let other = 0; other < this.#slots; other++) wake(i32, other);
  }

  /** What the dead thread had promised to others and nobody took: nobody waits for it any more. */
  #emptyRings(slot: number): void {
    for (let ring = 0; ring < RINGS; ring++) {
      const thief = new RingThief(this.#mem.i32, ringWord(slot, ring));
      for (;;) {
        const cell = thief.steal(() => true);
        if (cell === EMPTY) break;
        if (cell === RETRY) continue;
        this.#station.values.discard(cell);
        store(this.#mem.i32, cellWord(cell) + Cell.STATE, CellState.FREE);
      }
      // It may have died between the two stores of a pop, which leave BOTTOM below TOP for that moment.
      const word = ringWord(slot, ring);
      store(this.#mem.i32, word + Ring.BOTTOM, load(this.#mem.i32, word + Ring.TOP));
    }
  }

  #failIfHeld(cell: number, dead: number, error: Error): void {
    const { i32 } = this.#mem;
    const word = cellWord(cell);
    const state = load(i32, word + Cell.STATE);
    if (i32[word + Cell.THIEF] !== dead) return;
    if (state === CellState.READY) return this.#station.sendTo(dead, cell);
    if (state === CellState.CANCELLED) return this.#station.sendTo(ownerOf(this.#station.map, cell), cell);
    if (state === CellState.RUNNING) {
      const kind = this.#station.values.writeError(cell, error);
      i32[word + Cell.FLAGS] =
        kind | (Outcome.ERROR << CellFlag.OUTCOME_SHIFT) | (i32[word + Cell.FLAGS]! & (CellFlag.BEGUN | CellFlag.AWAY));
      store(i32, word + Cell.STATE, CellState.ENDED);
      this.#station.sendTo(ownerOf(this.#station.map, cell), cell);
    } else if (state === CellState.RESULT || state === CellState.RECEIVED) {
      i32[word + Cell.FAILURES] = this.#station.values.writeFailures(cell, [error]);
      if (compareExchange(i32, word + Cell.STATE, CellState.RESULT, CellState.ENDED) === CellState.RESULT) return;
      store(i32, word + Cell.STATE, CellState.ENDED);
      this.#station.sendTo(ownerOf(this.#station.map, cell), cell);
    }
  }

  /** Ends all threads: those that run a body when its time is up, wherever they are. */
  async stop(): Promise<void> {
    this.#stopping = true;
    store(this.#mem.i32, Control.STOP, 1);
    for (let slot = 1; slot < this.#slots; slot++) wake(this.#mem.i32, slot);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const grace = new Promise<"late">((resolve) => {
      timer = setTimeout(resolve, GRACE_MS, "late");
    });
    const all = Promise.all(this.#exits.slice(1));
    if ((await Promise.race([all, grace])) === "late") await Promise.all(this.#threads.map((thread) => thread?.terminate()));
    clearTimeout(timer);
  }
}

/** Errors lose their class on the way out of a dying thread. */
function endOfCommunication(error: unknown): Error {
  const code = (error as { code?: unknown } | undefined)?.code;
  if (code === "HEDDLE_PLACE_MISMATCH") return new PlaceMismatchError(messageOf(error));
  if (code === "HEDDLE_TRANSPORT") {
    const { cause } = error as Error;
    return new TransportError(messageOf(error), cause === undefined ? {} : { cause });
  }
  return new TransportError(`The communication thread of this place ended${error === undefined ? "" : `: ${messageOf(error)}`}`, {
    cause: error,
  });
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
