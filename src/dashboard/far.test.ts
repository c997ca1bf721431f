/** The dashboards of two places, in one thread, with a relay that this file plays. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { closeSync, createWriteStream, openSync } from "node:fs";
import { join } from "node:path";
import { suite, type TestContext, test } from "node:test";
import { BroadcastChannel } from "node:worker_threads";
import { folderWith } from "../../test/support/child.ts";
import type { FromOnlooker, RelayStart, ToOnlooker } from "../net/relay.ts";
import { reserveMemory } from "../task/runtime.ts";
import { readTrace } from "../trace/read.ts";
import { FileTrace } from "../trace/session.ts";
import { Board } from "./board.ts";
import { FarPlaces } from "./far-places.ts";
import type { About, Hello } from "./messages.ts";
import { Responder } from "./responder.ts";
import { Snapshot } from "./snapshot.ts";

const about: About = { program: "far.ts", pid: 1, node: "v0", cores: 2, traced: false, places: 2, processes: 2 };

/** The communication threads of two places: passes on what is posted, and counts it. */
class Wire {
  readonly relays: RelayStart[] = [0, 1].map(() => ({ channel: randomUUID(), bell: new SharedArrayBuffer(4) }));
  readonly #channels: BroadcastChannel[];
  passed = 0;
  readonly closed = new Set<number>();
  #bothClosed = (): void => {};
  readonly bothClosed = new Promise<void>((resolve) => {
    this.#bothClosed = resolve;
  });

  constructor(t: TestContext) {
    this.#channels = this.relays.map(({ channel }, place) => {
      const it = new BroadcastChannel(channel);
      it.onmessage = (event) => {
        const message = (event as MessageEvent).data as FromOnlooker;
        if ("kind" in message) {
          if (message.kind === "closed") this.closed.add(place);
          if (this.closed.size === 2) this.#bothClosed();
          return;
        }
        this.passed++;
        this.tell(message.to, { kind: "message", from: place, bytes: message.bytes });
      };
      return it;
    });
    t.after(() => {
      for (const it of this.#channels) it.close();
    });
  }

  tell(place: number, message: ToOnlooker): void {
    this.#channels[place]!.postMessage(message);
  }

  rung(place: number): number {
    return new Int32Array(this.relays[place]!.bell)[0]!;
  }
}

/** Until everything that was posted has come. */
async function settled(): Promise<void> {
  for (let i = 0; i < 8; i++) {
    const { port1, port2 } = new MessageChannel();
    port1.postMessage(0);
    await once(port2, "message");
    port1.close();
  }
}

/** `traces`: what each place has traced. */
function makePlaces(t: TestContext, { keeps = false, traces }: { keeps?: boolean; traces?: readonly string[] } = {}) {
  const wire = new Wire(t);
  const boards = [0, 1].map((place) => {
    const board = new Board(
      about,
      (url) => url,
      () => 1000 + 500 * place,
    );
    const { memory } = reserveMemory(1 << 20, 3);
    board.addRuntime({ name: `place ${place}`, place, workers: 2, memory, trace: null });
    return board;
  }) as [Board, Board];
  const aborts: number[] = [];
  const watched: boolean[] = [];
  const copyOf = (place: number) => async (): Promise<Snapshot> => {
    const file = openSync(traces![place]!, "r");
    t.after(() => closeSync(file));
    return Snapshot.of(file, null);
  };
  const far = new FarPlaces({
    relay: wire.relays[0]!,
    places: 2,
    board: boards[0],
    keeps,
    copy: traces === undefined ? null : copyOf(0),
    now: () => 1000,
    aborted: async (code) => void aborts.push(code),
  });
  let told = 0;
  const responder = new Responder({
    relay: wire.relays[1]!,
    board: boards[1],
    keeps,
    copy: copyOf(1),
    traced: traces !== undefined,
    onWatched: (it) => watched.push(it),
    onTold: () => told++,
  });
  t.after(() => {
    far.close();
    responder.close();
  });
  return { wire, boards, far, responder, aborts, watched, told: () => told };
}

suite("the dashboards of several places", () => {
  test("nothing is sent while nobody looks; one question at a time while somebody does", async (t) => {
    const { wire, boards, far, watched } = makePlaces(t);
    wire.tell(0, { kind: "open" });
    await settled();
    far.ask();
    await settled();
    assert.deepEqual([wire.passed, wire.rung(0), wire.rung(1)], [0, 0, 0]);

    far.watch(true);
    far.ask();
    far.ask();
    await settled();
    assert.deepEqual([wire.passed, wire.rung(0), wire.rung(1), watched], [2, 1, 1, [true]]);
    assert.deepEqual(
      boards[0].tick().lanes.map((it) => `${it.group}, ${it.name}`),
      ["place 0, worker 1", "place 0, worker 2", "place 1, worker 1", "place 1, worker 2"],
    );

    far.watch(false);
    far.ask();
    await settled();
    assert.equal(wire.passed, 2);
  });

  test("failures are counted as there, at its place and by the clock of this one", async (t) => {
    const { wire, boards, far } = makePlaces(t);
    wire.tell(0, { kind: "open" });
    const look = async (): Promise<Hello> => {
      far.ask();
      await settled();
      return boards[0].hello(boards[0].tick());
    };
    boards[0].addFailure("job", "Error: a", 0);
    boards[1].addFailure("job", "Error: a", 1);
    await settled();
    far.watch(true);
    await look();
    boards[1].addFailure("job", "Error: a", 1);
    boards[1].addFailure("job", "Error: b", 1);
    await look();
    const { failures } = (await look()).tick;
    assert.deepEqual(
      failures.map(({ text, place, count, t: at }) => [text, place, count, at]),
      [
        ["Error: a", 0, 1, 1],
        ["Error: a", 1, 2, 1],
        ["Error: b", 1, 1, 1],
      ],
    );
    assert.equal(new Set(failures.map((it) => it.id)).size, 3);
  });

  test("a place that is lost", async (t) => {
    const { wire, boards, far } = makePlaces(t);
    wire.tell(0, { kind: "open" });
    await settled();
    far.watch(true);
    await settled();
    wire.tell(0, { kind: "lost", place: 1, why: "Place 1 was lost" });
    await settled();
    const { lanes, failures } = boards[0].tick();
    assert.deepEqual(
      lanes.map((it) => it.lost === true),
      [false, false, true, true],
    );
    assert.equal(failures[0]!.text, "Place 1 was lost");
    const before = wire.passed;
    far.ask();
    await settled();
    assert.equal(wire.passed, before);
  });

  test("the end waits for nothing where nobody looks", async (t) => {
    const { wire } = makePlaces(t);
    for (const place of [0, 1]) wire.tell(place, { kind: "closing" });
    await settled();
    assert.deepEqual([[...wire.closed].sort(), wire.passed], [[0, 1], 0]);
  });

  test("last words: where a page stays, also if nobody has looked", async (t) => {
    const { wire, boards } = makePlaces(t, { keeps: true });
    wire.tell(0, { kind: "closing" });
    await settled();
    assert.deepEqual([...wire.closed], []);
    wire.tell(1, { kind: "closing" });
    await settled();
    assert.deepEqual([...wire.closed].sort(), [0, 1]);
    assert.equal(boards[0].tick().lanes.length, 4);
  });

  test("what was traced everywhere stays with the page", async (t) => {
    const folder = folderWith({}, t);
    const traces = [0, 1].map((place) => {
      const file = join(folder, `${place}.json`);
      new FileTrace(file, { program: "far.ts", place, places: 2 }).finish();
      return file;
    });
    for (const first of [0, 1]) {
      const { wire, far, boards } = makePlaces(t, { keeps: true, traces });
      wire.tell(first, { kind: "closing" });
      wire.tell(1 - first, { kind: "closing" });
      await wire.bothClosed;
      assert.equal(boards[0].tick().lanes.length, 4, "the last word comes as well");
      const { snapshot, done } = await far.copy();
      const saved = join(folder, "saved.json");
      await snapshot.send(createWriteStream(saved));
      done();
      const { places, complete, interrupted } = readTrace(saved);
      assert.deepEqual([places.map((it) => it.place), complete, interrupted], [[0, 1], true, false]);
    }
  });

  test("a failure that ends all is told first, where somebody looks", async (t) => {
    const { wire, boards, far, responder, aborts, told } = makePlaces(t);
    assert.equal(responder.abort("Error: c", 1), false);
    wire.tell(0, { kind: "open" });
    await settled();
    far.watch(true);
    await settled();
    assert.equal(responder.abort("Error: c", 1), true);
    await settled();
    assert.deepEqual([aborts, told()], [[1], 1]);
    assert.equal(boards[0].tick().failures[0]!.what, "the program");
  });
});
