/** What crosses between threads besides plain values: each kind of thing says here how. */
import { CrossingError } from "../errors.ts";

export interface CrossingKind {
  readonly tag: string;
  /** A plain description of `value` if it is of this kind. Throws CrossingError if it is but may not cross. */
  describe(value: object): unknown;
  revive(data: unknown): unknown;
}

const kinds: CrossingKind[] = [];

export function registerCrossing(kind: CrossingKind): void {
  kinds.push(kind);
}

export function describe(value: object): { tag: string; data: unknown } | undefined {
  for (const kind of kinds) {
    const data = kind.describe(value);
    if (data !== undefined) return { tag: kind.tag, data };
  }
  return undefined;
}

export function revive(tag: string, data: unknown): unknown {
  const kind = kinds.find((it) => it.tag === tag);
  if (kind === undefined) throw new CrossingError(`nothing in this thread can receive a ${tag}`, tag);
  return kind.revive(data);
}
