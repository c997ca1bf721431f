import { type Future, map, parallelFor, reduce, scan, shared, sort, task } from "heddle";
import { exactly } from "./expect.ts";

const pixel = task(import.meta, (x: number, y: number, image: Uint8Array): void => {
  image[y * 10 + x] = 1;
});
const size = task(import.meta, (text: string): number => text.length);
const image = shared.uint8(100);
const a = shared.float64(10);
const plane: [[number, number], [number, number]] = [
  [0, 10],
  [0, 10],
];

// parallelFor: the domain says how many indices the body gets.
exactly<Future<void>>()(parallelFor(10, (i) => i.toFixed()));
exactly<Future<void>>()(parallelFor([2, 5], (i, a) => void (a[i] = i), a));
exactly<Future<void>>()(parallelFor({ from: 9, to: -1, step: -1, tile: 2, mode: "chunked" }, (i) => void i));
exactly<Future<void>>()(parallelFor(plane, pixel, image));
exactly<Future<void>>()(parallelFor([[0, 10], 10], pixel, image));
exactly<Future<void>>()(parallelFor([2, 3, 4], (i, j, k) => i + j + k));
exactly<Future<void>>()(parallelFor.blocks(10, (lo, hi, a) => void a.fill(1, lo, hi), a));
// @ts-expect-error two numbers are one range, and the body wants two indices
parallelFor([10, 10], pixel, image);
// @ts-expect-error the body wants the image
parallelFor(plane, pixel);
// @ts-expect-error another kind of array
parallelFor(plane, pixel, a);
// @ts-expect-error four dimensions
parallelFor([2, 2, 2, 2], () => {});
// @ts-expect-error no such mode
parallelFor({ to: 10, mode: "static" }, () => {});
// @ts-expect-error a range has an end
parallelFor({ from: 10 }, () => {});

// map.
exactly<Future<string[]>>()(map([1, 2], (x) => `${x}`));
exactly<Future<number[]>>()(map(["a"], size));
exactly<Future<number[]>>()(map(a, (x, y) => x + y, 1));
exactly<Future<typeof a>>()(map.into(a, ["a"], size));
// @ts-expect-error elements of the wrong type
map([1], size);
// @ts-expect-error an array of numbers takes no texts
map.into(a, [1], (x) => `${x}`);

// reduce and scan: where an element is no value of the result, map is needed.
const add = { identity: 0, combine: (x: number, y: number) => x + y };
exactly<Future<number>>()(reduce([1, 2], { identity: 0, combine: (x, y) => x + y }));
exactly<Future<number>>()(reduce(a, add));
exactly<Future<number>>()(reduce(["a"], { ...add, map: size }));
exactly<Future<bigint>>()(reduce([1n], { identity: 0n, combine: (x, y) => x + y }));
exactly<Future<string>>()(reduce(10, { identity: "", combine: (x, y) => x + y, map: (i) => `${i}` }));
exactly<Future<number>>()(reduce({ from: 1, to: 9, step: 2 }, { ...add, map: (i, n) => i / n }, 3));
exactly<Future<Set<string>>>()(
  reduce(["a"], {
    identity: () => new Set<string>(),
    combine: (x, y) => x.union(y),
    map: (text) => new Set([text]),
  }),
);
exactly<Future<number[]>>()(scan([1, 2], { ...add, exclusive: true }));
exactly<Future<typeof a>>()(scan.into(a, [1, 2], add));
// @ts-expect-error elements are numbers, the result is a text
reduce([1, 2], { identity: "", combine: (x: string, y: string) => x + y });
// @ts-expect-error indices are numbers, the result is a text
reduce(3, { identity: "", combine: (x: string, y: string) => x + y });
// @ts-expect-error elements are texts, the results are numbers
scan(["a"], add);
// @ts-expect-error an accumulated value of another type
reduce([1], { identity: 0, combine: (x, y) => `${x}${y}` });

// sort: numbers, bigints and texts have an order, other things need one.
exactly<Future<typeof a>>()(sort(a));
exactly<Future<string[]>>()(sort(["b", "a"]));
exactly<Future<{ n: number }[]>>()(sort([{ n: 1 }], { by: (it) => it.n }));
exactly<Future<number[]>>()(sort([2, 1], { compare: (x, y) => y - x }));
// @ts-expect-error no order of their own
sort([{ n: 1 }]);
// @ts-expect-error a key is a number
sort([{ n: "1" }], { by: (it) => it.n });
// @ts-expect-error one or the other
sort([1], { by: (x) => x, compare: (x, y) => x - y });
