/** Where the fields of ../domain.ts lie: byte addresses, from those of its two arrays and the size. The order is the same. */

export const X = 0;
export const Y = 1;
export const Z = 2;
export const XD = 3;
export const YD = 4;
export const ZD = 5;
export const NODE_MASS = 6;

export const E = 0;
export const P = 1;
export const Q = 2;
export const QL = 3;
export const QQ = 4;
export const SS = 5;
export const V = 6;
export const VNEW = 7;
export const DELV = 8;
export const VOLO = 9;
export const MASS = 10;
export const VDOV = 11;
export const LENGTH = 12;
export const DELV_XI = 13;
export const DELV_ETA = 14;
export const DELV_ZETA = 15;
export const DELX_XI = 16;
export const DELX_ETA = 17;
export const DELX_ZETA = 18;
const CORNERS: usize = 19;

const MOST_REGIONS = 64;

// @ts-ignore: decorator of AssemblyScript
@inline
export function elementsOf(size: i32): usize {
  return <usize>(size * size * size);
}

// @ts-ignore: decorator of AssemblyScript
@inline
export function nodesOf(size: i32): usize {
  return <usize>((size + 1) * (size + 1) * (size + 1));
}

// @ts-ignore: decorator of AssemblyScript
@inline
export function nodeField(reals: usize, size: i32, field: usize): usize {
  return reals + ((field * nodesOf(size)) << 3);
}

// @ts-ignore: decorator of AssemblyScript
@inline
export function elementField(reals: usize, size: i32, field: usize): usize {
  return reals + ((7 * nodesOf(size) + field * elementsOf(size)) << 3);
}

/** The forces on corners along an axis, 0 to 2. */
// @ts-ignore: decorator of AssemblyScript
@inline
export function cornerField(reals: usize, size: i32, axis: usize): usize {
  return elementField(reals, size, CORNERS + 8 * axis);
}

/** The smallest time steps, of sound waves and of changes of volume. */
// @ts-ignore: decorator of AssemblyScript
@inline
export function courantField(reals: usize, size: i32): usize {
  return elementField(reals, size, CORNERS + 24);
}

// @ts-ignore: decorator of AssemblyScript
@inline
export function nodesField(words: usize): usize {
  return words;
}

// @ts-ignore: decorator of AssemblyScript
@inline
export function neighboursField(words: usize, size: i32): usize {
  return words + ((8 * elementsOf(size)) << 2);
}

// @ts-ignore: decorator of AssemblyScript
@inline
export function surfaceField(words: usize, size: i32): usize {
  return words + ((14 * elementsOf(size)) << 2);
}

// @ts-ignore: decorator of AssemblyScript
@inline
export function cornerStartField(words: usize, size: i32): usize {
  return words + ((15 * elementsOf(size)) << 2);
}

// @ts-ignore: decorator of AssemblyScript
@inline
export function cornersField(words: usize, size: i32): usize {
  return words + ((15 * elementsOf(size) + nodesOf(size) + 1) << 2);
}

// @ts-ignore: decorator of AssemblyScript
@inline
export function fixedField(words: usize, size: i32): usize {
  return words + ((23 * elementsOf(size) + nodesOf(size) + 1) << 2);
}

// @ts-ignore: decorator of AssemblyScript
@inline
export function orderField(words: usize, size: i32): usize {
  return words + ((23 * elementsOf(size) + 2 * nodesOf(size) + 1) << 2);
}

// @ts-ignore: decorator of AssemblyScript
@inline
export function regionEndField(words: usize, size: i32): usize {
  return words + ((24 * elementsOf(size) + 2 * nodesOf(size) + 1) << 2);
}

// @ts-ignore: decorator of AssemblyScript
@inline
export function repeatsField(words: usize, size: i32): usize {
  return regionEndField(words, size) + (MOST_REGIONS << 2);
}
