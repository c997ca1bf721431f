import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { VirtualCluster } from "../../testing/cluster.ts";
import { withSeed } from "../../testing/seed.ts";
import { Locks } from "./locks.ts";

describe("locks over places", () => {
  test("one holder at a time, everybody has their turn", () =>
    withSeed((_random, seed) => {
      for (let round = 0; round < 20; round++) {
        const cluster = new VirtualCluster({ places: 1 + (round % 6), seed: seed + round });
        const machines = cluster.mount((link) => new Locks(link));
        const held = [0, 0, 0];
        let turns = 0;
        for (let i = 0; i < 60; i++) {
          const machine = cluster.random.pick(machines);
          const id = cluster.random.below(3);
          const home = id % cluster.places;
          cluster.after(cluster.random.next() * 30, () => {
            machine.lock(home, id, (error, request) => {
              assert.equal(error, null);
              assert.equal(++held[id]!, 1);
              cluster.after(cluster.random.next() * 2, () => {
                held[id]!--;
                turns++;
                machine.unlock(home, id, request);
              });
            });
          });
        }
        cluster.run();
        assert.equal(turns, 60);
      }
    }));

  test("a holder that is lost gives its turn to the next; who waits for a lost home is told", () => {
    const cluster = new VirtualCluster({ places: 3, jitter: 0 });
    const machines = cluster.mount((link) => new Locks(link));
    const told: string[] = [];
    const note = (who: number) => (error: Error | null) => told.push(`${who} ${error === null ? "has it" : error.message}`);
    machines[1]!.lock(0, 5, note(1));
    cluster.run();
    machines[2]!.lock(0, 5, note(2));
    cluster.run();
    assert.deepEqual(told, ["1 has it"]);
    machines[0]!.lost(1, new Error("place 1 is lost"));
    cluster.run();
    assert.deepEqual(told, ["1 has it", "2 has it"]);
    machines[0]!.lock(0, 5, note(0));
    cluster.run();
    machines[1]!.lock(0, 5, note(1));
    machines[1]!.lost(0, new Error("place 0 is lost"));
    assert.equal(told.at(-1), "1 place 0 is lost");
  });

  test("giving back what one does not have is refused", () => {
    const cluster = new VirtualCluster({ places: 2 });
    const machines = cluster.mount((link) => new Locks(link));
    machines[1]!.unlock(0, 5, 1);
    assert.throws(() => cluster.run(), { code: "HEDDLE_MESSAGE" });
  });
});
