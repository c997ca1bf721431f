import { shared, spawn } from "heddle";

export async function main() {
  const a = shared.float64(4);
  const bytes = new Uint8Array(a.buffer, a.byteOffset, 32);
  const halves = [a.subarray(0, 2), a.subarray(2)];
  const one = spawn([halves[0]], (half) => {
    half[0] = half[1] = 1;
  });
  const two = spawn([halves[1]], (half) => {
    half[0] = half[1] = 1;
  });
  await one;
  await two;
  const three = spawn([a], (a) => {
    a[1] = 2; // race
  });
  const four = spawn([bytes], (bytes) => {
    bytes[7] = bytes[16] = 3;
  });
  const five = spawn([bytes], (bytes) => {
    bytes[8] = 3; // race
  });
  for (const it of [three, four, five]) await it;
}
