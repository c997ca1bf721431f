/** What only serial mode over several places has to get right, since all places share a thread. Place 0 prints what it finds. */
import {
  accumulator,
  type HeddlePromise,
  type MainArguments,
  type Phaser,
  phaser,
  place,
  promise,
  shared,
  start,
  sum,
  task,
  world,
} from "heddle";

let mine = -1;
let known: Phaser | undefined;

const whatIsMine = task(import.meta, (): number => mine);
const keepPhaser = task(import.meta, (ph: Phaser): void => {
  known = ph;
});
const fillWith = task(import.meta, (array: Float64Array, value: number): number => array.fill(value).byteOffset);
const change = task(import.meta, (list: { of: number[] }): { of: number[] } => {
  list.of.push(place());
  return list;
});
const putObject = task(import.meta, (it: HeddlePromise<{ by: number }>, object: { by: number }): void => it.put(object));
const later = task(import.meta, async (): Promise<number> => {
  await new Promise((resolve) => setTimeout(resolve, 1));
  return place();
});
const codeOf = (error: unknown): string => (error as { code: string }).code;
const thrown = (body: () => unknown): string => {
  try {
    body();
    return "nothing";
  } catch (error) {
    return codeOf(error);
  }
};

export default async function main({ place: here, places }: MainArguments): Promise<void> {
  mine = here;
  await world.barrier();
  const next = (here + 1) % places;
  const say = (what: string, it: unknown): void => {
    if (here === 0) console.log(`${what}: ${JSON.stringify(it)}`);
  };

  say("variables of modules", await Promise.all(Array.from({ length: places }, (_, p) => whatIsMine.at(p).spawn())));
  await new Promise((resolve) => setTimeout(resolve, 1));
  say("places of code that has awaited", await world.allGather([place(), await later.at(next).spawn()]));

  const array = shared.float64(2);
  const copyAt = await fillWith.at(next).spawn(array, 7);
  say("arrays of the heap", [[...array], copyAt === array.byteOffset]);
  shared.free(array);

  const list = { of: [here] };
  const back = await change.at(next).spawn(list);
  say("arguments and results", [list, back]);

  const it = promise<{ by: number }>();
  const seen = it.future.then((value) => value);
  await putObject.at(next).spawn(it, { by: here });
  say("promises", await seen);

  say(
    "accumulators",
    thrown(() => change.at(next).spawn(sum() as never)),
  );
  say(
    "other accumulators",
    thrown(() => change.at(next).spawn(accumulator({ identity: 0, combine: (a, b) => a + b }) as never)),
  );

  // The code outside of tasks is a member of its own at each place, and an action runs where it was brought.
  const ph = here === 0 ? phaser() : undefined;
  if (ph !== undefined) for (let p = 1; p < places; p++) await keepPhaser.at(p).spawn(ph);
  await world.barrier();
  known ??= ph;
  if (here !== 0) known!.register();
  await world.barrier();
  let at = -1;
  const phases = known!.next(here === places - 1 ? () => (at = place()) : undefined);
  await phases;
  known!.drop();
  say("the action of a phaser", await world.allReduce(at, "max"));

  await using runtime = await start({ workers: 2 });
  say("workers of another runtime", runtime.workers);
  const { late } = await import(here === 0 ? "./late.ts" : "./tasks.ts");
  if (here === 0)
    say(
      "modules that the others have not imported",
      thrown(() => late.at(next).spawn()),
    );
}
