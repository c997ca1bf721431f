/** What settles a future from elsewhere, for whyStuck alone: an answer of other places, a turn with a lock. */
import type { Frame } from "./core.ts";

export class RemoteWait {
  /** "collective" where all members of a team have to call it. */
  readonly kind: "operation" | "collective" | "lock";
  readonly name: string;
  /** What it lacks, where this thread knows. */
  readonly detail: (() => string) | undefined;
  readonly #a: number;
  readonly #b: number;

  /** Of a lock its home and its number there; of others the slot of the thread that asks, and the number of its question. */
  constructor(kind: RemoteWait["kind"], name: string, a: number, b: number, detail?: () => string) {
    this.kind = kind;
    this.name = name;
    this.detail = detail;
    this.#a = a;
    this.#b = b;
  }

  /** What a lock is called at all places, another one in this place. */
  get key(): string {
    return this.kind === "lock" ? lockName(this.#a, this.#b) : questionName(this.#a, this.#b);
  }
}

const lockName = (home: number, id: number): string => `lock ${home} ${id}`;
export const questionName = (slot: number, id: number): string => `question ${slot} ${id}`;

/** A lock that was given to somebody here: the task that had asked for it, null outside of tasks. */
export interface HeldLock {
  readonly lock: RemoteWait;
  readonly by: Frame | null;
}

export const heldLocks = new Set<HeldLock>();
