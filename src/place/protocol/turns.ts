/** The operations of one team at one member: which is next, what those were that it has left, and what was wrong with one of them. */
import type { Operation } from "./operation.ts";
import type { Title } from "./titles.ts";

/** So many are remembered for those that come later. */
const REMEMBERED = 1024;

export class Turns {
  readonly members: readonly number[];
  /** Those under way, by number: the oldest first. */
  readonly open = new Map<number, Operation>();
  #next = 0;
  /** By number. Null for one that has failed: all have been told. */
  readonly #left = new Map<number, Title | null>();
  /** Why the next operation fails: somebody has called something else than this member, which had left. */
  late: { readonly own: Error; readonly others: string } | null = null;

  constructor(members: readonly number[]) {
    this.members = members;
  }

  takeLate(): Turns["late"] {
    const { late } = this;
    this.late = null;
    return late;
  }

  take(): number {
    return this.#next++;
  }

  has(number: number): boolean {
    return number < this.#next;
  }

  /** This member is through with one. */
  leave(number: number, title: Title | null): void {
    this.#left.set(number, title);
    if (this.#left.size > REMEMBERED) this.#left.delete(this.#left.keys().next().value!);
  }

  /** What one was that this member has left; null when it has failed, or was long ago. */
  titleOf(number: number): Title | null {
    return this.#left.get(number) ?? null;
  }
}
