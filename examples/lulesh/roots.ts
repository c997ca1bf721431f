/** A root by two steps of third order after Newton, which need no division. */
const value = new Float64Array(1);
const halves = new Int32Array(value.buffer);

/** x to the power of -1/3, for a positive normal number: to about its last digit. */
export function inverseCubeRoot(x: number): number {
  value[0] = x;
  // The exponent and the leading digits, taken as one number, times -1/3: right to 4 %.
  halves[1] = 0x553ef0ff - Math.trunc(halves[1]! / 3);
  halves[0] = 0;
  let root = value[0]!;
  for (let times = 0; times < 2; times++) {
    const error = 1 - x * root * root * root;
    root += root * error * (1 / 3 + error * (2 / 9 + error * (14 / 81)));
  }
  return root;
}
