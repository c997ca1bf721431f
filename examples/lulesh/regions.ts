/** Regions of different material: runs of elements with random lengths, in the reference's distribution. */
import { elementCount, type Fields, mostRegions } from "./domain.ts";

export interface RegionOptions {
  /** `-r`: number of regions. */
  readonly regions: number;
  /** `-b`: 0 for regions of about the same size; the larger, the more the later regions get. */
  readonly balance: number;
  /** `-c`: how much more the equation of state costs in the later regions. */
  readonly cost: number;
}

export function buildRegions(size: number, { regions, balance, cost }: RegionOptions, fields: Fields): void {
  if (!Number.isInteger(regions) || regions < 1 || regions > mostRegions) {
    throw new RangeError(`-r must be 1 to ${mostRegions}, not ${regions}`);
  }
  const { order, regionEnd, repeats } = fields;
  const regionOf = regions === 1 ? new Uint8Array(elementCount(size)) : randomRuns(size, regions, balance);
  let at = 0;
  for (let region = 0; region < regions; region++) {
    for (let element = 0; element < regionOf.length; element++) if (regionOf[element] === region) order[at++] = element;
    regionEnd[region] = at;
    repeats[region] = repeatsOf(region, regions, cost);
  }
  regionEnd.fill(at, regions);
}

/** Half of the regions are cheap, the last of every twenty is ten times as costly as the others. */
function repeatsOf(region: number, regions: number, cost: number): number {
  if (region < Math.floor(regions / 2)) return 1;
  return region < regions - Math.floor((regions + 15) / 20) ? 1 + cost : 10 * (1 + cost);
}

/** [part of 1000, least length, number of lengths] */
const runs = [
  [773, 1, 15],
  [937, 16, 16],
  [970, 32, 32],
  [974, 64, 64],
  [978, 128, 128],
  [981, 256, 256],
  [1000, 512, 1537],
] as const;

function randomRuns(size: number, regions: number, balance: number): Uint8Array {
  const random = libraryRandom();
  const ends: number[] = [];
  for (let region = 0; region < regions; region++) ends.push(Math.trunc((ends[region - 1] ?? 0) + (region + 1) ** balance));
  const pick = () => {
    const at = random() % ends.at(-1)!;
    return ends.findIndex((end) => at < end);
  };
  const regionOf = new Uint8Array(elementCount(size));
  let before = -1;
  for (let next = 0; next < regionOf.length; ) {
    let region = pick();
    while (region === before) region = pick();
    const kind = random() % 1000;
    const [, least, lengths] = runs.find(([part]) => kind < part)!;
    const end = next + least + (random() % lengths);
    regionOf.fill(region, next, end);
    next = end;
    before = region;
  }
  return regionOf;
}

/** The C library's `rand()` after `srand(0)`: x[i] = x[i - 3] + x[i - 31], without the lowest bit. */
export function libraryRandom(): () => number {
  const state = new Int32Array(31);
  state[0] = 1;
  for (let i = 1; i < 31; i++) {
    const next = Number((16_807n * BigInt(state[i - 1]!)) % 2_147_483_647n);
    state[i] = next < 0 ? next + 2_147_483_647 : next;
  }
  let at = 3;
  const next = () => {
    state[at] = state[at]! + state[(at + 28) % 31]!;
    const value = state[at]! >>> 1;
    at = (at + 1) % 31;
    return value;
  };
  for (let i = 0; i < 310; i++) next();
  return next;
}
