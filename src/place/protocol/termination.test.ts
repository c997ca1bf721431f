import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { VirtualCluster } from "../../testing/cluster.ts";
import { withSeed } from "../../testing/seed.ts";
import { pack, unpack } from "./message.ts";
import { Termination } from "./termination.ts";

interface Play {
  readonly places: number;
  readonly seed: number;
  /** Tasks in all, about. */
  readonly tasks: number;
  readonly scopes: number;
  /** What the receiver of a task says its colour was. */
  readonly colour?: (sent: number) => number;
  readonly jitter?: number;
}

/** Tasks that spawn tasks at random places, in several scopes at once; the places begin and end their own parts at random times. */
function play({ places, seed, tasks, scopes, colour = (it) => it, jitter = 3 }: Play) {
  const cluster = new VirtualCluster({ places, seed, jitter });
  const { random } = cluster;
  const alive = new Array<number>(scopes).fill(0); // tasks running or on their way, bodies open
  const ended: number[][] = Array.from({ length: scopes }, () => []);
  const waves: number[] = [];
  const early: string[] = [];
  let left = tasks;
  let messages = 0;
  const machines = cluster.mount(
    (link) =>
      new Termination(link, (scope, count) => {
        if (alive[scope] !== 0) early.push(`scope ${scope} ended with ${alive[scope]} tasks`);
        ended[scope]!.push(link.place);
        waves[scope] = count;
      }),
  );
  const running = Array.from({ length: places }, () => new Array<number>(scopes).fill(0));
  const leave = (place: number, scope: number): void => {
    alive[scope]!--;
    if (--running[place]![scope]! === 0) machines[place]!.quiet(scope);
  };
  const runners = cluster.mount((link) => ({
    receive(_from: number, message: Uint8Array) {
      const [scope, sentColour] = unpack(message, 2).words as [number, number];
      machines[link.place]!.received(scope, colour(sentColour));
      run(link.place, scope);
    },
    send: (to: number, scope: number) => {
      messages++;
      link.send(to, pack([scope, machines[link.place]!.sent(scope)]));
    },
  }));
  const run = (place: number, scope: number): void => {
    running[place]![scope]!++;
    cluster.after(random.next() * 5, () => {
      for (let n = random.below(4); n > 0 && left > 0; n--) {
        left--;
        alive[scope]!++;
        runners[place]!.send((place + 1 + random.below(places - 1)) % places, scope);
      }
      leave(place, scope);
    });
  };
  for (let scope = 0; scope < scopes; scope++) {
    for (let place = 0; place < places; place++) {
      alive[scope]!++;
      cluster.after(random.next() * 20, () => {
        machines[place]!.enter(scope);
        run(place, scope);
      });
    }
  }
  try {
    cluster.run(1_000_000);
  } catch (error) {
    early.push(String(error)); // what comes after a scope's end confuses it
  }
  return { early, ended, waves, control: cluster.messages - messages, time: cluster.now };
}

describe("termination by counting in waves", () => {
  test("every scope ends at every place, once, and never early", async () => {
    await withSeed((_random, seed) => {
      for (let round = 0; round < 60; round++) {
        const places = 2 + (round % 9);
        const { early, ended, waves, control } = play({ places, seed: seed + round, tasks: 20 * round, scopes: 1 + (round % 3) });
        assert.deepEqual(early, []);
        for (const it of ended) assert.deepEqual(it.toSorted((a, b) => a - b), Array.from({ length: places }, (_, i) => i)); // biome-ignore format: one line
        const all = waves.reduce((sum, it) => sum + it, 0);
        assert.equal(control, 2 * all * (places - 1)); // each wave goes up, and something comes down
      }
    });
  });

  test("without the colours it would end early: the test sees it", () => {
    const plays = Array.from({ length: 50 }, (_, seed) =>
      play({ places: 3, seed, tasks: 20, scopes: 1, colour: () => 0, jitter: 1 }),
    );
    assert.ok(plays.some(({ early }) => early.length > 0));
  });

  test("nothing sent: one wave, 2 (P - 1) messages, for 1 to 1024 places", () => {
    for (const places of [1, 2, 3, 64, 1000, 1024]) {
      const cluster = new VirtualCluster({ places, jitter: 0, overhead: 0 });
      const ended: number[] = [];
      const machines = cluster.mount((link) => new Termination(link, (_scope, waves) => ended.push(waves)));
      for (const machine of machines) {
        machine.enter(7);
        machine.quiet(7);
      }
      cluster.run();
      assert.deepEqual(ended, new Array(places).fill(1));
      assert.equal(cluster.messages, 2 * (places - 1));
      assert.ok(cluster.now <= 2 * Math.ceil(Math.log2(places))); // each message takes 1
    }
  });
});
