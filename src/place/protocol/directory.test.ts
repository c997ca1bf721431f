import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { VirtualCluster } from "../../testing/cluster.ts";
import { withSeed } from "../../testing/seed.ts";
import { Directory } from "./directory.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (it: Uint8Array): string => new TextDecoder().decode(it);

/** Places with a directory each; the state of an object is the text that it was last given. */
function make(places: number, seed: number) {
  const cluster = new VirtualCluster({ places, seed });
  const states: Map<string, string>[] = Array.from({ length: places }, () => new Map());
  const delivered: string[] = [];
  const unknown: string[] = [];
  const machines = cluster.mount(
    (link) =>
      new Directory(link, {
        deliver: (name, message) => {
          assert.ok(states[link.place]!.has(name), `${name} is not at place ${link.place}`);
          delivered.push(`${name} ${text(message)}`);
        },
        unknown: (name, message) => unknown.push(`${name} ${text(message)}`),
        arrived: (name, state) => states[link.place]!.set(name, text(state)),
      }),
  );
  const register = (place: number, name: string, state: string): Promise<void> => {
    const done = machines[place]!.register(name);
    states[place]!.set(name, state);
    return done;
  };
  /** Moves the object if it is there and stays; after a while, as encoding takes. */
  const migrate = (place: number, name: string, to: number): void => {
    if (to === place || !machines[place]!.prepare(name, to)) return;
    cluster.after(cluster.random.next() * 3, () => {
      const state = states[place]!.get(name)!;
      states[place]!.delete(name);
      machines[place]!.move(name, bytes(state));
    });
  };
  return { cluster, machines, states, delivered, unknown, register, migrate };
}

describe("the directory of objects that move", () => {
  test("every call reaches its object once, while objects move all the time", () =>
    withSeed(async (_random, seed) => {
      for (let round = 0; round < 40; round++) {
        const places = 1 + (round % 9);
        const { cluster, machines, states, delivered, unknown, register, migrate } = make(places, seed + round);
        const { random } = cluster;
        const names = ["a", "b", "c", "some longer name"];
        const made = names.map((name) => register(random.below(places), name, `state of ${name}`));
        cluster.run();
        await Promise.all(made);
        const sent: string[] = [];
        for (let i = 0; i < 300; i++) {
          cluster.after(random.next() * 100, () => {
            const name = random.pick(names);
            if (random.below(3) === 0) for (let place = 0; place < places; place++) migrate(place, name, random.below(places));
            sent.push(`${name} ${i}`);
            machines[random.below(places)]!.call(name, bytes(`${i}`));
          });
        }
        cluster.run();
        assert.deepEqual(delivered.toSorted(), sent.toSorted());
        assert.deepEqual(unknown, []);
        for (const name of names)
          assert.deepEqual(
            states.flatMap((it) => it.get(name) ?? []),
            [`state of ${name}`],
          );
      }
    }));

  test("a caller learns where the object is, and then sends one message a call", async () => {
    const { cluster, machines, register, migrate } = make(8, 1);
    const done = register(3, "x", "");
    cluster.run();
    await done;
    for (const to of [5, 6]) {
      for (let place = 0; place < 8; place++) migrate(place, "x", to);
      cluster.run();
      for (let time = 0; time < 2; time++) {
        machines[1]!.call("x", bytes("hello"));
        cluster.run();
      }
      const before = cluster.messages;
      machines[1]!.call("x", bytes("hello"));
      cluster.run();
      assert.equal(cluster.messages - before, 1);
    }
  });

  test("a name is given once, and again when its object has ended", () =>
    withSeed(async (_random, seed) => {
      for (let round = 0; round < 20; round++) {
        const { cluster, machines, states, delivered, unknown, register, migrate } = make(5, seed + round);
        const first = register(2, "x", "one");
        cluster.run();
        await first;
        const second = assert.rejects(machines[4]!.register("x"), { code: "HEDDLE_COLLECTIVE" });
        cluster.run();
        await second;
        for (const to of [0, 4, 1, 2, 3]) {
          for (let place = 0; place < 5; place++) migrate(place, "x", to);
          cluster.run();
          machines[to]!.call("x", bytes(`at ${to}`));
        }
        machines[3]!.remove("x");
        states[3]!.delete("x");
        for (let place = 0; place < 5; place++) machines[place]!.call("x", bytes(`${place}`));
        cluster.run();
        assert.equal(unknown.length + delivered.length, 10);
        assert.equal(unknown.length, 5);
        const again = register(1, "x", "two");
        cluster.run();
        await again;
        for (let place = 0; place < 5; place++) machines[place]!.call("x", bytes("again"));
        cluster.run();
        assert.equal(delivered.filter((it) => it === "x again").length, 5);
      }
    }));

  test("an unknown name is told to the caller", () => {
    const { cluster, machines, unknown } = make(4, 1);
    machines[2]!.call("nobody", bytes("hello"));
    cluster.run();
    assert.deepEqual(unknown, ["nobody hello"]);
  });
});
