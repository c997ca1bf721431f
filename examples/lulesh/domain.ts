/** The problem as it travels between threads: two arrays on the heap, in which all fields lie one after the other. */
export interface Domain {
  /** Elements along one edge of the cube. */
  readonly size: number;
  readonly reals: Float64Array;
  readonly words: Int32Array;
}

const nodeFields = ["x", "y", "z", "xd", "yd", "zd", "nodeMass"] as const;
const elementFields = [
  // energy, pressure, artificial viscosity with its linear and quadratic term, speed of sound
  ...["e", "p", "q", "ql", "qq", "ss"],
  // relative volume, its new value and the difference, reference volume, mass, its rate of change, length
  ...["v", "vnew", "delv", "volo", "mass", "vdov", "length"],
  // velocity gradients and position gradients along the three directions of the element
  ...["delvXi", "delvEta", "delvZeta", "delxXi", "delxEta", "delxZeta"],
] as const;
const cornerFields = ["fx", "fy", "fz"] as const;

type Field = (typeof nodeFields)[number] | (typeof cornerFields)[number] | ElementField;
type ElementField =
  | ("e" | "p" | "q" | "ql" | "qq" | "ss" | "v" | "vnew" | "delv" | "volo" | "mass" | "vdov" | "length")
  | ("delvXi" | "delvEta" | "delvZeta" | "delxXi" | "delxEta" | "delxZeta");

export type Fields = { readonly [K in Field]: Float64Array } & {
  /** Smallest time steps that each block of elements allows. */
  readonly courant: Float64Array;
  readonly hydro: Float64Array;
  /** Velocity gradients of the neighbours in other parts of the cube, face by face in the order of `Face`. */
  readonly ghosts: Float64Array;
  /** Eight nodes of each element. */
  readonly nodes: Int32Array;
  /** Six neighbours of each element (itself, at the surface), by `Face`, and what lies there, two bits for each face. */
  readonly neighbours: Int32Array;
  readonly surface: Int32Array;
  /** Corners of node n: `corners[k]` for k from `cornerStart[n]` on; corner c is number c % 8 of element c >> 3. */
  readonly cornerStart: Int32Array;
  readonly corners: Int32Array;
  /** On which planes of symmetry a node lies: 1 for x = 0, 2 for y = 0, 4 for z = 0. */
  readonly fixed: Int32Array;
  /** The elements, region by region, and where region r ends. */
  readonly order: Int32Array;
  readonly regionEnd: Int32Array;
  /** How often the equation of state of region r is evaluated. */
  readonly repeats: Int32Array;
};

export const elementCount = (size: number): number => size ** 3;
export const nodeCount = (size: number): number => (size + 1) ** 3;

/** Elements of one block of the loop over regions; each block has its place for the time constraints. */
export const materialTile = 64;
export const tileCount = (size: number): number => Math.ceil(elementCount(size) / materialTile);
export const mostRegions = 64;

function realsOf(size: number): [name: string, length: number][] {
  const [n, e] = [nodeCount(size), elementCount(size)];
  return [
    ...nodeFields.map((name): [string, number] => [name, n]),
    ...elementFields.map((name): [string, number] => [name, e]),
    ...cornerFields.map((name): [string, number] => [name, 8 * e]),
    ["courant", tileCount(size)],
    ["hydro", tileCount(size)],
    ["ghosts", 6 * size ** 2],
  ];
}

function wordsOf(size: number): [name: string, length: number][] {
  const [n, e] = [nodeCount(size), elementCount(size)];
  return [
    ["nodes", 8 * e],
    ["neighbours", 6 * e],
    ["surface", e],
    ["cornerStart", n + 1],
    ["corners", 8 * e],
    ["fixed", n],
    ["order", e],
    ["regionEnd", mostRegions],
    ["repeats", mostRegions],
  ];
}

const total = (fields: [string, number][]) => fields.reduce((sum, [, length]) => sum + length, 0);

export interface Allocator {
  float64(length: number): Float64Array;
  int32(length: number): Int32Array;
}

export function allocate(size: number, { float64, int32 }: Allocator): Domain {
  return { size, reals: float64(total(realsOf(size))), words: int32(total(wordsOf(size))) };
}

function cut<A extends Float64Array | Int32Array>(array: A, fields: [string, number][]): [string, A][] {
  let at = 0;
  return fields.map(([name, length]) => [name, array.subarray(at, (at += length)) as A]);
}

let last: { readonly domain: Domain; readonly fields: Fields } | undefined;

/** The fields of a domain. A thread makes them once: the same memory and size have the same fields. */
export function fieldsOf(domain: Domain): Fields {
  const { size, reals, words } = domain;
  if (
    last?.domain.reals.buffer !== reals.buffer ||
    last.domain.reals.byteOffset !== reals.byteOffset ||
    last.domain.words.buffer !== words.buffer ||
    last.domain.words.byteOffset !== words.byteOffset ||
    last.domain.size !== size
  ) {
    const fields = Object.fromEntries([...cut(reals, realsOf(size)), ...cut(words, wordsOf(size))]) as Fields;
    last = { domain, fields };
  }
  return last.fields;
}
