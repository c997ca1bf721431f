import { shared, sort } from "heddle";

export async function main() {
  const numbers = shared.float64(100);
  for (let i = 0; i < 100; i++) numbers[i] = 99 - i;
  await sort(numbers);
  console.log(numbers[0], numbers[99]);
}
