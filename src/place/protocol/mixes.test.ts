/** Members of a team that call different operations: no order of the messages leaves one waiting, and somebody is told. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { collectiveWorld } from "../../../test/support/collective-world.ts";
import { VirtualCluster } from "../../testing/cluster.ts";
import { withSeed } from "../../testing/seed.ts";
import { Collectives, type Combine } from "./collectives.ts";
import type { Team } from "./members.ts";
import type { Ended } from "./operation.ts";

type Call = (at: Collectives, team: Team, rank: number, ended: Ended<unknown>) => void;

const own = (): Uint8Array => new Uint8Array(8);
const parts = (team: Team): Uint8Array[] => team.members.map(own);
const none: Combine = () => {};
const rooted = (root: number): Record<string, Call> => ({
  [`broadcast ${root}`]: (at, team, rank, ended) => at.broadcast(team, root, rank === root ? own() : null, ended),
  [`gather ${root}`]: (at, team, _rank, ended) => at.gather(team, root, own(), ended),
  [`scatter ${root}`]: (at, team, rank, ended) => at.scatter(team, root, rank === root ? parts(team) : null, ended),
  [`reduce ${root}`]: (at, team, _rank, ended) => at.reduce(team, root, own(), none, ended),
});
const likeness = { likeness: 3, bytes: 8 };

const CALLS: Record<string, Call> = {
  barrier: (at, team, _rank, ended) => at.barrier(team, ended),
  ...rooted(0),
  ...rooted(1),
  allGather: (at, team, _rank, ended) => at.allGather(team, own(), ended),
  allReduce: (at, team, _rank, ended) => at.allReduce(team, own(), none, ended),
  scan: (at, team, _rank, ended) => at.scan(team, own(), none, ended),
  allToAll: (at, team, _rank, ended) => at.allToAll(team, parts(team), ended),
  "reduce of others": (at, team, _rank, ended) => at.reduce(team, 0, own(), none, ended, likeness),
  "allReduce of others": (at, team, _rank, ended) => at.allReduce(team, own(), none, ended, likeness),
  "scan of others": (at, team, _rank, ended) => at.scan(team, own(), none, ended, likeness),
  free: (at, team, _rank, ended) => at.barrier(team, ended, "free"),
  once: (at, team, _rank, ended) => at.barrier(team, ended, "once"),
  sharedVar: (at, team, rank, ended) => at.broadcast(team, 0, rank === 0 ? own() : null, ended, "sharedVar"),
  sharedArray: (at, team, _rank, ended) => at.allGather(team, own(), ended, "sharedArray"),
};
const NAMES = Object.keys(CALLS);

/** Each member calls its own, then a barrier. What each is told of the two. */
function mix(places: number, seed: number, calls: readonly Call[], atOnce: boolean): (Error | null | undefined)[][] {
  const cluster = new VirtualCluster({ places, seed });
  const together = atOnce ? collectiveWorld(cluster) : [];
  const machines = cluster.mount((link) => new Collectives(link, together[link.place]));
  const team: Team = { id: 0, members: machines.map((_, i) => i) };
  const told: (Error | null | undefined)[][] = machines.map(() => [undefined, undefined]);
  for (const [rank, at] of machines.entries()) {
    cluster.after(cluster.random.next() * 9, () =>
      calls[rank]!(at, team, rank, (error) => {
        told[rank]![0] = error;
        at.barrier(team, (later) => {
          told[rank]![1] = later;
        });
      }),
    );
  }
  cluster.run();
  return told;
}

describe("members that call different operations", () => {
  for (const places of [2, 3, 5, 8]) {
    test(`every pair, by messages, ${places} places`, () =>
      withSeed((random, seed) => {
        for (const a of NAMES) {
          for (const b of NAMES) {
            const others = new Set([Math.floor(random.next() * places)]);
            for (let place = 0; place < places; place++) if (others.size < places - 1 && random.next() < 0.3) others.add(place);
            const names = Array.from({ length: places }, (_, place) => (others.has(place) ? b : a));
            const told = mix(
              places,
              seed,
              names.map((it) => CALLS[it]!),
              false,
            );
            const what = names.join(", ");
            const errors = told.flat().filter((it) => it != null);
            assert.ok(
              told.flat().every((it) => it !== undefined),
              `nobody is left waiting: ${what}`,
            );
            assert.equal(errors.length > 0, a !== b, `somebody is told: ${what}`);
            for (const error of errors) assert.equal((error as { code?: string }).code, "HEDDLE_COLLECTIVE", what);
          }
        }
      }));
  }

  test("a barrier and a broadcast: all are told, by messages", () => {
    for (let seed = 0; seed < 30; seed++) {
      const told = mix(
        3,
        seed,
        [0, 1, 2].map((place) => CALLS[place === 1 ? "broadcast 0" : "barrier"]!),
        false,
      );
      for (const [first] of told)
        assert.match(
          `${first?.message}`,
          /broadcast with root 0: every place of a team calls the same|called broadcast with root 0, place . called barrier/,
        );
    }
  });

  test("every pair at once: all are told at that operation, and the next one is as it should be", () => {
    for (const a of NAMES) {
      for (const b of NAMES) {
        if (a === b) continue;
        const told = mix(
          3,
          1,
          [0, 1, 2].map((place) => CALLS[place === 1 ? b : a]!),
          true,
        );
        for (const [first, second] of told) {
          assert.equal((first as { code?: string }).code, "HEDDLE_COLLECTIVE", `${a}, ${b}`);
          assert.equal(second, null);
        }
      }
    }
  });

  test("elements of different lengths: all members are told", () => {
    const refuses: Combine = (into, from) => {
      if (into.length !== from.length) throw Object.assign(new Error("lengths"), { code: "HEDDLE_USAGE" });
    };
    const call =
      (bytes: number): Call =>
      (at, team, _rank, ended) =>
        at.allReduce(team, new Uint8Array(bytes), refuses, ended);
    const told = mix(
      5,
      1,
      [8, 8, 8, 16, 8].map((bytes) => call(bytes)),
      false,
    );
    for (const [first, second] of told) {
      assert.equal((first as { code?: string }).code, "HEDDLE_USAGE");
      assert.equal(second, null);
    }
  });
});
