/** Collective operations where everybody gets what everybody gives. */
import type { Combine, Elements } from "./collectives.ts";

/** An operation as all places can do it at once, where everybody gets what everybody gives. */
export interface AtOnce<T> {
  /** How long is what this place gives, and what it is, asked for where it is short. */
  readonly bytes: number;
  readonly gives: () => Uint8Array;
  /** What this place has of what all have given, by rank: that may be written to, and is to be copied. */
  readonly gets: (given: Uint8Array[], rank: number) => T;
  readonly elements?: Elements;
  readonly combine?: Combine;
  /** Whose data is looked at; all by default. */
  readonly giver?: number;
  readonly refuses?: boolean;
}

export const NOTHING: Uint8Array = new Uint8Array(0);
export const giving = (data: Uint8Array): Pick<AtOnce<unknown>, "bytes" | "gives"> => ({ bytes: data.length, gives: () => data });
export const copies = (given: readonly Uint8Array[]): Uint8Array[] => given.map((it) => it.slice());
