/** Simulated time and its steps, which grow slowly and shrink as soon as the elements ask for it. */
import { type Fields, tileCount } from "./domain.ts";

/** Seconds that are simulated. */
export const endOfTime = 1e-2;
const longestStep = 1e-2;

export class Clock {
  cycle = 0;
  time = 0;
  step: number;
  #courant = 1e20;
  #hydro = 1e20;

  constructor(firstStep: number) {
    this.step = firstStep;
  }

  get running(): boolean {
    return this.time < endOfTime;
  }

  /** Begins the next step. */
  advance(): void {
    const left = endOfTime - this.time;
    if (this.cycle > 0) this.step = this.#nextStep();
    let target = left;
    // No tiny step at the end.
    if (target > this.step && target < (4 * this.step) / 3) target = (2 * this.step) / 3;
    if (target < this.step) this.step = target;
    this.time += this.step;
    this.cycle++;
  }

  #nextStep(): number {
    const before = this.step;
    let allowed = 1e20;
    if (this.#courant < allowed) allowed = this.#courant / 2;
    if (this.#hydro < allowed) allowed = (this.#hydro * 2) / 3;
    const growth = allowed / before;
    if (growth >= 1 && growth < 1.1) allowed = before;
    else if (growth > 1.2) allowed = before * 1.2;
    return Math.min(allowed, longestStep);
  }

  /** Takes over what the elements allow. */
  constrain({ courant, hydro }: Limits): void {
    this.#courant = courant;
    this.#hydro = hydro;
  }
}

/** The longest steps that the speed of sound and the change of volumes allow. */
export interface Limits {
  readonly courant: number;
  readonly hydro: number;
}

export function limitsOf(size: number, { courant, hydro }: Fields): Limits {
  const limits = { courant: 1e20, hydro: 1e20 };
  for (let tile = 0; tile < tileCount(size); tile++) {
    limits.courant = Math.min(limits.courant, courant[tile]!);
    limits.hydro = Math.min(limits.hydro, hydro[tile]!);
  }
  return limits;
}
