/** Notices the death of processes on the same host. A process that is stopped is not dead. */
import { type Identity, processState } from "./identity.ts";

export class Watch {
  readonly #watched: { readonly place: number; readonly pid: number; readonly began: string }[];

  constructor(identities: readonly Identity[], place: number) {
    const { host } = identities[place]!;
    this.#watched = identities
      .map(({ pid, began, host: theirs }, other) => ({ place: other, pid, began, isHere: theirs === host && other !== place }))
      .filter(({ isHere }) => isHere);
  }

  /** The places that have died since the last look. */
  look(): number[] {
    const dead = this.#watched.filter(({ pid, began }) => isDead(pid, began));
    for (const it of dead) this.#watched.splice(this.#watched.indexOf(it), 1);
    return dead.map(({ place }) => place);
  }

  /** It is known to be lost. */
  forget(place: number): void {
    const index = this.#watched.findIndex((it) => it.place === place);
    if (index >= 0) this.#watched.splice(index, 1);
  }
}

function isDead(pid: number, began: string): boolean {
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
