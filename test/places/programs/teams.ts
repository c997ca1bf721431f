/** Collective operations, at every place. */
import assert from "node:assert/strict";
import { shared, type Team, task, world } from "heddle";
import { type Cases, check, errorOf } from "./check.ts";

const rankIn = task(import.meta, async (team: Team): Promise<number[]> => team.allGather(team.rank));

const USAGE = { code: "HEDDLE_USAGE" };

const cases: Cases = {
  async "values of every kind"({ place, places }) {
    const ranks = Array.from({ length: places }, (_, i) => i);
    const all = (places * (places - 1)) / 2;
    assert.deepEqual([world.rank, world.size, world.members], [place, places, ranks]);
    for (let root = 0; root < places; root++) {
      const isRoot = place === root;
      const value = { from: root, list: [1, "two", null] };
      assert.deepEqual(await world.broadcast(isRoot ? value : null, root), value);
      assert.deepEqual(await world.gather(`p${place}`, root), isRoot ? ranks.map((it) => `p${it}`) : []);
      assert.deepEqual(await world.scatter(isRoot ? ranks.map((it) => new Date(it)) : null, root), new Date(place));
      assert.equal(await world.reduce(place + 1, "sum", root), isRoot ? all + places : undefined);
      assert.equal(await world.reduce(`${place}`, (a, b) => a + b, root), isRoot ? ranks.join("") : undefined);
    }
    assert.deepEqual(
      await world.allGather({ place }),
      ranks.map((it) => ({ place: it })),
    );
    assert.deepEqual(
      await world.allToAll(ranks.map((to) => `${place}>${to}`)),
      ranks.map((from) => `${from}>${place}`),
    );
    assert.equal(await world.allReduce(place, "max"), places - 1);
    assert.equal(await world.allReduce(1 << place, "or"), 2 ** places - 1);
    assert.equal(await world.allReduce(BigInt(place), (a, b) => a + b), BigInt(all));
    assert.equal(await world.scan(place + 1, "sum"), ((place + 1) * (place + 2)) / 2);
    const before = await world.scan(place + 1, "sum", { exclusive: true });
    assert.equal(before, place === 0 ? undefined : (place * (place + 1)) / 2);
    assert.equal(await world.scan(`${place}`, (a, b) => a + b), ranks.slice(0, place + 1).join(""));
    await world.barrier();
  },

  async "typed arrays, element by element"({ place, places }) {
    const all = (places * (places - 1)) / 2;
    const own = Float64Array.from({ length: 20_000 }, (_, i) => place + i);
    const sum = await world.allReduce(own, "sum");
    assert.ok(sum instanceof Float64Array);
    assert.equal(sum[777], places * 777 + all);
    assert.equal(own[777], place + 777);
    const most = await world.reduce(Int32Array.of(place, -place), "max", places - 1);
    assert.deepEqual(most, place === places - 1 ? Int32Array.of(places - 1, 0) : undefined);
    const upTo = await world.scan(BigInt64Array.of(1n, BigInt(place)), "sum");
    assert.deepEqual(upTo, BigInt64Array.of(BigInt(place + 1), BigInt((place * (place + 1)) / 2)));
    const received = await world.allToAll(Array.from({ length: places }, (_, to) => new Uint8Array(to * 1000).fill(place)));
    for (const [from, it] of received.entries()) {
      assert.equal(it.length, place * 1000);
      assert.ok(it.every((byte) => byte === from));
    }
  },

  async "the bits of a sum are the same every time"({ place }) {
    const own = Float64Array.from({ length: 100 }, (_, i) => Math.sin(place * 100 + i) * 10 ** ((place * 7 + i) % 20));
    const first = await world.allReduce(own, "sum");
    for (let time = 0; time < 5; time++) assert.deepEqual(await world.allReduce(own, "sum"), first);
    for (const other of await world.allGather(first)) assert.deepEqual(other, first);
  },

  async "many operations at once, in order"({ place, places }) {
    const values = await Promise.all(Array.from({ length: 50 }, (_, i) => world.allReduce(place + i, "sum")));
    for (const [i, it] of values.entries()) assert.equal(it, places * i + (places * (places - 1)) / 2);
  },

  async teams({ place, places }) {
    const half = (await world.split(place % 2, -place))!;
    const members = Array.from({ length: places }, (_, i) => i)
      .filter((it) => it % 2 === place % 2)
      .reverse();
    assert.deepEqual(half.members, members);
    assert.deepEqual(await half.allGather(place), members);
    assert.deepEqual(
      await rankIn.spawn(half),
      members.map((_, i) => i),
    );
    const first = await world.split(place === 0 ? 0 : -1);
    assert.equal(first === null, place !== 0);
    if (first !== null) assert.equal(await first.allReduce(5, "sum"), 5);
    const same = await half.split(7);
    assert.equal(await same!.allReduce(1, "sum"), members.length);
  },

  async "typed arrays as values"({ place, places }) {
    const root = places - 1;
    const bytes = Uint8Array.from({ length: 20 }, (_, i) => i);
    const region = shared.region();
    const onHeap = region.float64(4);
    onHeap.set([0.5, -0, Number.NaN, 7]);
    const values = [
      Float64Array.of(1.5, -0, Number.NaN),
      bytes.subarray(3, 7),
      new Uint8ClampedArray([1, 300]),
      BigInt64Array.of(-1n, 2n ** 62n),
      new Float32Array(0),
      Buffer.from("heddle"),
      new DataView(bytes.buffer, 2, 3),
    ];
    for (const value of values) assert.deepEqual(await world.broadcast(place === root ? value : null, root), value);
    const come = await world.broadcast(place === root ? onHeap.subarray(1) : null, root);
    assert.deepEqual(come, Float64Array.of(-0, Number.NaN, 7));
    const two = await world.broadcast(place === root ? [bytes, bytes] : null, root);
    assert.equal(two![0], two![1]);
    for (const [from, it] of (await world.allGather(Int16Array.of(place, -place))).entries()) {
      assert.deepEqual(it, Int16Array.of(from, -from));
      it[0] = 5; // it is everybody's own
    }
    region[Symbol.dispose]();
  },

  async "long values"({ place, places }) {
    const ranks = Array.from({ length: places }, (_, i) => i);
    const lengthOf = (it: number): number => (it % 3) * 40_000 + it;
    const like = (it: number): Uint8Array => new Uint8Array(lengthOf(it)).fill(it + 1);
    for (const root of ranks) {
      const mebibyte = await world.broadcast(place === root ? new Uint8Array(1 << 20).fill(root + 1) : null, root);
      assert.ok(mebibyte!.length === 1 << 20 && mebibyte!.every((it) => it === root + 1));
      assert.deepEqual(await world.gather(like(place), root), place === root ? ranks.map(like) : []);
      const most = await world.reduce(
        Int16Array.from({ length: 50_001 }, (_, i) => (i + place) % 1000),
        "max",
        root,
      );
      if (place === root) assert.deepEqual([most!.length, most![7]], [50_001, 7 + places - 1]);
      else assert.equal(most, undefined);
    }
    assert.deepEqual(await world.allGather(like(place)), ranks.map(like));
    assert.deepEqual(
      await world.allGather("x".repeat(place * 1000)),
      ranks.map((it) => "x".repeat(it * 1000)),
    );
    const big = await world.allReduce(
      BigInt64Array.from({ length: 1001 }, (_, i) => BigInt(i - place)),
      "min",
    );
    assert.deepEqual([big[0], big[1000]], [BigInt(1 - places), BigInt(1001 - places)]);
  },

  async "operations of all and of teams side by side, short and long"({ place, places }) {
    const half = (await world.split(place % 2))!;
    const members = half.members.length;
    const all = (places * (places - 1)) / 2;
    const rounds = Array.from({ length: 12 }, async (_, i) => {
      const root = i % places;
      const long = new Float64Array(i % 3 === 0 ? 3 : 4000).fill(place + i);
      const [sum, shared, own, mine, before, parts] = await Promise.all([
        world.allReduce(long, "sum"),
        world.broadcast(place === root ? long : null, root),
        half.allReduce(long, "sum"),
        half.allGather(place),
        world.scan(long, "sum", { exclusive: true }),
        world.allToAll(Array.from({ length: places }, (_, to) => long.subarray(0, to + 1))),
      ]);
      assert.deepEqual([sum.length, sum[2]], [long.length, all + i * places]);
      assert.deepEqual([shared!.length, shared![1]], [long.length, root + i]);
      assert.equal(own[0], half.members.reduce((a, b) => a + b) + i * members);
      assert.deepEqual(mine, half.members);
      assert.equal(before?.[2], place === 0 ? undefined : (place * (place - 1)) / 2 + i * place);
      assert.deepEqual(
        parts.map((it) => [it.length, it[0]]),
        parts.map((_, from) => [Math.min(place + 1, long.length), from + i]),
      );
    });
    await Promise.all(rounds);
  },

  async "misuse is told"({ places }) {
    assert.throws(() => world.broadcast(1, places), USAGE);
    assert.throws(() => world.allToAll(new Array(places + 1).fill(0)), USAGE);
    assert.throws(() => world.allReduce("x", "sum"), USAGE);
    assert.throws(() => world.allReduce(1, "average" as never), USAGE);
    assert.throws(() => world.allReduce(Float64Array.of(1), "xor"), USAGE);
    if (places > 1) assert.throws(() => world.allGather(rankIn), { code: "HEDDLE_CANNOT_CROSS" });
    await world.barrier();
  },

  async "a place that calls something else is told so"({ place, places }) {
    if (places < 2) return;
    const pair = await world.split(place < 2 ? 0 : -1);
    if (place === 0) assert.equal((await errorOf(pair!.allReduce(1, "sum"))).code, "HEDDLE_COLLECTIVE");
    if (place === 1) await pair!.broadcast(1, 1);
    await world.barrier();
  },
};

export default async function main({ place, places, args }: { place: number; places: number; args: string[] }): Promise<void> {
  await check(cases, place, places, args[0]);
}
