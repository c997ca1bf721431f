/** What the reference prints at the end, and what is known of it. */
import type { Fields } from "./domain.ts";

export interface Outcome {
  readonly size: number;
  readonly cycles: number;
  readonly originEnergy: number;
  readonly symmetry: Symmetry;
}

/** How far the energies of the lowest plane differ from those mirrored at its diagonal. */
export interface Symmetry {
  readonly maxAbsolute: number;
  readonly totalAbsolute: number;
  readonly maxRelative: number;
}

/** Iterations and final energy at the origin of the reference's single-process runs. */
export const published: Readonly<Record<number, { readonly cycles: number; readonly originEnergy: string }>> = {
  5: { cycles: 72, originEnergy: "7.853665e+3" },
  10: { cycles: 231, originEnergy: "2.720531e+4" },
  30: { cycles: 932, originEnergy: "2.025075e+5" },
};

export function symmetryOf(size: number, { e }: Fields): Symmetry {
  let [maxAbsolute, totalAbsolute, maxRelative] = [0, 0, 0];
  for (let row = 0; row < size; row++) {
    for (let column = row + 1; column < size; column++) {
      const [one, other] = [e[row * size + column]!, e[column * size + row]!];
      const difference = Math.abs(one - other);
      totalAbsolute += difference;
      maxAbsolute = Math.max(maxAbsolute, difference);
      maxRelative = Math.max(maxRelative, other === 0 ? 0 : difference / Math.abs(other));
    }
  }
  return { maxAbsolute, totalAbsolute, maxRelative };
}

/** Whether a run of a published size ended as the reference's; true where nothing is known. */
export function agrees({ size, cycles, originEnergy, symmetry }: Outcome, iterations = Number.POSITIVE_INFINITY): boolean {
  const expected = published[size];
  if (symmetry.maxRelative > 1e-8) return false;
  if (expected === undefined || cycles >= iterations) return true;
  return cycles === expected.cycles && originEnergy.toExponential(6) === expected.originEnergy;
}

export function describe({ size, cycles, originEnergy, symmetry }: Outcome, seconds: number): string {
  const zones = size ** 3 * cycles;
  return `Run completed:
   Problem size        =  ${size}
   Iteration count     =  ${cycles}
   Final Origin Energy =  ${originEnergy.toExponential(6)}
   Testing Plane 0 of Energy Array:
        MaxAbsDiff   = ${symmetry.maxAbsolute.toExponential(6)}
        TotalAbsDiff = ${symmetry.totalAbsolute.toExponential(6)}
        MaxRelDiff   = ${symmetry.maxRelative.toExponential(6)}

Elapsed time         = ${seconds.toFixed(3)} (s)
Grind time (us/z/c)  = ${((seconds * 1e6) / zones).toFixed(5)}
FOM                  = ${Math.round(zones / seconds)} (z/s)`;
}
