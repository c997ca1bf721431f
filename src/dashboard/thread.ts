/** The thread of the dashboard: looks at the program's shared memory now and then, and serves what it sees, or tells it to the place that does. */
import type { ServerResponse } from "node:http";
import { fileURLToPath } from "node:url";
import { parentPort, workerData } from "node:worker_threads";
import { notify, store } from "../shared/atomics.ts";
import { written } from "../trace/session.ts";
import { Board } from "./board.ts";
import { FarPlaces } from "./far-places.ts";
import { Guard } from "./guard.ts";
import { pageText } from "./page-file.ts";
import { Responder } from "./responder.ts";
import { DashboardServer } from "./server.ts";
import { Snapshot } from "./snapshot.ts";
import { type DashboardStart, type News, Steer } from "./steer.ts";

/** How often figures are gathered, and how often workers are looked at while a page is open. */
const TICK_MS = 250;
const LOOK_MS = 25;

type End = Extract<News, { readonly kind: "end" }>;

/** What this process's board is for: see `serve` and `respond`. */
interface Use {
  tick(): void;
  end(news: End): void;
  abort(news: Extract<News, { readonly kind: "abort" }>): void;
}

class Looking {
  readonly board: Board;
  readonly start: DashboardStart;
  readonly #i32: Int32Array;
  #ticking: NodeJS.Timeout | undefined;
  #looking: NodeJS.Timeout | undefined;

  constructor(start: DashboardStart) {
    const { about, folder, trace } = start;
    this.start = start;
    this.#i32 = new Int32Array(start.control);
    const shorten = (url: string): string => {
      const path = url.startsWith("file:") ? fileURLToPath(url) : url;
      return path.startsWith(folder) ? path.slice(folder.length) : path;
    };
    this.board = new Board(about, shorten, () => this.now());
    if (trace !== null) this.board.addMain(trace.main);
  }

  /** Milliseconds since the start of the program. */
  now(): number {
    return (Number(process.hrtime.bigint()) - this.start.zero) / 1e6;
  }

  say(state: number): void {
    store(this.#i32, Steer.STATE, state);
    notify(this.#i32, Steer.STATE);
  }

  serving(port: number): void {
    store(this.#i32, Steer.PORT, port);
    this.say(Steer.SERVING);
  }

  failed(error: unknown): void {
    const text = Buffer.from((error as Error).message).subarray(0, Steer.TEXT_BYTES);
    new Uint8Array(this.start.control).set(text, Steer.TEXT * 4);
    this.#i32[Steer.TEXT_LENGTH] = text.length;
    this.say(Steer.FAILED);
  }

  /** The trace of this process so far; `last`: its program has ended everywhere, though not the process. */
  async copy(last = false): Promise<Snapshot> {
    const { board } = this;
    const { control, file } = this.start.trace!;
    await written(control);
    return Snapshot.of(file, board.end === null ? { wallNs: this.now() * 1e6, interrupted: !last, places: board.mains } : null);
  }

  watch(watched: boolean): void {
    clearInterval(this.#looking);
    if (watched && this.board.end === null) this.#looking = setInterval(() => this.board.look(), LOOK_MS);
  }

  begin(use: Use): void {
    const { board } = this;
    const hear = (news: News): void => {
      switch (news.kind) {
        case "runtime":
          return board.addRuntime(news.runtime);
        case "main":
          return board.addMain(news.memory);
        case "stop":
          return board.stop(news.name);
        case "failure":
          return board.addFailure(news.what, news.text, news.place);
        case "lost":
          return board.lose(news.place, news.why);
        case "port":
          return void news.port.on("message", hear);
        case "abort":
          return use.abort(news);
        case "end":
          return use.end(news);
      }
    };
    this.#ticking = setInterval(() => use.tick(), TICK_MS);
    parentPort!.on("message", hear);
  }

  end(): void {
    clearInterval(this.#ticking);
    clearInterval(this.#looking);
    this.board.stop();
  }
}

async function serve(looking: Looking): Promise<void> {
  const { board, start } = looking;
  const { secret, ticket, trace, relay, about, keeps } = start;
  let last = board.tick();
  let page: Promise<string> | undefined;
  let far: FarPlaces | null = null;
  const send = async (out: ServerResponse): Promise<void> => {
    if (far === null) return (await looking.copy()).send(out);
    const { snapshot, done } = await far.copy();
    await snapshot.send(out).finally(done);
  };
  const server = new DashboardServer({
    page: () => (page ??= pageText()),
    hello: () => board.hello(last),
    ...(trace !== null && { trace: { name: trace.name, send } }),
  });
  const tick = (): void => {
    last = board.tick();
    server.tell(board.renewed ? board.hello(last) : last);
    board.renewed = false;
    far?.ask();
  };
  const end = (how: Omit<End, "kind">): Promise<void> => {
    if (board.end !== null) return Promise.resolve();
    looking.end();
    tick();
    board.end = { ...how, kind: "end", t: looking.now() / 1000 };
    return server.close(board.end);
  };
  if (relay !== null) {
    const aborted = (exitCode: number): Promise<void> => end({ exitCode, interrupted: false, stays: false });
    const copy = trace === null ? null : (last: boolean): Promise<Snapshot> => looking.copy(last);
    far = new FarPlaces({ relay, places: about.places, board, keeps, copy, now: () => looking.now(), aborted });
  }
  server.onWatched = (watched) => {
    looking.watch(watched);
    far?.watch(watched);
  };
  looking.begin({
    tick,
    end: (news) => void end(news).then(() => looking.say(Steer.TOLD)),
    abort({ what, text, place, exitCode }) {
      board.addFailure(what, text, place);
      void end({ exitCode, interrupted: false, stays: false }).then(() => looking.say(Steer.TOLD));
    },
  });
  try {
    looking.serving(await server.listen((port) => new Guard(secret, ticket, port)));
  } catch (error) {
    looking.failed(error);
  }
}

function respond(looking: Looking): void {
  const { board, start } = looking;
  const responder = new Responder({
    relay: start.relay!,
    board,
    keeps: start.keeps,
    copy: (last) => looking.copy(last),
    traced: looking.start.trace !== null,
    onWatched: (watched) => looking.watch(watched),
    onTold: () => looking.say(Steer.TOLD),
  });
  looking.begin({
    tick: () => responder.tick(),
    end() {
      looking.end();
      looking.say(Steer.TOLD);
    },
    abort({ text, exitCode }) {
      if (!responder.abort(text, exitCode)) looking.say(Steer.TOLD);
    },
  });
  looking.serving(0);
}

const looking = new Looking((workerData as { heddleDashboard: DashboardStart }).heddleDashboard);
if (looking.start.place === 0) void serve(looking);
else respond(looking);
