import { finish, shared, task } from "heddle";
import { readOptions } from "../lib/options.ts";
import { agrees, type Country, census, emptyCountry, LEVEL, published, VILLAGE_WORDS } from "./health/country.ts";
import { admit, treat } from "./health/hospital.ts";

const usage = `Health care in a country of villages (BOTS health): people fall ill, wait, are assessed, stay in the hospital of their village or are
sent on to the one above. In each step every village above the lowest level is a task, whose second half comes after those below it.

  -i NAME   an input of BOTS: ${Object.keys(published).join(", ")} (default small); its results are checked
  -t N      steps (default 365, which the inputs have)`;

/** Steps of the inputs of BOTS. */
export const STEPS = 365;

/** A step of a village and all below it. Those of the lowest level have too little to do for a task of their own. */
const visit = task(import.meta, (villages: Int32Array, people: Int32Array, cities: number, village: number): void => {
  const at = village * VILLAGE_WORDS;
  const below = village * cities + 1;
  if (villages[at + LEVEL]! > 2) {
    finish(() => {
      for (let i = 0; i < cities; i++) visit.spawn(villages, people, cities, below + i);
      treat(villages, people, at);
    });
  } else {
    if (villages[at + LEVEL] === 2) for (let i = 0; i < cities; i++) visit(villages, people, cities, below + i);
    treat(villages, people, at);
  }
  admit(villages, people, at, cities);
});

const simulation = task(import.meta, (villages: Int32Array, people: Int32Array, cities: number, steps: number): void => {
  for (let step = 0; step < steps; step++) visit(villages, people, cities, 0);
});

/** Lets a country on the heap live for so many steps. */
export async function parallel({ villages, people, cities }: Country, steps = STEPS): Promise<void> {
  await simulation.spawn(villages, people, cities, steps);
}

/** The same on this thread: whoever is sent on has to come up before the villages above have their second half. */
export function sequential({ villages, people, cities }: Country, steps = STEPS): void {
  for (let step = 0; step < steps; step++) {
    for (let at = villages.length - VILLAGE_WORDS; at >= 0; at -= VILLAGE_WORDS) {
      treat(villages, people, at);
      admit(villages, people, at, cities);
    }
  }
}

export async function main(args: string[]): Promise<void> {
  const options = readOptions(args, usage, { i: "small", t: STEPS });
  if (!options) return;
  const input = Object.entries(published).find(([name]) => name === options.i)?.[1];
  if (!input) throw new RangeError(`-i must be one of ${Object.keys(published).join(", ")}, not ${options.i}`);
  using region = shared.region();
  const country = emptyCountry(input.levels, input.cities, (length) => region.int32(length));
  const begin = performance.now();
  await parallel(country, options.t);
  const ms = performance.now() - begin;
  const found = census(country);
  for (const [what, value] of Object.entries(found)) console.log(`${what.padEnd(12)} ${Number(value.toFixed(6))}`);
  const checked = options.t === STEPS;
  console.log(`${options.t} steps in ${ms.toFixed(0)} ms${checked && agrees(found, input.census) ? ", as published" : ""}`);
  if (checked && !agrees(found, input.census)) {
    console.error(`This is not what BOTS publishes: ${JSON.stringify(input.census)}`);
    process.exitCode = 1;
  }
}
