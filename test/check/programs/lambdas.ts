import { shared, spawn } from "heddle";

export async function main() {
  const a = shared.int32(2);
  const one = spawn([a], (a) => {
    a[0] = 1; // race
  });
  const two = spawn([a], (a) => {
    a[1] = a[0]; // race
  });
  await one;
  await two;
  await spawn([a, 3], (a, by) => {
    a[0] *= by;
    a[1] -= by;
  });
}
