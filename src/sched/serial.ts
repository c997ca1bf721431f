/**
 * The serial scheduler: every program's meaning, on one thread, in one order. No shared memory, no promotion: the private
 * deque is all there is. Tasks spawned outside begin in the order of their spawns, once the thread's stack is empty.
 */
import { StuckError } from "../errors.ts";
import { begin, type Future } from "./core.ts";
import type { SpawnOptions } from "./definition.ts";
import { compact, takeAside, takeOldest } from "./deque.ts";
import { setStuck } from "./join.ts";
import { nameOf } from "./more.ts";
import type { Port } from "./port.ts";
import type { Scope } from "./scope.ts";
import { State } from "./state.ts";
import { loopGoesOn, stepReady, suspended } from "./suspend.ts";
import { reportUnlessObserved } from "./unhandled.ts";

export class SerialPort implements Port {
  readonly #high: Future<unknown>[] = [];
  readonly #low: Future<unknown>[] = [];
  #scheduled = false;

  /** What waits in the queues of the other priorities. */
  get queued(): readonly Future<unknown>[] {
    return [...this.#high, ...this.#low];
  }

  constructor() {
    setStuck(explainStuck);
  }

  localWork(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#runAll();
    });
  }

  #runAll(): void {
    for (;;) {
      if (stepReady()) continue;
      const future = takeFrom(this.#high) ?? takeOldest() ?? takeAside() ?? takeFrom(this.#low);
      if (future === undefined) break;
      begin(future);
    }
    compact();
    if (this.#resting.length > 0) this.#lookWhetherAtRest();
  }

  readonly #resting: (() => void)[] = [];

  /** Resolves when nothing runs, nothing can, and no async task is under way. */
  whenAtRest(): Promise<void> {
    return new Promise((resolve) => {
      this.#resting.push(resolve);
      this.localWork();
    });
  }

  #lookWhetherAtRest(): void {
    if (!loopGoesOn()) for (const resolve of this.#resting.splice(0)) resolve();
  }

  divert(future: Future<unknown>, options: SpawnOptions): boolean {
    if (options.priority !== "high" && options.priority !== "low") return false;
    (options.priority === "high" ? this.#high : this.#low).push(future);
    this.localWork();
    return true;
  }

  unhandled(future: Future<unknown>): void {
    reportUnlessObserved(future);
  }

  feed(): void {}
  share(): void {}
  glance(): void {}
  tick(): number {
    return 0x3fff_ffff;
  }
  /** A stack waits, and nothing that descends from it can run: something else then, since no other thread will. */
  help(): boolean {
    const future = takeFrom(this.#high) ?? takeOldest() ?? takeFrom(this.#low);
    if (future === undefined) return false;
    begin(future);
    return true;
  }
  expectResult(): void {}
  cancelPromoted(): void {}
  cancelPromotedBelow(): void {}
  lookForCancellation(): void {}
}

/** The oldest of them that has neither been joined nor cancelled where it lay. */
function takeFrom(queue: Future<unknown>[]): Future<unknown> | undefined {
  for (;;) {
    const future = queue.shift();
    if (future === undefined || future.state === State.PRIVATE) return future;
  }
}

let chains = (): string => "";
/** Set by the layer that tells who waits for what. */
export function explainSerialWith(explain: typeof chains): void {
  chains = explain;
}

function explainStuck(awaited: Future<unknown> | Scope): Error {
  const what =
    "def" in awaited
      ? `the task ${nameOf(awaited)}`
      : `a finish scope with ${awaited.pending} ${awaited.pending === 1 ? "task that has" : "tasks that have"} not ended`;
  const waiting = [...suspended].map((future) => {
    const on = future.more?.rare.awaits;
    return `${nameOf(future)} waits for ${on == null ? "its event loop" : nameOf(on)}`;
  });
  return new StuckError(`Nothing can run, and a plain task waits for ${what}. ${waiting.join("; ")}${chains()}`);
}
