import { finish, parallelFor, shared, task } from "heddle";

const add = task(import.meta, (numbers) => numbers[0]++);

export async function main() {
  const numbers = shared.int32(10);
  await finish(async () => {
    add.spawn(numbers);
    add.spawn(numbers);
  });
  await parallelFor(10, (i, numbers) => void (numbers[9 - i] = 0 * numbers[i]), numbers);
}
