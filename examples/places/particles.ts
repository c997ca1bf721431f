import {
  type BalancePolicy,
  finish,
  greedyBalance,
  type Mobile,
  mobile,
  type ObjectLoad,
  place,
  places,
  refineBalance,
} from "heddle";
import { readOptions } from "../lib/options.ts";

const usage = `Particles fly through a box of cells. Each cell is an object that may move between places; since most particles are in one corner, so is the work, until cells
are moved. The particles do not meet, so where each of them ends is known.

  -n COUNT       particles (default 20000)
  -c CELLS       cells along each side of the box (default 8)
  -t STEPS       how many steps (default 40)
  -b EVERY       steps between two looks at the balance, 0 for none (default 10)
  --policy NAME  greedy or refine (default greedy)`;

/** A particle is four numbers: where it is, and how far it flies in a step. */
const NUMBERS = 4;
/** So many small steps are computed for each step. */
const SUBSTEPS = 50;

export interface Box {
  readonly particles: number;
  readonly cells: number;
  readonly steps: number;
}

/** The particles at the beginning, in a box from 0 to 1: the closer to the corner, the more. */
export function* beginning(count: number): Generator<readonly [x: number, y: number, vx: number, vy: number]> {
  let state = 12345;
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  for (let i = 0; i < count; i++) yield [next() ** 3, next() ** 3, (next() - 0.5) / 50, (next() - 0.5) / 50];
}

/** Moves the particle at `at` by a step; it is thrown back at the walls. */
function fly(particles: number[] | Float64Array, at: number): void {
  for (let axis = 0; axis < 2; axis++) {
    let x = particles[at + axis]!;
    let v = particles[at + 2 + axis]!;
    for (let i = 0; i < SUBSTEPS; i++) {
      x += v / SUBSTEPS;
      if (x < 0 || x >= 1) {
        v = -v;
        x += (2 * v) / SUBSTEPS;
      }
    }
    particles[at + axis] = x;
    particles[at + 2 + axis] = v;
  }
}

const cellAt = (x: number, y: number, cells: number): number => Math.floor(y * cells) * cells + Math.floor(x * cells);

/** All bits of a particle in one number; the sum of these is the same in whatever order. */
function bitsOf(particles: ArrayLike<number>, at: number): number {
  const words = new Uint32Array(Float64Array.from({ length: NUMBERS }, (_, i) => particles[at + i]!).buffer);
  return words.reduce((sum, word) => (Math.imul(sum, 31) + word) >>> 0, 17);
}

class Cell {
  particles: number[] = [];
  /** What came in a step; it flies from the next one on. */
  readonly arrivals: { step: number; particles: number[] }[] = [];
  readonly number: number;
  readonly cells: number;
  all: readonly Mobile<Cell>[] = [];

  constructor(number: number, cells: number) {
    this.number = number;
    this.cells = cells;
  }

  /** Tells the cell its particles, and where the others are. */
  begin(particles: number[], all: readonly Mobile<Cell>[]): void {
    this.particles = particles;
    this.all = all;
  }

  /** All particles fly; those that leave the cell are given to the cells that they come to. */
  step(step: number): void {
    this.takeIn(step);
    const stay: number[] = [];
    const leave = new Map<number, number[]>();
    for (let at = 0; at < this.particles.length; at += NUMBERS) {
      fly(this.particles, at);
      const to = cellAt(this.particles[at]!, this.particles[at + 1]!, this.cells);
      let list = stay;
      if (to !== this.number) {
        list = leave.get(to) ?? [];
        leave.set(to, list);
      }
      for (let i = 0; i < NUMBERS; i++) list.push(this.particles[at + i]!);
    }
    this.particles = stay;
    for (const [to, particles] of leave) void this.all[to]!.give(step, particles); // the finish around all steps waits for it
  }

  give(step: number, particles: number[]): void {
    this.arrivals.push({ step, particles });
  }

  sum(): { count: number; bits: number } {
    this.takeIn(Number.POSITIVE_INFINITY);
    let bits = 0;
    for (let at = 0; at < this.particles.length; at += NUMBERS) bits = (bits + bitsOf(this.particles, at)) >>> 0;
    return { count: this.particles.length / NUMBERS, bits };
  }

  private takeIn(step: number): void {
    for (const arrival of this.arrivals.splice(0)) {
      if (arrival.step < step) this.particles.push(...arrival.particles);
      else this.arrivals.push(arrival);
    }
  }
}

export const cells = mobile(import.meta, Cell, { load: (cell) => cell.particles.length / NUMBERS });

/** How much more the busiest place has to do than it would have if all had the same. */
export function imbalance(loads: readonly Pick<ObjectLoad, "place" | "load">[], count: number): number {
  const at = new Array<number>(count).fill(0);
  for (const { place, load } of loads) at[place]! += load;
  return Math.max(...at) / (at.reduce((sum, load) => sum + load, 0) / count);
}

export interface Result {
  readonly count: number;
  readonly bits: number;
  /** Imbalance at each look, and how many cells moved then. */
  readonly looks: readonly { readonly before: number; readonly after: number; readonly moved: number }[];
}

/** One place calls it. Cells are dealt out to the places row by row. */
export async function simulate(
  { particles, cells: side, steps }: Box,
  every: number,
  policy?: BalancePolicy<Cell>,
): Promise<Result> {
  const total = side * side;
  const all = await Promise.all(
    Array.from({ length: total }, (_, i) => cells.at(Math.floor((i * places()) / total)).create(i, side)),
  );
  const lists = Array.from({ length: total }, (): number[] => []);
  for (const it of beginning(particles)) lists[cellAt(it[0], it[1], side)]!.push(...it);
  await Promise.all(all.map((cell, i) => cell.begin(lists[i]!, all)));
  const looks: { before: number; after: number; moved: number }[] = [];
  for (let step = 0; step < steps; step++) {
    await finish(async () => {
      for (const cell of all) void cell.step(step);
    });
    if (every === 0 || (step + 1) % every !== 0) continue;
    const before = imbalance(await cells.loads(), places());
    const moved = (await cells.balance(policy)).length;
    looks.push({ before, after: imbalance(await cells.loads(), places()), moved });
  }
  const sums = await Promise.all(all.map((cell) => cell.sum()));
  await Promise.all(all.map((cell) => cell.destroy()));
  return { count: sums.reduce((sum, it) => sum + it.count, 0), bits: sums.reduce((sum, it) => (sum + it.bits) >>> 0, 0), looks };
}

/** The same without cells. */
export function sequential({ particles, steps }: Box): { count: number; bits: number } {
  let bits = 0;
  for (const it of beginning(particles)) {
    const particle = Float64Array.from(it);
    for (let step = 0; step < steps; step++) fly(particle, 0);
    bits = (bits + bitsOf(particle, 0)) >>> 0;
  }
  return { count: particles, bits };
}

export async function main(args: string[]): Promise<number | undefined> {
  const options = readOptions(args, usage, { n: 20_000, c: 8, t: 40, b: 10, policy: "greedy" });
  if (!options || place() !== 0) return undefined;
  const box: Box = { particles: options.n, cells: options.c, steps: options.t };
  const began = performance.now();
  const { count, bits, looks } = await simulate(box, options.b, options.policy === "refine" ? refineBalance : greedyBalance);
  const seconds = (performance.now() - began) / 1000;
  for (const { before, after, moved } of looks)
    console.log(`busiest place ${before.toFixed(2)} times its share; ${moved} cells move; ${after.toFixed(2)}`);
  const expected = sequential(box);
  const right = count === expected.count && bits === expected.bits;
  console.log(`${count} particles, ${options.t} steps, ${seconds.toFixed(2)} s: ${right ? "verified" : "WRONG"}`);
  return right ? 0 : 1;
}
