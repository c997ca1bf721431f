import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { VirtualCluster } from "../../testing/cluster.ts";
import type { Random } from "../../testing/seed.ts";
import { withSeed } from "../../testing/seed.ts";
import { pack, unpack } from "./message.ts";
import { type PhaserName, Phasers } from "./phasers.ts";

const NAME: PhaserName = { home: 0, number: 7 };

interface Member {
  /** The phase that it signals next. */
  next: number;
  left: number;
  action: boolean;
}

interface Play {
  readonly places: number;
  readonly seed: number;
  readonly phases: number;
  /** Members spawn members elsewhere, with this probability in each phase. */
  readonly spawns?: number;
  readonly actions?: boolean;
  readonly jitter?: number;
  readonly work?: number;
  /** Begins with a member at each place, all spawned by the first. */
  readonly everywhere?: boolean;
  /** A mistake in how places play their parts, which the test is to notice. */
  readonly mistake?: "no holds" | "no release";
}

/** What a place's own phaser does, without threads: members, and what stands in for those that have gone elsewhere. */
class Place {
  readonly members = new Set<Member>();
  readonly standIns = new Map<number, number>();
  readonly waiting: { member: Member; phase: number }[] = [];
  phase = 0;
  linked: boolean;
  over = false;

  constructor(linked: boolean) {
    this.linked = linked;
  }
}

function play({ places, seed, phases, spawns = 0, actions = false, jitter = 3, work = 2, everywhere = false, mistake }: Play) {
  const cluster = new VirtualCluster({ places, seed, jitter });
  const { random } = cluster;
  const all = new Set<Member>();
  const wrong: string[] = [];
  const acts: number[] = [];
  const began: number[] = [];
  let broke = 0;
  let records = 0;
  const sites = Array.from({ length: places }, (_, place) => new Place(place === 0));

  const machines = cluster.mount(
    (link) =>
      new Phasers(link, {
        joined(_name, phase) {
          const site = sites[link.place]!;
          site.linked = true;
          site.phase = Math.max(site.phase, phase);
          look(link.place);
        },
        ended(_name, phase) {
          for (const it of all) if (it.next <= phase) wrong.push(`phase ${phase} ended before a member signalled ${it.next}`);
          began[phase + 1] ??= cluster.now;
          const site = sites[link.place]!;
          site.phase = Math.max(site.phase, phase + 1);
          wake(link.place);
          look(link.place);
        },
        act(name) {
          acts.push(sites[link.place]!.phase);
          cluster.after(random.next(), () => machines[link.place]!.acted(name));
        },
        over() {
          if (all.size > 0) wrong.push("over before all have left");
          sites[link.place]!.over = true;
        },
        broke() {
          broke++;
        },
        release(_name, record) {
          if (mistake === "no release") return;
          sites[link.place]!.standIns.delete(record);
          look(link.place);
        },
      }),
  );

  const look = (place: number): void => {
    const { linked, phase, members, standIns } = sites[place]!;
    if (!linked) return;
    for (const { next } of members) if (next <= phase) return;
    for (const its of standIns.values()) if (its <= phase) return;
    const action = [...members].some((it) => it.action);
    machines[place]!.complete(NAME, phase, members.size > 0 || standIns.size > 0, action);
  };

  const wake = (place: number): void => {
    const site = sites[place]!;
    for (const it of site.waiting.splice(0)) {
      if (it.phase < site.phase) cluster.after(random.next() * work, () => step(place, it.member));
      else site.waiting.push(it);
    }
  };

  const runners = cluster.mount((link) => ({
    receive(from: number, message: Uint8Array) {
      const { words } = unpack(message, 4);
      const [record, phase, left, action] = words as [number, number, number, number];
      const site = sites[link.place]!;
      const member = waitingMembers.get(record)!;
      waitingMembers.delete(record);
      Object.assign(member, { left, action: action !== 0 });
      site.members.add(member);
      site.phase = Math.max(site.phase, phase);
      machines[link.place]!.join(NAME);
      machines[link.place]!.registered(NAME, from, record, phase);
      cluster.after(random.next() * work, () => step(link.place, member));
    },
    send: (to: number, words: number[]) => link.send(to, pack(words)),
  }));
  const waitingMembers = new Map<number, Member>();

  const spawn = (place: number, to: number, phase: number, left: number): void => {
    const member: Member = { next: phase, left, action: actions && random.below(3) === 0 };
    all.add(member);
    if (to === place) {
      sites[place]!.members.add(member);
      cluster.after(random.next() * work, () => step(place, member));
      return;
    }
    const record = ++records;
    waitingMembers.set(record, member);
    if (mistake !== "no holds") sites[place]!.standIns.set(record, phase);
    machines[place]!.sent(NAME, to);
    runners[place]!.send(to, [record, phase, left, member.action ? 1 : 0]);
  };

  /** A member signals its phase and waits for the next one, or leaves. */
  const step = (place: number, member: Member): void => {
    const site = sites[place]!;
    if (member.left === 0) {
      site.members.delete(member);
      all.delete(member);
      return look(place);
    }
    if (random.next() < spawns) spawn(place, random.below(places), member.next, random.below(member.left));
    member.left--;
    const phase = member.next++;
    site.waiting.push({ member, phase });
    if (site.phase > phase) wake(place);
    look(place);
  };

  machines[0]!.open(NAME.number, 0);
  const first: Member = { next: 0, left: phases, action: actions };
  all.add(first);
  sites[0]!.members.add(first);
  if (everywhere) for (let p = 1; p < places; p++) spawn(0, p, 0, phases);
  cluster.after(1, () => step(0, first));
  return { cluster, machines, sites, all, wrong, acts, began, broken: () => broke, look, random: random as Random };
}

function expectGood({ cluster, sites, all, wrong }: ReturnType<typeof play>): void {
  cluster.run();
  assert.deepEqual(wrong.slice(0, 3), []);
  assert.equal(all.size, 0, "members are stuck");
  assert.ok(
    sites.every((it) => it.over || !it.linked),
    "some place has not heard of the end",
  );
}

describe("phasers over places", () => {
  test("members that spawn members anywhere: no phase ends before all have signalled it, and all get through", () =>
    withSeed((random, seed) => {
      for (let round = 0; round < 120; round++) {
        const places = 1 + random.below(9);
        expectGood(
          play({
            places,
            seed: seed + round,
            phases: 1 + random.below(12),
            spawns: random.pick([0.2, 0.6, 0.9]),
            actions: random.below(2) === 0,
            jitter: random.pick([0, 3, 30]),
            work: random.pick([0, 2, 20]),
            everywhere: random.below(2) === 0,
          }),
        );
      }
    }));

  test("two hundred places, with members that come and go", () =>
    withSeed((_random, seed) => {
      expectGood(play({ places: 200, seed, phases: 8, spawns: 0.5, actions: true }));
    }));

  test("exactly one action runs in each phase in which somebody brings one", () => {
    const it = play({ places: 13, seed: 3, phases: 10, actions: true, everywhere: true });
    expectGood(it);
    assert.deepEqual(it.acts, [...new Set(it.acts)]);
    assert.equal(it.acts.length, 10);
  });

  for (const places of [2, 16, 128, 1024]) {
    test(`a phase of ${places} places costs two messages for each but the home, in a depth of log2`, () => {
      const phases = 6;
      const it = play({ places, seed: 1, phases, everywhere: true, jitter: 0, work: 0 });
      const { cluster } = it;
      let before = 0;
      cluster.after(1e-9, () => {
        before = cluster.messages;
      });
      expectGood(it);
      const joining = 6 * (places - 1); // the spawn, JOIN, JOINED, RELEASE, END, and what passes them on
      assert.ok(cluster.messages - before <= 2 * (places - 1) * (phases + 1) + joining, `${cluster.messages - before} messages`);
      const took = it.began[phases - 1]! - it.began[phases - 2]!;
      const depth = Math.ceil(Math.log2(places));
      assert.ok(took <= 2 * depth * (1 + 0.1 * depth) + 0.1, `${took} us for a phase, depth ${depth}`);
    });
  }

  test("places without members take no part", () => {
    const it = play({ places: 1024, seed: 1, phases: 0 });
    it.machines[9]!.join(NAME);
    it.cluster.run();
    assert.ok(it.cluster.messages < 30, `${it.cluster.messages} messages`);
  });

  test("a place that is lost breaks it for all who take part", () => {
    for (const lost of [0, 3, 12]) {
      const it = play({ places: 13, seed: 5, phases: 1_000_000, everywhere: true });
      it.cluster.after(40, () => {
        for (const [place, machine] of it.machines.entries()) if (place !== lost) machine.lost(lost, new Uint8Array([1]));
      });
      let after = 0;
      it.cluster.after(400, () => {
        after = it.broken();
      });
      it.cluster.run();
      assert.ok(after >= 12, `${after} places know`);
    }
  });

  for (const mistake of ["no holds", "no release"] as const) {
    test(`the test notices: ${mistake}`, () =>
      withSeed((_random, seed) => {
        let noticed = false;
        for (let round = 0; round < 60 && !noticed; round++) {
          const it = play({ places: 6, seed: seed + round, phases: 6, spawns: 0.7, jitter: 30, work: 1, mistake });
          try {
            it.cluster.run();
            noticed = it.wrong.length > 0 || it.all.size > 0;
          } catch {
            noticed = true;
          }
        }
        assert.ok(noticed);
      }));
  }

  test("messages that make no sense are refused", () => {
    const it = play({ places: 3, seed: 1, phases: 1 });
    const [machine] = it.machines;
    for (const words of [
      [3, 0, 7, 0, 0],
      [2, 0, 7, 0, 0],
      [8, 0, 7, 1, 0],
      [1, 9, 7, 0, 0],
      [42, 0, 7, 0, 0],
    ]) {
      assert.throws(() => machine!.receive(1, pack(words)), { code: "HEDDLE_MESSAGE" });
    }
    assert.throws(() => machine!.receive(1, new Uint8Array(3)), { code: "HEDDLE_MESSAGE" });
    machine!.receive(1, pack([6, 0, 99, 0, 0])); // of one that has ended
  });
});
