/** The random numbers of BOTS health: everybody has a seed, so results do not depend on the order in which villages take their turns. */

const MULTIPLIER = 16_807;
const MODULUS = 2_147_483_647;
const QUOTIENT = 127_773;
const REST = 2_836;
const MASK = 123_459_876;
const SEED_OF_THE_SIMULATION = 23;
const SCALE = Math.fround(1 / MODULUS);

export const seedOfVillage = (village: number): number => Math.imul(village, QUOTIENT + SEED_OF_THE_SIMULATION);

/** An integer by Park and Miller's generator, one step from the seed, by Schrage's method in 32 bits. */
export function draw(seed: number): number {
  const masked = seed ^ MASK;
  const k = (masked / QUOTIENT) | 0;
  const drawn = (Math.imul(MULTIPLIER, masked - Math.imul(k, QUOTIENT)) - Math.imul(REST, k)) ^ MASK;
  return drawn < 0 ? (drawn + MODULUS) | 0 : drawn;
}

/** The seed that takes the place of the one from which an integer was drawn. */
export const seedAfter = (drawn: number): number => Math.imul(drawn, MODULUS);

/** A drawn integer as a number in single precision, about 0 to 1. */
export const fraction = (drawn: number): number => Math.fround(SCALE * Math.fround(drawn));
