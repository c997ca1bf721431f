/** A cube that is cut into equal parts, each of them a cube of `size` elements along an edge. */

export type Triple = readonly [x: number, y: number, z: number];

/** One of `parts` times `parts` times `parts` parts. */
export interface Part {
  readonly parts: number;
  readonly at: Triple;
}

export const whole: Part = { parts: 1, at: [0, 0, 0] };

export function partOf(index: number, parts: number): Part {
  return { parts, at: [index % parts, Math.floor(index / parts) % parts, Math.floor(index / parts ** 2)] };
}

/** A part with which this one has nodes in common: at a face, an edge or a corner. */
export interface Neighbour {
  readonly index: number;
  /** -1, 0 or 1 along each axis. */
  readonly towards: Triple;
}

/** By index. */
export function neighboursOf({ parts, at }: Part): Neighbour[] {
  const steps = [-1, 0, 1];
  const inside = (it: number): boolean => it >= 0 && it < parts;
  return steps.flatMap((z) =>
    steps.flatMap((y) =>
      steps.flatMap((x): Neighbour[] => {
        const there = [at[0] + x, at[1] + y, at[2] + z] as const;
        if ((x === 0 && y === 0 && z === 0) || !there.every(inside)) return [];
        return [{ index: there[0] + parts * (there[1] + parts * there[2]), towards: [x, y, z] }];
      }),
    ),
  );
}

/** Whether other parts lie at the low and at the high side along an axis. */
export const hasBefore = ({ at }: Part, axis: number): boolean => at[axis]! > 0;
export const hasBehind = ({ at, parts }: Part, axis: number): boolean => at[axis]! < parts - 1;

/** The number of a node by its place in the cube: those that other parts have too come last. */
export function numberNodes(size: number, part: Part): { readonly numbers: Int32Array; readonly inner: number } {
  const side = size + 1;
  const isShared = (coordinate: number, axis: number): boolean =>
    (coordinate === 0 && hasBefore(part, axis)) || (coordinate === size && hasBehind(part, axis));
  const shared = Array.from({ length: side ** 3 }, (_, i) =>
    [i % side, Math.floor(i / side) % side, Math.floor(i / side ** 2)].some(isShared),
  );
  const inner = shared.filter((it) => !it).length;
  let [nextInner, nextShared] = [0, inner];
  return { numbers: Int32Array.from(shared, (it) => (it ? nextShared++ : nextInner++)), inner };
}

/** Positions in a cube with so many points along an edge: of those at the side `towards`. In the same order for both parts that meet there. */
export function side(points: number, towards: Triple): number[] {
  const range = (step: number): number[] =>
    step === 0 ? Array.from({ length: points }, (_, i) => i) : [step < 0 ? 0 : points - 1];
  const [xs, ys, zs] = towards.map(range) as [number[], number[], number[]];
  return zs.flatMap((z) => ys.flatMap((y) => xs.map((x) => x + points * (y + points * z))));
}
