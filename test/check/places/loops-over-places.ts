import { type MainArguments, map, parallelFor, reduce, sharedArray, sort, world } from "heddle";

export async function main({ place, places }: MainArguments) {
  const a = await sharedArray("float64", 40, { block: 3 });
  const b = await sharedArray("float64", 40);
  await parallelFor.spmd(
    a.domain,
    (i, a) => {
      a.set(i, (i * 7919) % 40);
    },
    a,
  );
  const sum = await world.once(() => reduce(a, { identity: 0, combine: (x, y) => x + y }));
  await world.once(() => sort(a));
  await world.once(() => map.into(b, a, (x) => x / 2));
  const right = sum === 780 && (await a.get(17)) === 17 && (await b.get(9)) === 4.5;
  await world.barrier();
  await world.once(() => a.fill(1));
  await parallelFor.spmd.blocks(
    b.domain,
    (lo, hi, b) => {
      for (let i = lo; i < hi; i++) b.set(i, i);
    },
    b,
  );
  if (place === 1) await world.once(() => reduce(b, { identity: 0, combine: (x, y) => x + y }), 1);
  else await world.once(() => 0, 1);
  const loop = place === 0 ? parallelFor(a.domain, (i, a) => a.set(i, i), a) : null; // race
  if (place === places - 1) await a.get(2); // race
  await loop;
  await a.free();
  await b.free();
  return right ? 0 : 1;
}
