/** Teams of places, made by splitting others. */
import type { Collectives } from "./collectives.ts";
import type { Team } from "./members.ts";
import { pack, unpack } from "./message.ts";
import type { Ended } from "./operation.ts";

export class Teams {
  readonly #collectives: Collectives;
  readonly #place: number;
  /** All places. */
  readonly all: Team;
  /** Above all numbers of teams that this place is a member of. Teams without a common member may have the same number. */
  #nextId = 1;

  constructor(collectives: Collectives, place: number, places: number) {
    this.#collectives = collectives;
    this.#place = place;
    this.all = { id: 0, members: Array.from({ length: places }, (_, i) => i) };
  }

  /**
   * Every member of `team` calls it. Those that give the same colour make a new team, their ranks in the order of `key`, then of their ranks in
   * `team`. Null for a negative colour.
   */
  split(team: Team, colour: number, key: number, ended: Ended<Team | null>): void {
    const told: Ended<Uint8Array[]> = (error, all) => {
      if (error === null) ended(null, this.#made(team, colour, all!));
      else ended(error);
    };
    this.#collectives.allGather(team, pack([colour, key, this.#nextId]), told, "split");
  }

  #made(team: Team, colour: number, told: readonly Uint8Array[]): Team | null {
    const rows = told.map((bytes, rank) => {
      const [itsColour, itsKey, next] = unpack(bytes, 3).words as [number, number, number];
      return { rank, colour: itsColour, key: itsKey, next };
    });
    const colours = [...new Set(rows.map((it) => it.colour))].filter((it) => it >= 0).sort((a, b) => a - b);
    const first = Math.max(...rows.map((it) => it.next));
    this.#nextId = first + colours.length;
    if (colour < 0) return null;
    const mine = rows.filter((it) => it.colour === colour).sort((a, b) => a.key - b.key || a.rank - b.rank);
    return { id: first + colours.indexOf(colour), members: mine.map((it) => team.members[it.rank]!) };
  }

  rankIn(team: Team): number {
    return team.members.indexOf(this.#place);
  }
}
