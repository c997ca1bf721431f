/** The thread of the dashboard: looks at the program's shared memory now and then, and serves what it sees. */
import type { ServerResponse } from "node:http";
import { fileURLToPath } from "node:url";
import { parentPort, workerData } from "node:worker_threads";
import { notify, store } from "../shared/atomics.ts";
import { Board } from "./board.ts";
import { Guard } from "./guard.ts";
import { pageText } from "./page-file.ts";
import { DashboardServer } from "./server.ts";
import { sendSnapshot } from "./snapshot.ts";
import { type DashboardStart, type News, Steer } from "./steer.ts";

/** How often figures are gathered, and how often workers are looked at while a page is open. */
const TICK_MS = 250;
const LOOK_MS = 25;

async function serve({ control, about, secret, ticket, zero, folder, trace }: DashboardStart): Promise<void> {
  const i32 = new Int32Array(control);
  const say = (state: number): void => {
    store(i32, Steer.STATE, state);
    notify(i32, Steer.STATE);
  };
  const now = (): number => (Number(process.hrtime.bigint()) - zero) / 1e6;
  const shorten = (url: string): string => {
    const path = url.startsWith("file:") ? fileURLToPath(url) : url;
    return path.startsWith(folder) ? path.slice(folder.length) : path;
  };
  const board = new Board(about, shorten, now);
  if (trace !== null) board.addMain(trace.main);
  let last = board.tick();
  let page: Promise<string> | undefined;
  const ended = (): boolean => board.end !== null;
  const send = (out: ServerResponse): Promise<void> =>
    sendSnapshot(trace!.file, ended() ? null : { wallNs: now() * 1e6, places: board.mains }, out);
  const server = new DashboardServer({
    page: () => (page ??= pageText()),
    hello: () => board.hello(last),
    ...(trace !== null && { trace: { name: trace.name, send } }),
  });

  const tick = (): void => {
    last = board.tick();
    server.tell(last);
  };
  const ticking = setInterval(tick, TICK_MS);
  let looking: NodeJS.Timeout | undefined;
  server.onWatched = (watched) => {
    clearInterval(looking);
    if (watched && !ended()) looking = setInterval(() => board.look(), LOOK_MS);
  };

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
      case "end":
        clearInterval(ticking);
        clearInterval(looking);
        board.stop();
        tick();
        board.end = { ...news, kind: "end", t: now() / 1000 };
        void server.close(board.end).then(() => say(Steer.TOLD));
    }
  };
  parentPort!.on("message", hear);

  try {
    store(i32, Steer.PORT, await server.listen((port) => new Guard(secret, ticket, port)));
    say(Steer.SERVING);
  } catch (error) {
    const text = Buffer.from((error as Error).message).subarray(0, Steer.TEXT_BYTES);
    new Uint8Array(control).set(text, Steer.TEXT * 4);
    i32[Steer.TEXT_LENGTH] = text.length;
    say(Steer.FAILED);
  }
}

void serve((workerData as { heddleDashboard: DashboardStart }).heddleDashboard);
