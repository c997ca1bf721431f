/** The Sedov problem: a cube of hexahedra in which all energy is in the element at the origin. */
import { elementCount, type Fields, nodeCount } from "./domain.ts";
import { hasBefore, hasBehind, numberNodes, type Part, whole } from "./part.ts";

/** Directions of an element's neighbours: low and high side of xi, eta and zeta. */
export const Face = { xiLow: 0, xiHigh: 1, etaLow: 2, etaHigh: 3, zetaLow: 4, zetaHigh: 5 } as const;
/** What lies at a face: another element, a plane of symmetry, nothing. */
export const Side = { inner: 0, symmetric: 1, free: 2 } as const;

const edgeLength = 1.125;
const energyOfSize45 = 3.948746e7;

export function buildMesh(size: number, fields: Fields, part: Part = whole): void {
  const { numbers } = numberNodes(size, part);
  place(size, fields, part, numbers);
  connect(size, fields, part, numbers);
  listCorners(size, fields);
  weigh(size * part.parts, fields);
  if (part.at.every((it) => it === 0)) fields.e[0] = energyOfSize45 * ((size * part.parts) / 45) ** 3;
}

/** The first time step, from the volume of the element at the origin and its energy. */
export function firstTimeStep({ e, volo }: Fields): number {
  return (0.5 * Math.cbrt(volo[0]!)) / Math.sqrt(2 * e[0]!);
}

function place(size: number, { x, y, z, fixed }: Fields, { at, parts }: Part, numbers: Int32Array): void {
  const before = at.map((it) => it * size) as [number, number, number];
  const all = size * parts;
  let position = 0;
  for (let plane = before[2]; plane <= before[2] + size; plane++) {
    for (let row = before[1]; row <= before[1] + size; row++) {
      for (let column = before[0]; column <= before[0] + size; column++) {
        const node = numbers[position++]!;
        x[node] = (edgeLength * column) / all;
        y[node] = (edgeLength * row) / all;
        z[node] = (edgeLength * plane) / all;
        fixed[node] = (column === 0 ? 1 : 0) | (row === 0 ? 2 : 0) | (plane === 0 ? 4 : 0);
      }
    }
  }
}

function connect(size: number, fields: Fields, part: Part, numbers: Int32Array): void {
  const { nodes, neighbours, surface, ghosts } = fields;
  const row = size + 1;
  const plane = row * row;
  const corners = [0, 1, row + 1, row, plane, plane + 1, plane + row + 1, plane + row];
  const stride = [1, size, size * size];
  // Kernels find a ghost as they find an element: by its distance from where the gradients along its axis begin.
  const beginnings = [fields.delvXi, fields.delvEta, fields.delvZeta];
  const toGhosts = beginnings.map((it) => (ghosts.byteOffset - it.byteOffset) / 8);
  for (let element = 0; element < elementCount(size); element++) {
    const at = [element % size, Math.floor(element / size) % size, Math.floor(element / (size * size))] as const;
    const first = at[2] * plane + at[1] * row + at[0];
    for (let k = 0; k < 8; k++) nodes[8 * element + k] = numbers[first + corners[k]!]!;
    let sides = 0;
    for (let axis = 0; axis < 3; axis++) {
      const [low, high] = [at[axis] === 0, at[axis] === size - 1];
      const [before, behind] = [hasBefore(part, axis), hasBehind(part, axis)];
      const [one, other] = at.filter((_, it) => it !== axis) as [number, number];
      const ghost = toGhosts[axis]! + 2 * axis * size * size + one + size * other;
      neighbours[6 * element + 2 * axis] = low ? (before ? ghost : element) : element - stride[axis]!;
      neighbours[6 * element + 2 * axis + 1] = high ? (behind ? ghost + size * size : element) : element + stride[axis]!;
      sides |= (low && !before ? Side.symmetric : Side.inner) << (4 * axis);
      sides |= (high && !behind ? Side.free : Side.inner) << (4 * axis + 2);
    }
    surface[element] = sides;
  }
}

function listCorners(size: number, { nodes, cornerStart, corners }: Fields): void {
  cornerStart.fill(0);
  for (const node of nodes) cornerStart[node + 1]!++;
  for (let node = 0; node < nodeCount(size); node++) cornerStart[node + 1]! += cornerStart[node]!;
  const next = cornerStart.slice();
  for (let corner = 0; corner < nodes.length; corner++) corners[next[nodes[corner]!]!++] = corner;
}

/** All elements are cubes at first, `size` of them along an edge of the whole. */
function weigh(size: number, { volo, mass, v, nodeMass, nodes }: Fields): void {
  const volume = (edgeLength / size) ** 3;
  volo.fill(volume);
  mass.fill(volume);
  v.fill(1);
  nodeMass.fill(0);
  for (const node of nodes) nodeMass[node]! += volume / 8;
}
