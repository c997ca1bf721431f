import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { collectiveWorld } from "../../../test/support/collective-world.ts";
import { ArrayKind } from "../../shared/array-kinds.ts";
import { VirtualCluster } from "../../testing/cluster.ts";
import { withSeed } from "../../testing/seed.ts";
import { Collectives, type Combine, type Elements } from "./collectives.ts";
import { type Combination, combineInto } from "./combine.ts";
import type { Team } from "./members.ts";
import { Teams } from "./teams.ts";

/** The same machine, with promises. */
class Awaited {
  readonly #its: Collectives;
  constructor(its: Collectives) {
    this.#its = its;
  }
  #wait = <T>(begin: (ended: (error: Error | null, result?: T) => void) => void): Promise<T> =>
    new Promise((resolve, reject) => begin((error, result) => (error === null ? resolve(result as T) : reject(error))));
  barrier = (team: Team) => this.#wait<void>((ended) => this.#its.barrier(team, ended));
  broadcast = (team: Team, root: number, its: Uint8Array | null) =>
    this.#wait<Uint8Array>((ended) => this.#its.broadcast(team, root, its, ended));
  gather = (team: Team, root: number, its: Uint8Array) =>
    this.#wait<Uint8Array[]>((ended) => this.#its.gather(team, root, its, ended));
  allGather = (team: Team, its: Uint8Array) => this.#wait<Uint8Array[]>((ended) => this.#its.allGather(team, its, ended));
  scatter = (team: Team, root: number, its: Uint8Array[] | null) =>
    this.#wait<Uint8Array>((ended) => this.#its.scatter(team, root, its, ended));
  reduce = (team: Team, root: number, its: Uint8Array, combine: Combine, elements?: Elements) =>
    this.#wait<Uint8Array>((ended) => this.#its.reduce(team, root, its, combine, ended, elements));
  allReduce = (team: Team, its: Uint8Array, combine: Combine, elements?: Elements) =>
    this.#wait<Uint8Array>((ended) => this.#its.allReduce(team, its, combine, ended, elements));
  scan = (team: Team, its: Uint8Array, combine: Combine, elements?: Elements) =>
    this.#wait<Uint8Array | null>((ended) => this.#its.scan(team, its, combine, ended, elements));
  allToAll = (team: Team, its: Uint8Array[]) => this.#wait<Uint8Array[]>((ended) => this.#its.allToAll(team, its, ended));
  split = (teams: Teams, team: Team, colour: number, key: number) =>
    this.#wait<Team | null>((ended) => teams.split(team, colour, key, ended));
  fail = (error: Error) => this.#its.fail(error);
  get its(): Collectives {
    return this.#its;
  }
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (it: Uint8Array): string => new TextDecoder().decode(it);
const join = (into: Uint8Array, from: Uint8Array): void => {
  // Not commutative: strings of one length, padded.
  into.set(bytes((text(into).trimEnd() + text(from).trimEnd()).padEnd(into.length)));
};
const padded = (it: string): Uint8Array => bytes(it.padEnd(64));
const SOME_SIZES = [1, 2, 3, 8];
const SIZES = [1, 2, 3, 4, 5, 7, 8, 13, 16];

/** By messages alone, or with what a transport does for all places at once. */
type Way = "messages" | "at once";
const WAYS: readonly Way[] = ["messages", "at once"];

function cluster(places: number, seed: number, way: Way = "messages") {
  const it = new VirtualCluster({ places, seed });
  const together = way === "messages" ? [] : collectiveWorld(it);
  const machines = it.mount((link) => new Collectives(link, together[link.place])).map((its) => new Awaited(its));
  const team: Team = { id: 0, members: machines.map((_, i) => i) };
  /** Calls at every place, at random times, and gives the results by place. */
  const each = async <T>(call: (at: Awaited, place: number) => Promise<T>, members = team.members): Promise<T[]> => {
    const results = members.map(
      (place) =>
        new Promise<T>((resolve, reject) =>
          it.after(it.random.next() * 9, () => call(machines[place]!, place).then(resolve, reject)),
        ),
    );
    it.run();
    return Promise.all(results);
  };
  return { it, team, machines, each };
}

const letters = (n: number): string[] => Array.from({ length: n }, (_, i) => String.fromCharCode(97 + i));

for (const way of WAYS)
  describe(`collectives over the virtual cluster, ${way}`, () => {
    for (const places of SIZES) {
      for (const long of SOME_SIZES.includes(places) ? [1, 250] : [1])
        test(`all operations, ${places} places, every root, ${long === 1 ? "short" : "long"} data`, () =>
          withSeed(async (_random, seed) => {
            const { team, each } = cluster(places, seed, way);
            const names = letters(places).map((it) => it.repeat(long));
            const padded = (it: string): Uint8Array => bytes(it.padEnd(64 * long));
            const all = names.join("");
            await each((at) => at.barrier(team));
            assert.deepEqual(
              (await each((at, i) => at.allGather(team, bytes(names[i]!)))).map((it) => it.map(text).join("")),
              names.map(() => all),
            );
            assert.deepEqual(
              (await each((at, i) => at.allReduce(team, padded(names[i]!), join))).map((it) => text(it).trimEnd()),
              names.map(() => all),
            );
            const prefixes = await each((at, i) => at.scan(team, padded(names[i]!), join));
            assert.deepEqual(
              prefixes.map((it) => it && text(it).trimEnd()),
              names.map((_, i) => (i === 0 ? null : names.slice(0, i).join(""))),
            );
            const swapped = await each((at, i) =>
              at.allToAll(
                team,
                names.map((to) => bytes(names[i]! + to)),
              ),
            );
            assert.deepEqual(
              swapped.map((it) => it.map(text)),
              names.map((to) => names.map((from) => from + to)),
            );
            for (let root = 0; root < places; root++) {
              const sent = await each((at, i) => at.broadcast(team, root, i === root ? bytes(all) : null));
              assert.deepEqual(
                sent.map(text),
                names.map(() => all),
              );
              const gathered = await each((at, i) => at.gather(team, root, bytes(names[i]!)));
              assert.deepEqual(
                gathered.map((it) => it.map(text).join("")),
                names.map((_, i) => (i === root ? all : "")),
              );
              const scattered = await each((at, i) => at.scatter(team, root, i === root ? names.map(bytes) : null));
              assert.deepEqual(scattered.map(text), names);
              const reduced = await each((at, i) => at.reduce(team, root, padded(names[i]!), join));
              assert.deepEqual(
                reduced.map((it) => text(it).trimEnd()),
                names.map((_, i) => (i === root ? all : "")),
              );
            }
          }));
    }

    test("a barrier lets nobody out before all are in", async () => {
      for (let seed = 0; seed < 20; seed++) {
        const { it, team, machines } = cluster(9, seed, way);
        let inside = 0;
        const waits = machines.map((at) => new Promise<void>((resolve, reject) => it.after(it.random.next() * 50, () => {
        inside++;
        at.barrier(team).then(() => { assert.equal(inside, 9); resolve(); }, reject);
      }))); // biome-ignore format: one thing
        it.run();
        await Promise.all(waits);
      }
    });

    test("operations of one team follow each other without a pause between them", async () => {
      const { it, team, machines } = cluster(6, 3, way);
      const results = machines.map((at, place) => Promise.all(
      [0, 1, 2, 3].flatMap((round) => [at.broadcast(team, round, place === round ? bytes(`${round}`) : null), at.allReduce(team, padded(`${place}`), join)]),
    )); // biome-ignore format: one thing
      it.run();
      for (const all of await Promise.all(results)) {
        assert.deepEqual(
          all.map((one) => text(one).trimEnd()),
          ["0", "012345", "1", "012345", "2", "012345", "3", "012345"],
        );
      }
    });

    test("teams are split by colour, ordered by key, and work side by side", async () => {
      const { it, machines } = cluster(7, 5, way);
      const teams = machines.map((at, place) => new Teams(at.its, place, 7));
      const split = teams.map((own, place) => machines[place]!.split(own, own.all, place === 6 ? -1 : place % 2, -place));
      it.run();
      const made = await Promise.all(split);
      assert.deepEqual(
        made.map((team) => team?.members ?? null),
        [[4, 2, 0], [5, 3, 1], [4, 2, 0], [5, 3, 1], [4, 2, 0], [5, 3, 1], null],
      );
      const again = made.map((team, place) => (team === null ? null : machines[place]!.split(teams[place]!, team, 0, place)));
      it.run();
      const second = await Promise.all(again);
      assert.deepEqual(second[4]!.members, [0, 2, 4]);
      assert.notEqual(second[4]!.id, made[4]!.id);
      const sums = second.map((team, place) =>
        team === null ? null : machines[place]!.allReduce(team, padded(`${place}`), join),
      );
      it.run();
      assert.deepEqual(
        (await Promise.all(sums)).map((one) => one && text(one).trimEnd()),
        ["024", "135", "024", "135", "024", "135", null],
      );
    });

    test("a place that calls something else is told what and where", async () => {
      const { it, team, machines } = cluster(2, 1, way);
      const root = machines[0]!.allReduce(team, padded("a"), join);
      const other = machines[1]!.barrier(team);
      it.run();
      await assert.rejects(root, { code: "HEDDLE_COLLECTIVE", message: /this place called allReduce.*place 1 called barrier/ });
      await assert.rejects(other, {
        code: "HEDDLE_COLLECTIVE",
        message: /this place called barrier.*place 0 called allReduce|place 0 called allReduce, place 1 called barrier/,
      });
    });

    test("a lost place fails what is under way and what comes later", async () => {
      const { team, machines } = cluster(3, 1, way);
      const waiting = machines[0]!.barrier(team);
      machines[0]!.fail(new Error("place 2 is lost"));
      await assert.rejects(waiting, /place 2 is lost/);
      await assert.rejects(machines[0]!.barrier(team), /place 2 is lost/);
    });
  });

describe("collectives over the virtual cluster", () => {
  test("sums of floating-point numbers have the same bits by messages and at once, short and long", async () => {
    const sumOf: Combine = (into, from) => combineInto(ArrayKind.FLOAT64, "sum", into, from);
    const elements = { likeness: 7, bytes: 8 };
    for (const places of SIZES) {
      for (const length of [1, 3, 101, 1000]) {
        const given = Array.from({ length: places }, (_, p) =>
          Float64Array.from({ length }, (_, i) => Math.sin(p * 100 + i) * 10 ** ((p * 7 + i) % 20)),
        );
        const [messages, atOnce] = await Promise.all(
          WAYS.map(async (way) => {
            const { it, team, machines } = cluster(places, places, way);
            const results = machines.map((at, place) => {
              const own = new Uint8Array(given[place]!.buffer.slice(0));
              return Promise.all([
                at.allReduce(team, own, sumOf, elements),
                at.reduce(team, places - 1, own, sumOf, elements),
                at.scan(team, own, sumOf, elements),
              ]);
            });
            it.run();
            return Promise.all(results);
          }),
        );
        assert.deepEqual(
          atOnce!.map((all) => all.map((it) => it && [...it])),
          messages!.map((all) => all.map((it) => it && [...it])),
          `${places} places, ${length} elements`,
        );
      }
    }
  });

  test("messages and time of a barrier: 2 (P - 1), depth 2 log P", async () => {
    for (const places of [2, 16, 256, 1024]) {
      const it = new VirtualCluster({ places, jitter: 0, overhead: 0 });
      const team: Team = { id: 0, members: Array.from({ length: places }, (_, i) => i) };
      const waits = it.mount((link) => new Collectives(link)).map((its) => new Awaited(its).barrier(team));
      it.run();
      await Promise.all(waits);
      assert.equal(it.messages, 2 * (places - 1));
      assert.equal(it.now, 2 * Math.log2(places));
    }
  });
});

test("typed elements are combined", () => {
  const combine = <T extends Float64Array | Int32Array | BigInt64Array>(kind: number, op: Combination, a: T, b: T): T => {
    combineInto(kind, op, new Uint8Array(a.buffer), new Uint8Array(b.buffer));
    return a;
  };
  assert.deepEqual([...combine(ArrayKind.FLOAT64, "sum", Float64Array.of(1, 2), Float64Array.of(0.5, 1))], [1.5, 3]);
  assert.deepEqual(
    [...combine(ArrayKind.FLOAT64, "min", Float64Array.of(1, Number.NaN), Float64Array.of(0.5, 1))],
    [0.5, Number.NaN],
  );
  assert.deepEqual([...combine(ArrayKind.INT32, "xor", Int32Array.of(6, -1), Int32Array.of(3, 1))], [5, -2]);
  assert.deepEqual([...combine(ArrayKind.INT32, "product", Int32Array.of(6), Int32Array.of(-3))], [-18]);
  assert.deepEqual([...combine(ArrayKind.BIG_INT64, "max", BigInt64Array.of(-6n), BigInt64Array.of(-3n))], [-3n]);
  assert.deepEqual([...combine(ArrayKind.BIG_INT64, "and", BigInt64Array.of(6n), BigInt64Array.of(3n))], [2n]);
});
