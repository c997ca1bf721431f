import { shared, task } from "heddle";

const reader = task(import.meta, (a: Int32Array): number => a[0] + a[1]); // race

const writers: Record<string, (a: Int32Array) => unknown> = {
  plus: (a) => (a[0] += 2), // race
  logical: (a) => (a[0] &&= 2), // race
  before: (a) => ++a[0], // race
  behind: (a) => a[0]--, // race
  swap: (a) => ([a[0], a[1]] = [a[1], a[0]]), // race
  pattern: (a) => ({ x: a[0] } = { x: 1 }), // race
  loop: (a) => {
    for (a[0] of [1, 2]); // race
  },
  brackets: (a) => {
    a[0] = [1, 2].length; // race
  },
  nested: (a) => {
    a[a[0] * 0] = a[1] = 1; // race
  },
  method: (a) => {
    // the element of another array, by a computed name
    const list = [1, 2];
    return a.length + list[list.length - 1];
  },
};

const write = task(import.meta, (a: Int32Array, how: string): void => {
  writers[how](a);
});

const steps = task(import.meta, function* (a: Int32Array) {
  const child = reader.spawn(a);
  a[0] += yield* one.spawn(); // race
  yield* child;
});
const one = task(import.meta, (): number => 1);

const readers: ((a: Int32Array | undefined) => unknown)[] = [
  (a) => a?.[0], // race
  (a) => [...a!], // race
  (a) => Math.max(...a!), // race
  (a) => {
    const [x] = a!; // race
    return x;
  },
  (a) => {
    for (const x of a!) return x; // race
    return 0;
  },
  (a) => {
    const { 1: x } = a!;
    return x;
  },
];

const read = task(import.meta, (a: Int32Array, how: number): void => {
  readers[how](a);
});

const writer = task(import.meta, (a: Int32Array): void => {
  a[0] = 5; // race
});

export async function main() {
  const a = shared.int32(2);
  for (const how of Object.keys(writers)) {
    const one = reader.spawn(a);
    const two = write.spawn(a, how);
    await one;
    await two;
  }
  for (let how = 0; how < readers.length; how++) {
    const one = writer.spawn(a);
    const two = read.spawn(a, how);
    await one;
    await two;
  }
  await steps.spawn(a);
}
