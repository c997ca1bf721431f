import type { Future } from "./core.ts";
import type { SpawnOptions } from "./definition.ts";
import type { Port } from "./port.ts";
import type { SpawnSite } from "./spawn-site.ts";
import type { Waiters } from "./waiters.ts";

/** What few tasks have. */
interface Rare {
  generator: Generator<unknown, unknown, unknown> | null;
  /** What a generator task waits for. */
  awaits: Future<unknown> | null;
  /** The error that a cancelled generator task is still to be told. */
  tell: { error: unknown } | null;
  abort: AbortController | null;
  /** Called when it is cancelled: stops whatever would settle it. */
  onCancel: ((reason: unknown) => void) | null;
  /** Called once: when the body has ended here or will never begin (true), or has ended in another thread (false). */
  onEnd: ((here: boolean) => void)[] | null;
  /** The rest of it, where another thread can settle it. */
  remote: RemoteEnd | null;
  /** Called when its cell has come home, for a task that may be cancelled while another thread has it. */
  onHome: (() => void) | null;
  /** A bundle's: some of its members were cancelled. */
  onMemberCancelled: (() => void) | null;
  /** Failed children that nobody has looked at. */
  unobserved: Future<unknown>[] | null;
  spawnSite: SpawnSite | undefined;
  /** Its identity in other threads, once it has crossed. */
  crossed: unknown;
  /** What settles it, where that is no task: the scope of a finish, a phaser, futures. For whyStuck alone. */
  of: unknown;
}

export const NOTHING: Rare = Object.freeze(nothing());

function nothing(): Rare {
  return {
    generator: null,
    awaits: null,
    tell: null,
    abort: null,
    onCancel: null,
    onEnd: null,
    remote: null,
    onHome: null,
    onMemberCancelled: null,
    unobserved: null,
    spawnSite: undefined,
    crossed: undefined,
    of: null,
  };
}

/** What few futures have. What fewer still have is in an object of its own: dataflow makes one of these for each task. */
export class More {
  /** All arguments, where they are more than three or not as many as declared. */
  args: unknown[] | null = null;
  waiters: Waiters = null;
  options: SpawnOptions | null = null;
  /** Address of the cell, while it is SHARED; of the cell that it came in, for a task that was stolen. */
  cell = 0;
  /** Who knows the cell: the worker's port, or one of the main thread's. */
  port: Port | null = null;
  observed = false;
  /** It runs in the thread that spawned it: its arguments cannot cross. */
  local = false;
  /** To be read only; `rareOf` gives one that may be written. */
  rare: Readonly<Rare> = NOTHING;
}

/** The part of a future that other threads see. */
export interface RemoteEnd {
  /** Settles the future if it was settled elsewhere; `wanted` when somebody asks for the state, and it may have to be fetched. */
  look(wanted?: boolean): void;
  /** Somebody in this thread waits for it. */
  awaited(): void;
}

export const moreOf = (future: Future<unknown>): More => (future.more ??= new More());

/** What few futures have, to be written. */
export function rareOf(future: Future<unknown>): Rare {
  const more = moreOf(future);
  if (more.rare === NOTHING) more.rare = nothing();
  return more.rare;
}

export const nameOf = (future: Future<unknown>): string => future.more?.options?.name ?? future.def.name;
