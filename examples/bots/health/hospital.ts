/** What happens in one village in one step. Nothing here touches another village, but for `admitFromBelow`. */
import * as country from "./country.ts";
import { append, unlink } from "./country.ts";
import { draw, fraction, seedAfter } from "./random.ts";

/** As constants of this file, since V8 reads imported ones each time. */
const {
  ASSESSED,
  CHECK_INS,
  FREE_PERSONNEL,
  INSIDE,
  NEXT,
  NOBODY,
  SEED,
  SENT_ON,
  TIME,
  TIME_LEFT,
  VILLAGE_WORDS,
  WAITING,
  WELL,
} = country;

const ASSESSMENT = 2;
const CONVALESCENCE = 12;
const FALLS_ILL = Math.fround(0.002);
const MUST_STAY = Math.fround(0.1);
const SENT_ON_AT_MOST = Math.fround(0.15);

/** The first half of a step: who is inside, who is assessed, who waits. */
export function treat(villages: Int32Array, people: Int32Array, at: number): void {
  letOut(villages, people, at);
  assess(villages, people, at, at === 0);
  callIn(villages, people, at);
}

function letOut(villages: Int32Array, people: Int32Array, at: number): void {
  let before = NOBODY;
  for (let person = villages[at + INSIDE]!, next: number; person !== NOBODY; person = next) {
    next = people[person + NEXT]!;
    if (--people[person + TIME_LEFT]! > 0) {
      before = person;
      continue;
    }
    unlink(villages, at + INSIDE, people, before, person);
    villages[at + FREE_PERSONNEL]!++;
    append(villages, at + WELL, people, person);
  }
}

function assess(villages: Int32Array, people: Int32Array, at: number, isHighest: boolean): void {
  let before = NOBODY;
  for (let person = villages[at + ASSESSED]!, next: number; person !== NOBODY; person = next) {
    next = people[person + NEXT]!;
    if (--people[person + TIME_LEFT]! > 0) {
      before = person;
      continue;
    }
    unlink(villages, at + ASSESSED, people, before, person);
    if (!(random(people, person) < MUST_STAY)) {
      villages[at + FREE_PERSONNEL]!++;
      append(villages, at + WELL, people, person);
    } else if (random(people, person) > SENT_ON_AT_MOST || isHighest) {
      people[person + TIME_LEFT] = CONVALESCENCE;
      people[person + TIME]! += CONVALESCENCE;
      append(villages, at + INSIDE, people, person);
    } else {
      villages[at + FREE_PERSONNEL]!++;
      append(villages, at + SENT_ON, people, person);
    }
  }
}

function callIn(villages: Int32Array, people: Int32Array, at: number): void {
  for (let person = villages[at + WAITING]!, next: number; person !== NOBODY; person = next) {
    next = people[person + NEXT]!;
    if (villages[at + FREE_PERSONNEL]! > 0) {
      unlink(villages, at + WAITING, people, NOBODY, person);
      beginAssessment(villages, people, at, person);
    } else people[person + TIME]!++;
  }
}

/** The second half, when those below have had their step: who comes from there, in the order of their numbers, and who falls ill. */
export function admit(villages: Int32Array, people: Int32Array, at: number, cities: number): void {
  if (villages[at]! > 1) admitFromBelow(villages, people, at, cities);
  let before = NOBODY;
  for (let person = villages[at + WELL]!, next: number; person !== NOBODY; person = next) {
    next = people[person + NEXT]!;
    if (random(people, person) < FALLS_ILL) {
      unlink(villages, at + WELL, people, before, person);
      checkIn(villages, people, at, person);
    } else before = person;
  }
}

function admitFromBelow(villages: Int32Array, people: Int32Array, at: number, cities: number): void {
  const arrivals: number[] = [];
  const first = (at / VILLAGE_WORDS) * cities + 1;
  for (let below = first * VILLAGE_WORDS, i = 0; i < cities; below += VILLAGE_WORDS, i++) {
    for (let person = villages[below + SENT_ON]!; person !== NOBODY; person = people[person + NEXT]!) arrivals.push(person);
    villages[below + SENT_ON] = NOBODY;
    villages[below + SENT_ON + 1] = NOBODY;
  }
  if (arrivals.length > 1) arrivals.sort((a, b) => a - b);
  for (const person of arrivals) checkIn(villages, people, at, person);
}

function checkIn(villages: Int32Array, people: Int32Array, at: number, person: number): void {
  people[person + CHECK_INS]!++;
  if (villages[at + FREE_PERSONNEL]! > 0) beginAssessment(villages, people, at, person);
  else append(villages, at + WAITING, people, person);
}

function beginAssessment(villages: Int32Array, people: Int32Array, at: number, person: number): void {
  villages[at + FREE_PERSONNEL]!--;
  people[person + TIME_LEFT] = ASSESSMENT;
  people[person + TIME]! += ASSESSMENT;
  append(villages, at + ASSESSED, people, person);
}

function random(people: Int32Array, person: number): number {
  const drawn = draw(people[person + SEED]!);
  people[person + SEED] = seedAfter(drawn);
  return fraction(drawn);
}
