/**
 * The gates that a program's awaits and timers pass while it is recorded or replayed: the order in which strands of code go on is a decision
 * of the event loop. See README.md, "How it is followed".
 */
import { Future, runningTask } from "../sched/core.ts";
import { identityOf } from "../sched/direct.ts";
import { allowGlobal } from "../task/lambda/globals.ts";
import { GATES, gateModules } from "./awaits.ts";
import { mix } from "./identity.ts";

/** Something that has come, and is let through by `go` when its time has come. */
export interface Arrival {
  /** The same in every run: of the strand that waits for it, and the how-manieth of that it is. */
  readonly id: number;
  readonly failed: boolean;
  /** Where it is awaited. */
  readonly site: string;
  go(): void;
}

export interface Gatekeeper {
  comes(arrival: Arrival): void;
  /** The timer of this identity was stopped. */
  stopped(id: number): void;
}

const OUTSIDE = 2;

type Callback = (...args: unknown[]) => unknown;
type Timer = (callback: Callback, ...rest: unknown[]) => object;

/** A timer: which of its calls wait at the gate, and whether it was stopped. */
interface Ticking {
  readonly comes: Set<number>;
  stopped: boolean;
}

class Gates {
  readonly #keeper: Gatekeeper;
  readonly #counts = new WeakMap<object, number>();
  #outside = 0;
  readonly #timers = new WeakMap<object, Ticking>();

  constructor(keeper: Gatekeeper) {
    this.#keeper = keeper;
  }

  #next(): number {
    const task = runningTask() as Future<unknown> | null;
    if (task === null) return mix(OUTSIDE, ++this.#outside);
    const count = (this.#counts.get(task) ?? 0) + 1;
    this.#counts.set(task, count);
    return mix(identityOf(task) + OUTSIDE, count);
  }

  /** What an await waits for. */
  a(it: unknown, site: string): unknown {
    if (typeof (it as PromiseLike<unknown> | null)?.then !== "function") return it;
    const id = this.#next();
    return new Promise((resolve, reject) => {
      (it as PromiseLike<unknown>).then(
        (value) => this.#keeper.comes({ id, failed: false, site, go: () => resolve(value) }),
        (error: unknown) => this.#keeper.comes({ id, failed: true, site, go: () => reject(error) }),
      );
    });
  }

  /** What `then`, `catch` or `finally` is called on. */
  p(it: unknown, site: string): unknown {
    return it instanceof Promise || it instanceof Future ? this.a(it, site) : it;
  }

  /** What a `for await` goes through. */
  i(it: unknown, site: string): unknown {
    const iterate = (it as Partial<AsyncIterable<unknown>> | null)?.[Symbol.asyncIterator];
    if (iterate === undefined) return it;
    return {
      [Symbol.asyncIterator]: () => {
        const iterator = iterate.call(it);
        return {
          next: (...args: [] | [undefined]) => this.a(iterator.next(...args), site),
          return: iterator.return === undefined ? undefined : (value: unknown) => this.a(iterator.return!(value), site),
        };
      },
    };
  }

  /** `timer`, if it is the one of the platform, with gates for its callbacks. */
  t(timer: Timer, site: string): Timer {
    const own = [setTimeout, setInterval, setImmediate] as readonly unknown[];
    if (!own.includes(timer)) return timer;
    const repeats = (timer as unknown) === setInterval;
    return (callback, ...rest) => {
      const state: Ticking = { comes: new Set(), stopped: false };
      let id = this.#next();
      const made = timer(
        (...args: unknown[]) => {
          const it = id;
          if (repeats) id = mix(it, 1);
          state.comes.add(it);
          const go = (): void => {
            state.comes.delete(it);
            if (!state.stopped) callback.apply(made, args);
          };
          this.#keeper.comes({ id: it, failed: false, site, go });
        },
        ...rest,
      );
      this.#timers.set(made, state);
      return made;
    };
  }

  /** When a timer is stopped: it may have come, and wait at its gate. */
  stops(timer: unknown): void {
    const state = typeof timer === "object" && timer !== null ? this.#timers.get(timer) : undefined;
    if (state === undefined) return;
    state.stopped = true;
    for (const id of state.comes) this.#keeper.stopped(id);
  }
}

/** For all modules of the program that this thread loads from now on. */
export function openGates(keeper: Gatekeeper): void {
  const gates = new Gates(keeper);
  Object.defineProperty(globalThis, GATES, { value: gates });
  allowGlobal(GATES);
  for (const name of ["clearTimeout", "clearInterval", "clearImmediate"] as const) {
    const clear = globalThis[name] as (timer: unknown) => void;
    (globalThis as Record<string, unknown>)[name] = (timer: unknown) => {
      gates.stops(timer);
      clear(timer);
    };
  }
  gateModules();
}
