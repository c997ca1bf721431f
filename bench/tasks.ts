import { task } from "heddle";

export const empty = task(import.meta, (): void => {});

/** A fixed amount of arithmetic: the result depends on every step, so none is left out. */
export function churn(steps: number): number {
  let x = 1;
  for (let i = 0; i < steps; i++) x = (Math.imul(x, 1_664_525) + 1_013_904_223) | 0;
  return x;
}

export const coarse = task(import.meta, churn);

export const scaleAt = task(import.meta, (i: number, data: Float64Array): void => {
  data[i] = data[i]! * 0.5 + i;
});
