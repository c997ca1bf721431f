/** The members of a team, as all that speak of one know them. */
export interface Team {
  /** The same at all members, and of no other team. */
  readonly id: number;
  /** The places, by rank. */
  readonly members: readonly number[];
}

/** Teams with numbers from here on have one operation each: it need not be begun in any order with those of other teams. */
export const ONCE = 0x4000_0000;
