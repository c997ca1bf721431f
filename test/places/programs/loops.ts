/** Loops, map, reduce and sort over what lies at several places. */
import assert from "node:assert/strict";
import {
  type Distribution,
  distribute,
  type Future,
  map,
  parallelFor,
  place,
  reduce,
  type SharedArray,
  sharedArray,
  sort,
  task,
  world,
} from "heddle";
import { Random } from "heddle/testing";
import { type Cases, check, errorOf } from "./check.ts";

type Floats = SharedArray<Float64Array<SharedArrayBuffer>>;
type Ints = SharedArray<Int32Array<SharedArrayBuffer>>;

/** Writes at the element's place who ran it. */
const note = task(import.meta, (i: number, owners: Ints, factor: number): void => {
  owners.set(i, owners.at(i) + factor * (place() + 1));
});

const mark = task(import.meta, function* (at: number, marks: Ints): Generator<Future<unknown>, void> {
  yield* marks.add(at, 1);
});
const markCell = task(import.meta, (i: number, j: number, marks: Ints, columns: number): void => {
  mark.spawn(i * columns + j, marks);
});

/** What `note` leaves behind when each index has run once, at its own place. */
const owned = (domain: Distribution<1>, factor = 1): number[] =>
  Array.from({ length: domain.length }, (_, i) => factor * (domain.placeOf(i) + 1));

const blocksFor = (n: number, places: number): (number | undefined)[] => [undefined, 1, 3, Math.ceil(n / (2 * places)), n];

async function made(n: number, block: number | undefined): Promise<Floats> {
  return sharedArray("float64", n, block === undefined ? {} : { block });
}

const cases: Cases = {
  async "each index runs at the place of its element"({ places }) {
    for (const n of [0, 1, 1000]) {
      for (const block of blocksFor(n, places)) {
        if (block === 0) continue;
        const a = await sharedArray("int32", n, block === undefined ? {} : { block });
        await world.once(() => parallelFor(a.domain, note, a, 1), places - 1);
        assert.deepEqual([...(await a.read())], owned(a.domain));
        await world.barrier();
        await parallelFor.spmd(a.domain, note, a, 10);
        assert.deepEqual([...(await a.read())], owned(a.domain, 11));
        await a.free();
      }
    }
  },

  async "blocks are runs of neighbours, of which each place has its own"() {
    const n = 500;
    for (const block of [undefined, 7]) {
      const a = await sharedArray("int32", n, block === undefined ? {} : { block });
      await parallelFor.spmd.blocks(
        a.domain,
        (lo: number, hi: number, a: Ints) => {
          for (let i = lo; i < hi; i++) a.set(i, a.at(i) + i);
        },
        a,
      );
      await world.once(() =>
        parallelFor.blocks(
          a.domain,
          (lo, hi, a) => {
            const local = a.local.subarray(a.localIndex(lo), a.localIndex(hi - 1) + 1);
            for (let k = 0; k < local.length; k++) local[k]! += 1;
            if (local.length !== hi - lo) throw new RangeError("these are no neighbours");
          },
          a,
        ),
      );
      assert.deepEqual(
        [...(await a.read())],
        Array.from({ length: n }, (_, i) => i + 1),
      );
      await a.free();
    }
  },

  async "two and three dimensions, steps and bounds"({ places }) {
    const rows = 11;
    const columns = 6;
    const marks = await sharedArray("int32", rows * columns, { block: columns });
    const domain = distribute([{ from: rows - 1, to: 0, step: -2 }, [1, columns]], { block: 2 });
    assert.deepEqual([domain.rank, domain.length, domain.placeOf(rows - 1), domain.placeOf(6)], [2, 5, 0, 1 % places]);
    await world.once(() => parallelFor(domain, markCell, marks, columns));
    const counted = await marks.read();
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < columns; j++) assert.equal(counted[i * columns + j], i > 0 && i % 2 === 0 && j > 0 ? 1 : 0);
    await world.barrier();
    await marks.free();
    const cube = distribute([[0, 4], [2, 5], 3]);
    await parallelFor.spmd(
      cube,
      (i: number, j: number, k: number, owner: (number | undefined)[]) => {
        if (i > 3 || j < 2 || j > 4 || k > 2 || owner[i] === undefined) throw new RangeError(`${i} ${j} ${k}`);
      },
      [0, 1, 2, 3].map((i) => (cube.placeOf(i) === place() ? i : undefined)),
    );
    await parallelFor.spmd.blocks(cube, (iLo: number, iHi: number, jLo: number, jHi: number, kLo: number, kHi: number) => {
      if (iLo >= iHi || jLo !== 2 || jHi !== 5 || kLo !== 0 || kHi !== 3) throw new RangeError("bad bounds");
    });
  },

  async "a body that fails, at one place"({ places }) {
    const domain = distribute(100);
    const body = (i: number): void => {
      if (i === 99) throw new RangeError("ninety-nine");
    };
    assert.equal((await errorOf(world.once(() => parallelFor(domain, body)))).message, "ninety-nine");
    assert.equal((await errorOf(parallelFor.spmd(domain, body))).message, "ninety-nine");
    assert.throws(() => parallelFor.spmd(100 as unknown as Distribution<1>, body), { code: "HEDDLE_USAGE" });
    assert.throws(() => distribute({ to: 10, tile: 2 }), { code: "HEDDLE_USAGE" });
    assert.throws(() => distribute(10, { block: 0 }), { code: "HEDDLE_USAGE" });
    const a = await made(4 * places, undefined);
    if (places > 1) {
      assert.throws(() => a.at((4 * (place() + 1)) % (4 * places)), { code: "HEDDLE_GLOBAL_MEMORY" });
    }
    assert.throws(() => a.set(4 * places, 1), { code: "HEDDLE_GLOBAL_MEMORY" });
    await a.free();
  },

  async "tiles that any place may take"({ places }) {
    const a = await sharedArray("int32", places);
    const b = await sharedArray("int32", 640);
    await world.once(() => parallelFor({ to: 640, tile: 10, mode: "anywhere" }, countAnywhere, a, b));
    assert.deepEqual([...(await b.read())], new Array(640).fill(1));
    const by = [...(await a.read())];
    assert.equal(
      by.reduce((x, y) => x + y),
      640,
    );
    await world.barrier();
    await a.free();
    await b.free();
  },

  async "fill, map and map.into"({ places }) {
    const n = 300;
    for (const block of blocksFor(n, places)) {
      const a = await made(n, block);
      await world.once(() => a.fill(2.5));
      assert.deepEqual([...(await a.read())], new Array(n).fill(2.5));
      await world.barrier();
      for (let k = 0; k < a.local.length; k++) a.local[k] = a.globalIndex(k);
      assert.deepEqual(
        await world.once(() => map(a, (x, by) => `${x * by}`, 3)),
        Array.from({ length: n }, (_, i) => `${3 * i}`),
      );
      for (const other of [block, 4]) {
        const b = await sharedArray("int32", n + 5, other === undefined ? {} : { block: other });
        await world.once(() => map.into(b, a, (x: number, by: number) => x + by, 1));
        assert.deepEqual(
          [...(await b.read())],
          Array.from({ length: n + 5 }, (_, i) => (i < n ? i + 1 : 0)),
        );
        await b.free();
      }
      await a.free();
    }
    const [short, long] = [await made(3, undefined), await made(4, undefined)];
    assert.throws(() => map.into(short, long, (x: number) => x), { code: "HEDDLE_USAGE" });
    assert.throws(() => map.into(short, [1, 2] as never, ((x: number) => x) as never), { code: "HEDDLE_USAGE" });
    await short.free();
    await long.free();
  },

  async "reduce has the bits of the local one"({ places }) {
    const random = Random.from(7);
    for (const n of [0, 1, 5, 1024, 3000]) {
      const values = Float64Array.from({ length: n }, () => (random.next() - 0.5) * 10 ** random.below(12));
      const sum = { identity: 0, combine: (a: number, b: number) => a + b };
      const local = await reduce(values, sum);
      const text = await reduce(values, { identity: "", combine: (a: string, b: string) => a + b, map: (x: number) => ` ${x}` });
      for (const block of blocksFor(n, places)) {
        if (block === 0) continue;
        const a = await made(n, block);
        await world.once(() => a.write(values));
        assert.equal(await world.once(() => reduce(a, sum)), local);
        assert.equal(
          await world.once(() => reduce(a, { identity: "", combine: (a: string, b: string) => a + b, map: (x) => ` ${x}` })),
          text,
        );
        const most = await world.once(() =>
          reduce(a, { identity: -Infinity, combine: (a, b) => Math.max(a, b), map: (x, by) => x * by }, -1),
        );
        assert.equal(most, -Math.min(...values));
        await a.free();
      }
    }
  },

  async "sort, every kind of elements"({ places }) {
    const random = Random.from(11);
    for (const kind of ["int8", "uint8Clamped", "uint16", "int32", "float32", "float64", "bigInt64", "bigUint64"] as const) {
      for (const n of [0, 3, 2000]) {
        const block = random.pick([undefined, 5, Math.ceil(n / places) + 3, Math.max(1, Math.floor(n / (3 * places)))]);
        const a = (await sharedArray(kind as "float64", n, block === undefined ? {} : { block })) as Floats;
        const big = kind.startsWith("big");
        const special = [Number.NaN, -0, 0, Infinity, -Infinity];
        const values = Array.from({ length: n }, () => {
          if (kind.startsWith("float") && random.below(4) === 0) return random.pick(special);
          const value = (random.next() - 0.5) * 2 ** random.below(33);
          return big
            ? BigInt(Math.round(kind === "bigUint64" ? Math.abs(value) : value))
            : kind.startsWith("float")
              ? value
              : Math.round(value);
        });
        await world.once(() => a.write(values as number[]));
        const expected = (await a.read()).sort();
        await world.once(() => sort(a));
        const got = await a.read();
        assert.ok(same(got, expected), `${kind} ${n} ${block}`);
        await a.free();
      }
    }
  },

  async "sort: many equal elements, one place has all, by keys and by comparing"() {
    const random = Random.from(5);
    const n = 3000;
    for (const block of [undefined, 4, n]) {
      const a = await made(n, block);
      const values = Float64Array.from({ length: n }, () => random.below(3));
      await world.once(() => a.write(values));
      await world.once(() => sort(a));
      assert.ok(same(await a.read(), values.slice().sort()));
      await world.barrier();
      const mixed = Float64Array.from({ length: n }, (_, i) => 1000 * random.below(5) + (i % 1000));
      await world.once(() => a.write(mixed));
      await world.once(() => sort(a, { by: (x) => Math.floor(x / 1000) }));
      const stable = mixed.slice();
      await sort(stable, { by: (x) => Math.floor(x / 1000) });
      assert.ok(same(await a.read(), stable), `by, blocks of ${block}`);
      await world.once(() => sort(a, { compare: (x, y) => (y % 1000) - (x % 1000) }));
      await sort(stable, { compare: (x, y) => (y % 1000) - (x % 1000) });
      assert.ok(same(await a.read(), stable), `compare, blocks of ${block}`);
      await world.barrier();
      const failure = errorOf(world.once(() => sort(a, { by: (x) => (x % 1000 === 4 ? ("four" as never) : x) })));
      assert.match((await failure).message, /number/);
      await a.free();
    }
  },

  async "once: a value, a promise and a failure, for all"({ place, places }) {
    const root = places - 1;
    assert.equal(await world.once(() => place, root), root);
    assert.deepEqual(await world.once(async () => [place]), [0]);
    const error = await errorOf(
      world.once(() => {
        throw new TypeError(`at ${place}`);
      }, root),
    );
    assert.deepEqual([error.name, error.message], ["TypeError", `at ${root}`]);
  },
};

/** Counts index `i` in `all`, and at the place where it ran. */
export const countAnywhere = task(import.meta, (i: number, byPlace: Ints, all: Ints): void => {
  const until = performance.now() + 0.05;
  while (performance.now() < until);
  counted.spawn(i, byPlace, all, place());
});
const counted = task(import.meta, function* (i: number, byPlace: Ints, all: Ints, at: number): Generator<Future<unknown>, void> {
  yield* byPlace.add(at, 1);
  yield* all.add(i, 1);
});

const same = (a: ArrayLike<unknown>, b: ArrayLike<unknown>): boolean =>
  a.length === b.length && Array.from(a).every((it, i) => Object.is(it, b[i]));

export default async function main({ place, places, args }: { place: number; places: number; args: string[] }): Promise<void> {
  await check(cases, place, places, args[0]);
}
