import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Link, Protocol } from "../../net/link.ts";
import { VirtualCluster } from "../../testing/cluster.ts";
import { withSeed } from "../../testing/seed.ts";
import { type Call, type Carrier, Directory, homeOf, type Numbers, type Residence } from "./directory.ts";

/** What a call does: notes itself, moves the object, or ends it. */
interface ModelCall extends Call {
  readonly text: string;
  readonly to: number;
}

const bytes = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const CONTROL = 0x7b; // what is JSON begins with "{"

/** A place of the model: carries calls as messages, and lets objects run them, which takes time. */
class Place implements Protocol, Carrier<ModelCall> {
  readonly directory: Directory<ModelCall>;
  readonly states = new Map<number, string[]>();
  /** How many moves the object had when it came here. */
  readonly instances = new Map<number, number>();
  readonly failed: string[] = [];
  readonly link: Link;
  readonly model: Model;

  constructor(link: Link, model: Model) {
    this.link = link;
    this.model = model;
    const send = (to: number, message: Uint8Array): void => {
      const whole = new Uint8Array(1 + message.length);
      whole.set(message, 1);
      link.send(to, whole);
    };
    this.directory = new Directory({ place: link.place, places: link.places, send }, this);
  }

  receive(from: number, message: Uint8Array): void {
    if (message[0] !== CONTROL) return this.directory.receive(from, message.subarray(1));
    const it = JSON.parse(new TextDecoder().decode(message));
    if (it.arrival !== undefined) this.#arrive(it.id, it.arrival.moves, it.arrival.numbers, it.arrival.state, it.from);
    else if (it.left !== undefined) this.#left(it.id, it.left, it.moves);
    else if (it.error !== undefined) this.failed.push(`${it.call.text} ${it.error}`);
    else if (it.back) this.directory.returned(it.id, it.call, it.residence);
    else this.directory.came(it.id, it.call);
  }

  send(to: number, id: number, call: ModelCall): void {
    assert.notEqual(to, this.link.place);
    this.model.sent++;
    this.link.send(to, bytes({ id, call }));
  }

  giveBack(id: number, call: ModelCall, residence: Residence | null, error: Error | null): void {
    const code = (error as { code?: string } | null)?.code;
    if (call.origin === this.link.place) {
      assert.ok(code !== undefined);
      this.failed.push(`${call.text} ${code}`);
    } else this.link.send(call.origin, bytes({ id, call, back: true, residence, error: code }));
  }

  deliver(id: number, call: ModelCall): void {
    const state = this.states.get(id);
    assert.ok(state !== undefined, `object ${id} is not at place ${this.link.place}`);
    const others = this.model.running.get(id) ?? 0;
    if (!this.model.interleaved || call.alone) assert.equal(others, 0, "one call at a time");
    this.model.running.set(id, others + 1);
    const moves = this.instances.get(id)!;
    const end = (): void => {
      this.model.running.set(id, this.model.running.get(id)! - 1);
      this.directory.ended(id, moves);
    };
    const { random } = this.model.cluster;
    if (call.text === "end") {
      this.states.delete(id);
      this.directory.remove(id);
      end();
    } else if (call.to >= 0 && call.to !== this.link.place) {
      const { moves: before, numbers } = this.directory.leave(id);
      this.model.running.set(id, others); // the call goes on, but the object may be called at its new place
      this.link.send(call.to, bytes({ id, from: this.link.place, arrival: { moves: before + 1, numbers, state } }));
    } else {
      state.push(call.text);
      this.model.begun.push(`${id} ${call.text}`);
      this.model.cluster.after(random.next() * 2, end);
    }
  }

  #arrive(id: number, moves: number, numbers: Numbers, state: string[], from: number): void {
    if (this.model.refuses()) return this.link.send(from, bytes({ id, left: -1, moves }));
    this.states.set(id, state);
    this.instances.set(id, moves);
    this.directory.arrived(id, moves, numbers, this.model.interleaved);
    this.link.send(from, bytes({ id, left: this.link.place, moves }));
  }

  #left(id: number, to: number, moves: number): void {
    const before = moves - 1;
    if (to < 0) {
      this.instances.set(id, this.directory.stayed(id));
      this.directory.ended(id, before);
      return;
    }
    if (this.instances.get(id) === before) this.states.delete(id);
    this.directory.left(id, to, before);
    // The call that moved it ends here later, perhaps after the object has come back.
    this.model.cluster.after(this.model.cluster.random.next() * 5, () => this.directory.ended(id, before));
  }

  make(name: string | null = null): number {
    let made = -1;
    this.directory.make(name, (error, id) => {
      assert.equal(error, null);
      made = id;
      this.states.set(id, []);
      this.instances.set(id, 0);
      this.model.cluster.after(this.model.cluster.random.next() * 5, () =>
        this.directory.arrived(id, 0, [], this.model.interleaved),
      );
    });
    return made;
  }

  call(id: number, text: string, to = -1): void {
    const alone = to >= 0 || text === "end";
    this.directory.call(id, { origin: this.link.place, number: -1, moves: -1, alone, text, to });
  }
}

class Model {
  readonly cluster: VirtualCluster;
  readonly places: Place[];
  readonly running = new Map<number, number>();
  readonly begun: string[] = [];
  readonly interleaved: boolean;
  readonly refusals: number;
  sent = 0;

  constructor(places: number, seed: number, interleaved = false, refusals = 0) {
    this.interleaved = interleaved;
    this.refusals = refusals;
    this.cluster = new VirtualCluster({ places, seed });
    this.places = this.cluster.mount((link) => new Place(link, this));
  }

  /** Whether an object that moves cannot be taken in. */
  refuses(): boolean {
    return this.cluster.random.next() < this.refusals;
  }
}

describe("the directory of objects that move", () => {
  for (const [places, rounds] of [
    [1, 2],
    [2, 6],
    [7, 6],
    [64, 3],
    [1024, 1],
  ] as const) {
    test(`${places} places: every call reaches its object once, in the order of each caller, while objects move all the time`, () =>
      withSeed((_random, seed) => {
        for (let round = 0; round < rounds; round++) {
          const model = new Model(places, seed + round, round % 3 === 1, round % 4 === 3 ? 0.4 : 0);
          const { cluster, places: all } = model;
          const { random } = cluster;
          const ids = Array.from({ length: 4 }, () => all[random.below(places)]!.make());
          const made: string[] = [];
          const sent = new Map<string, number>();
          for (let i = 0; i < 400; i++) {
            cluster.after(random.next() * 100, () => {
              const id = random.pick(ids);
              // A few places call often, so that their calls overtake each other.
              const from = random.below(random.below(2) === 0 ? Math.min(3, places) : places);
              if (random.below(4) === 0) return all[from]!.call(id, "move", random.below(places));
              const key = `${id} ${from}`;
              const n = sent.get(key) ?? 0;
              sent.set(key, n + 1);
              made.push(`${key} ${n}`);
              all[from]!.call(id, `${from} ${n}`);
            });
          }
          cluster.run();
          assert.deepEqual(model.begun.filter((it) => !it.includes("move")).toSorted(), made.toSorted());
          const next = new Map<string, number>();
          for (const it of model.begun) {
            const [id, from, n] = it.split(" ");
            if (from === "move") continue;
            assert.equal(Number(n), next.get(`${id} ${from}`) ?? 0, `the calls of place ${from} in order`);
            next.set(`${id} ${from}`, Number(n) + 1);
          }
          for (const id of ids) assert.equal(all.filter(({ states }) => states.has(id)).length, 1, "one place has the object");
          assert.deepEqual(
            all.map(({ directory }) => directory.waiting),
            all.map(() => 0),
          );
          assert.deepEqual(
            all.flatMap(({ failed }) => failed),
            [],
          );
        }
      }));
  }

  test("a caller learns where the object is, and then sends one message a call", () => {
    const model = new Model(8, 1);
    const id = model.places[3]!.make();
    model.cluster.run();
    for (const to of [5, 6, 3]) {
      model.places[2]!.call(id, "move", to);
      model.cluster.run();
      model.places[1]!.call(id, "hello");
      model.cluster.run();
      const before = model.cluster.messages;
      model.places[1]!.call(id, "hello");
      model.cluster.run();
      assert.equal(model.cluster.messages - before, 1);
    }
  });

  test("calls of an object that is destroyed fail, whatever was on its way", () =>
    withSeed((_random, seed) => {
      for (let round = 0; round < 20; round++) {
        const model = new Model(5, seed + round);
        const { random } = model.cluster;
        const id = model.places[2]!.make();
        for (let i = 0; i < 60; i++) {
          model.cluster.after(random.next() * 60, () => {
            const from = model.places[random.below(5)]!;
            if (i === 0) from.call(id, "end");
            else if (i % 5 === 0) from.call(id, "move", random.below(5));
            else from.call(id, `${i}`);
          });
        }
        model.cluster.run();
        const failed = model.places.flatMap((it) => it.failed);
        assert.ok(failed.every((it) => it.endsWith("HEDDLE_OBJECT_GONE")));
        const calls = [...model.begun.map((it) => it.split(" ")[1]!), ...failed.map((it) => it.split(" ")[0]!)];
        assert.ok(model.places.every(({ states, directory }) => !states.has(id) && directory.waiting === 0));
        assert.equal(new Set(calls.filter((it) => it !== "move" && it !== "end")).size, 48);
      }
    }));

  test("a name is given once, and again when its object has ended", () => {
    const { places, cluster } = new Model(5, 1);
    const answers: string[] = [];
    const note = (what: string) => (error: Error | null, id: number) =>
      answers.push(`${what} ${error === null ? homeOf(id) : (error as unknown as { code: string }).code}`);
    const step = (run: () => void): void => {
      run();
      cluster.run();
    };
    let id = -1;
    step(() =>
      places[2]!.directory.make("x", (_error, it) => {
        id = it;
        places[2]!.directory.arrived(it, 0, [], false);
      }),
    );
    step(() => places[4]!.directory.make("x", note("second")));
    step(() => places[0]!.directory.find("x", note("find")));
    step(() => places[2]!.directory.remove(id));
    step(() => places[0]!.directory.find("x", note("find")));
    step(() => places[4]!.directory.make("x", note("again")));
    assert.deepEqual(answers, ["second HEDDLE_NAME_TAKEN", "find 2", "find HEDDLE_NAME_UNKNOWN", "again 4"]);
  });

  test("a place that is lost takes along the objects that are there", () => {
    const model = new Model(4, 1);
    const [a, b] = [model.places[0]!.make(), model.places[0]!.make()];
    model.cluster.run();
    model.places[0]!.call(a, "move", 3);
    model.places[0]!.call(b, "move", 2);
    model.cluster.run();
    const error = Object.assign(new Error("lost"), { code: "HEDDLE_PLACE_LOST" });
    for (const place of [0, 1, 2]) model.places[place]!.directory.lose(3, error);
    for (const id of [a, b]) model.places[1]!.call(id, "hello");
    model.cluster.run();
    assert.deepEqual(model.places[1]!.failed, ["hello HEDDLE_PLACE_LOST"]);
    assert.equal(model.begun.length, 1);
  });
});
