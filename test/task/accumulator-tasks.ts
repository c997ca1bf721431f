/** Tasks for the tests of accumulators. */
import { type Accumulator, accumulator, finish, sum, task } from "heddle";

/** Numbers whose sum depends on the order, when it is rounded at each step. */
export const numberAt = (i: number): number => ((i * 7919) % 1009) * 10 ** ((i % 31) - 15) * (i % 3 === 0 ? -1 : 1);

export const addNumbers = task(
  import.meta,
  function addRange(accumulators: Accumulator<number>[], from: number, to: number): void {
    if (to - from > 50) {
      const middle = (from + to) >> 1;
      const left = addNumbers.spawn(accumulators, from, middle);
      addNumbers(accumulators, middle, to);
      left.join();
      return;
    }
    for (let i = from; i < to; i++) for (const it of accumulators) it.add(numberAt(i));
  },
);

export const addBig = task(import.meta, function addBig(total: Accumulator<bigint>, n: number): void {
  for (let i = 1; i <= n; i++) total.add(BigInt(i));
});

export const addWord = task(import.meta, async function addWord(words: Accumulator<Record<string, number>>, word: string) {
  words.add({ [word]: 1 });
  await new Promise((resolve) => setTimeout(resolve, 1));
  words.add({ [word]: 1, all: 1 });
});

export const longer = task(import.meta, function longer(a: string, b: string): string {
  return a.length > b.length || (a.length === b.length && a < b) ? a : b;
});

export const addString = task(import.meta, function addString(longest: Accumulator<string>, value: string): void {
  longest.add(value);
});

/** A scope that is opened in a worker, and its accumulator with it. */
export const inside = task(import.meta, function inside(n: number): number {
  const total = sum();
  finish(() => {
    for (let i = 0; i < n; i += 10) addNumbers.spawn([total], i, i + 10);
    total.add(1);
  });
  return total.value;
});

export const nested = task(import.meta, function nested(): string {
  const outer = accumulator<string[]>({ identity: [], combine: (a, b) => [...a, ...b].sort() });
  finish(() => {
    for (const letter of "heddle") addLetter.spawn(outer, letter);
  });
  return outer.value.join("");
});

export const addLetter = task(import.meta, function addLetter(letters: Accumulator<string[]>, letter: string): void {
  letters.add([letter]);
});
