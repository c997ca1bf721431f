import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { VirtualCluster } from "../../testing/cluster.ts";
import { withSeed } from "../../testing/seed.ts";
import { pack, unpack } from "./message.ts";
import { lifelinesOf, Stealing } from "./stealing.ts";
import { Termination } from "./termination.ts";

/** Each place has a stack of nodes of a random tree, works on one node a microsecond, and steals when it has none. */
function search(places: number, seed: number, branching: number, most: number) {
  const cluster = new VirtualCluster({ places, seed });
  const { random } = cluster;
  const stacks: number[][] = Array.from({ length: places }, () => []);
  const done = new Array<number>(places).fill(0);
  const visited = new Set<number>();
  const waves: number[] = [];
  let made = 0;
  let busyUntil = 0;
  const counts = cluster.mount((link) => new Termination(link, (_scope, count) => waves.push(count)));
  const thieves = cluster.mount(
    (link) =>
      new Stealing(
        link,
        {
          take() {
            const stack = stacks[link.place]!;
            if (stack.length < 2) return null;
            return pack([counts[link.place]!.sent(0), ...stack.splice(0, stack.length >> 1)]);
          },
          give(tasks) {
            const [colour, ...nodes] = unpack(tasks, tasks.length / 4).words as [number, ...number[]];
            counts[link.place]!.received(0, colour);
            const wasIdle = stacks[link.place]!.length === 0;
            stacks[link.place]!.push(...nodes);
            if (wasIdle) work(link.place);
          },
        },
        { random: () => random.next() },
      ),
  );
  const work = (place: number): void => {
    const stack = stacks[place]!;
    const node = stack.pop();
    if (node === undefined) {
      counts[place]!.quiet(0);
      thieves[place]!.hungry();
      return;
    }
    assert.ok(!visited.has(node));
    visited.add(node);
    done[place]!++;
    busyUntil = cluster.now + 1;
    cluster.after(1, () => {
      for (let n = random.below(branching * 2); n > 0 && made < most; n--) stack.push(made++);
      if (stack.length > 1 && thieves[place]!.isWanted) thieves[place]!.surplus();
      work(place);
    });
  };
  stacks[0]!.push(...Array.from({ length: 50 }, () => made++));
  for (let place = 0; place < places; place++) {
    cluster.after(0, () => {
      counts[place]!.enter(0);
      work(place);
    });
  }
  cluster.run();
  return { visited: visited.size, made, done, waves, messages: cluster.messages, busyUntil };
}

describe("stealing by lifelines", () => {
  test("every task runs once, everywhere is told of the end, and then nobody says anything more", () =>
    withSeed((_random, seed) => {
      for (const places of [1, 2, 3, 5, 8, 16]) {
        for (let round = 0; round < 10; round++) {
          const { visited, made, waves } = search(places, seed + round, 3, 2000);
          assert.equal(visited, made);
          assert.equal(waves.length, places);
        }
      }
    }));

  test("the work is shared: 16 places take less than a sixth of the time of one", () => {
    const alone = search(1, 1, 4, 40_000);
    const many = search(16, 1, 4, 40_000);
    assert.ok(many.busyUntil < alone.busyUntil / 6, `${many.busyUntil} against ${alone.busyUntil}`);
    assert.ok(Math.min(...many.done) > 0);
  });

  test("an idle place sends its tries and its lifelines, once", () => {
    const cluster = new VirtualCluster({ places: 64 });
    const machines = cluster.mount((link) => new Stealing(link, { take: () => null, give: () => {} }));
    for (let time = 0; time < 10; time++) {
      for (const machine of machines) machine.hungry();
      cluster.run();
    }
    assert.equal(cluster.messages, 64 * (2 * 2 + 6));
  });

  test("places on the same machine are tried first", () => {
    const cluster = new VirtualCluster({ places: 8 });
    const asked: number[] = [];
    const hosts = [0, 0, 1, 1, 1, 1, 1, 1];
    const machines = cluster.mount(
      (link) =>
        new Stealing(
          link,
          {
            take() {
              if (asked.length < 2) asked.push(link.place);
              return null;
            },
            give: () => {},
          },
          { hosts, random: () => cluster.random.next() },
        ),
    );
    machines[0]!.hungry();
    cluster.run();
    assert.equal(asked[0], 1);
    assert.ok(asked[1]! > 1);
  });

  test("lifelines reach every place in at most log2 P steps", () => {
    for (const places of [1, 2, 3, 7, 8, 100, 1024]) {
      let reached = new Set([0]);
      for (let step = 0; step < Math.ceil(Math.log2(places)); step++) {
        reached = new Set([...reached].flatMap((it) => [it, ...lifelinesOf(it, places)]));
      }
      assert.equal(reached.size, places);
    }
  });

  test("with another base there are fewer lifelines, and every place is still reached", () => {
    assert.deepEqual(lifelinesOf(60, 64, 4), [61, 0, 12]);
    for (const base of [3, 4, 10]) {
      for (const places of [1, 2, 3, 64, 100]) {
        let reached = new Set([0]);
        for (let step = 0; step < (base - 1) * Math.ceil(Math.log(places) / Math.log(base)); step++) {
          reached = new Set([...reached].flatMap((it) => [it, ...lifelinesOf(it, places, base)]));
        }
        assert.equal(reached.size, places, `base ${base}, ${places} places`);
      }
    }
  });
});
