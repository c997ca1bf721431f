/** Notices places that have died: on this host by the table of processes, on others by lifelines. One that is stopped is not dead. */
import { type Identity, processState } from "./identity.ts";
import type { Contact, Lifelines } from "./lifeline.ts";

/** How many places on other hosts hold a lifeline to each place. */
const WATCHERS = 2;

export class Watch {
  readonly #identities: readonly Identity[];
  readonly #place: number;
  readonly #lifelines: Lifelines | undefined;
  readonly #gone = new Set<number>();

  constructor(identities: readonly Identity[], place: number, lifelines: Lifelines | undefined) {
    this.#identities = identities;
    this.#place = place;
    this.#lifelines = lifelines;
    this.#relink();
  }

  /** The places that have died since the last look, and whether it is for this one to tell the others. */
  look(): { readonly place: number; readonly tell: boolean }[] {
    const here = this.#neighbours(this.#place).filter((it) => it !== this.#place && isDead(this.#identities[it]!));
    const far = this.#lifelines?.look() ?? [];
    const found = [
      ...here.map((place) => ({ place, tell: this.#lifelines !== undefined && this.#isFirstHere(here) })),
      ...far.map((place) => ({ place, tell: true })),
    ];
    for (const { place } of found) this.forget(place);
    return found;
  }

  /** It is known to have died. */
  forget(place: number): void {
    this.#gone.add(place);
    this.#relink();
  }

  /** The places on the same host that are not known to have died. */
  #neighbours(place: number): number[] {
    const { host } = this.#identities[place]!;
    return this.#identities.flatMap((it, other) => (it.host === host && !this.#gone.has(other) ? [other] : []));
  }

  #isFirstHere(dead: readonly number[]): boolean {
    return this.#neighbours(this.#place).find((it) => !dead.includes(it)) === this.#place;
  }

  /** Those for which this place is among the first living ones after them on other hosts. */
  #relink(): void {
    if (this.#lifelines === undefined) return;
    const mine = new Map<number, Contact>();
    for (const [place, { host, contact }] of this.#identities.entries()) {
      if (this.#gone.has(place) || contact === undefined) continue;
      const count = this.#identities.length;
      let watchers = 0;
      for (let step = 1; step < count && watchers < WATCHERS; step++) {
        const other = (place + step) % count;
        if (this.#gone.has(other) || this.#identities[other]!.host === host) continue;
        watchers++;
        if (other === this.#place) mine.set(place, contact);
      }
    }
    this.#lifelines.watch(mine);
  }
}

function isDead({ pid, began }: Identity): boolean {
  if (process.platform === "linux") {
    const state = processState(pid);
    return state === undefined || state.isDead || state.began !== began;
  }
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}
