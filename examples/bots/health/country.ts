/** The country of BOTS health: a tree of villages, each with a hospital, and their people. All of it lies in two arrays. */
import { draw, seedAfter, seedOfVillage } from "./random.ts";

export interface Country {
  readonly levels: number;
  /** Villages that belong to each village above the lowest level. */
  readonly cities: number;
  /** `VILLAGE_WORDS` words for each village. Those that belong to village `v` are `v cities + 1` to `v cities + cities`. */
  readonly villages: Int32Array;
  /** `PERSON_WORDS` words for each person. */
  readonly people: Int32Array;
}

/** Words of a village. A list is two words: its first and its last person, as word addresses in `people`, or `NOBODY`. */
export const VILLAGE_WORDS = 16;
export const LEVEL = 0;
export const FREE_PERSONNEL = 1;
export const WELL = 2;
export const WAITING = 4;
export const ASSESSED = 6;
export const INSIDE = 8;
/** Those who are sent to the hospital above, which takes them in the same step. */
export const SENT_ON = 10;

export const PERSON_WORDS = 5;
export const NEXT = 0;
export const SEED = 1;
/** Steps spent in hospitals. */
export const TIME = 2;
export const TIME_LEFT = 3;
/** How often somebody was taken into a hospital. */
export const CHECK_INS = 4;

export const NOBODY = -1;
const PEOPLE_FOR_EACH_OF_THE_PERSONNEL = 10;

/** Appends a person to a list. */
export function append(villages: Int32Array, list: number, people: Int32Array, person: number): void {
  const last = villages[list + 1]!;
  people[person + NEXT] = NOBODY;
  if (last === NOBODY) villages[list] = person;
  else people[last + NEXT] = person;
  villages[list + 1] = person;
}

/** Takes a person out of a list, behind `before` or, if that is `NOBODY`, at its beginning. */
export function unlink(villages: Int32Array, list: number, people: Int32Array, before: number, person: number): void {
  const next = people[person + NEXT]!;
  if (before === NOBODY) villages[list] = next;
  else people[before + NEXT] = next;
  if (next === NOBODY) villages[list + 1] = before;
}

const personnelOf = (level: number): number => 2 ** level;
const peopleOf = (level: number): number => personnelOf(level) * PEOPLE_FOR_EACH_OF_THE_PERSONNEL;

/** Builds the country, in arrays from `allocate`, as it is before the first step. */
export function emptyCountry(levels: number, cities: number, allocate: (length: number) => Int32Array): Country {
  if (!Number.isInteger(levels) || levels < 1 || levels > 8) throw new RangeError(`levels must be from 1 to 8, not ${levels}`);
  if (!Number.isInteger(cities) || cities < 1) throw new RangeError(`cities must be at least 1, not ${cities}`);
  let villages = 0;
  let people = 0;
  for (let level = levels; level > 0; level--) {
    const here = cities ** (levels - level);
    villages += here;
    people += here * peopleOf(level);
  }
  const country = { levels, cities, villages: allocate(villages * VILLAGE_WORDS), people: allocate(people * PERSON_WORDS) };
  fill(country);
  return country;
}

/** Everybody is well and at home again. People are numbered as in BOTS: a village, then those below it from the last to the first. */
export function fill(country: Country): void {
  const { cities, villages, people } = country;
  people.fill(0);
  let person = 0;
  const settle = (village: number, level: number): void => {
    const at = village * VILLAGE_WORDS;
    villages.fill(NOBODY, at, at + VILLAGE_WORDS);
    villages[at + LEVEL] = level;
    villages[at + FREE_PERSONNEL] = personnelOf(level);
    let seed = seedOfVillage(village);
    for (let i = peopleOf(level); i > 0; i--, person += PERSON_WORDS) {
      people[person + SEED] = seed;
      seed = seedAfter(draw(seed));
      append(villages, at + WELL, people, person);
    }
    if (level > 1) for (let i = cities; i > 0; i--) settle(village * cities + i, level - 1);
  };
  settle(0, country.levels);
}

export interface Census {
  readonly people: number;
  readonly hospitals: number;
  readonly personnel: number;
  readonly checkIns: number;
  readonly well: number;
  readonly waiting: number;
  readonly assessed: number;
  readonly inside: number;
  /** Steps that a person has spent in hospitals, on average. */
  readonly averageStay: number;
}

export function census({ villages, people }: Country): Census {
  const found = { people: 0, hospitals: 0, personnel: 0, checkIns: 0, well: 0, waiting: 0, assessed: 0, inside: 0 };
  let time = 0;
  const count = (first: number): number => {
    let length = 0;
    for (let person = first; person !== NOBODY; person = people[person + NEXT]!) {
      length++;
      found.checkIns += people[person + CHECK_INS]!;
      time += people[person + TIME]!;
    }
    found.people += length;
    return length;
  };
  for (let at = 0; at < villages.length; at += VILLAGE_WORDS) {
    found.hospitals++;
    found.personnel += personnelOf(villages[at + LEVEL]!);
    found.well += count(villages[at + WELL]!);
    found.waiting += count(villages[at + WAITING]!);
    found.assessed += count(villages[at + ASSESSED]!);
    found.inside += count(villages[at + INSIDE]!);
  }
  return { ...found, averageStay: time / found.people };
}

/** What BOTS publishes for its inputs, after 365 steps. */
export const published: Readonly<Record<string, { readonly levels: number; readonly cities: number; readonly census: Census }>> =
  {
    test: known(3, 18, [7_280, 343, 728, 5_531, 7_160, 80, 26, 14, 5.259341]),
    small: known(4, 18, [131_200, 6_175, 13_120, 96_718, 128_997, 1_406, 525, 272, 5.16747]),
    medium: known(4, 36, [988_000, 47_989, 98_800, 721_934, 971_855, 10_249, 3_901, 1_995, 5.156507]),
    large: known(5, 24, [7_238_720, 346_201, 723_872, 5_267_413, 7_121_156, 73_923, 28_969, 14_672, 5.230891]),
  };

type Figures = readonly [number, number, number, number, number, number, number, number, number];

function known(levels: number, cities: number, figures: Figures) {
  const [people, hospitals, personnel, checkIns, well, waiting, assessed, inside, averageStay] = figures;
  return { levels, cities, census: { people, hospitals, personnel, checkIns, well, waiting, assessed, inside, averageStay } };
}

/** Whether two counts are the same; the average stay is published with six digits. */
export const agrees = (one: Census, other: Census): boolean =>
  (Object.keys(one) as (keyof Census)[]).every((key) => Math.abs(one[key] - other[key]) < (key === "averageStay" ? 1e-6 : 0.5));
