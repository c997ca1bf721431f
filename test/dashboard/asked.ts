/** What is asked of a dashboard's server by plain HTTP, and what must be in its answers. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { get, type IncomingHttpHeaders, request } from "node:http";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { Message, Tick } from "../../src/dashboard/messages.ts";
import { placeOfThread } from "../../src/trace/buffer.ts";
import { readTrace } from "../../src/trace/read.ts";
import { folderWith } from "../support/child.ts";
import { linesOf } from "../trace/format.ts";
import type { Shown } from "./shown.ts";

export interface Got {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export function ask(
  url: string,
  options: { method?: string; path?: string; headers?: Record<string, string> } = {},
): Promise<Got> {
  return new Promise((resolve, reject) => {
    const it = request(url, { agent: false, ...options }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (part) => {
        text += part;
      });
      response.on("end", () => resolve({ status: response.statusCode!, headers: response.headers, text }));
      response.on("error", reject);
    });
    it.on("error", reject);
    it.end();
  });
}

/** Calls `each` with every message until it returns true. */
export function listen(url: string, each: (message: Message) => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const it = get(`${url}events`, { agent: false }, (response) => {
      let rest = "";
      response.setEncoding("utf8");
      response.on("data", (part) => {
        const events = (rest + part).split("\n\n");
        rest = events.pop()!;
        for (const event of events) {
          if (!each(JSON.parse(event.slice("data: ".length)) as Message)) continue;
          resolve();
          it.destroy();
          return;
        }
      });
      response.on("close", () => reject(new Error("the events have ended")));
    });
    it.on("error", reject);
  });
}

/** Lanes of each place: its main thread, its worker. */
export function expectPlaces({ lanes, figures, tasks }: Tick, places: number): void {
  const its = lanes.map(({ group, name, place }) => `${place}: ${group}, ${name}`).sort();
  assert.deepEqual(
    its,
    Array.from({ length: places }).flatMap((_, p) => [`${p}: place ${p}, main thread`, `${p}: place ${p}, worker 1`]),
  );
  assert.equal(figures.length, lanes.length);
  const counted = tasks.reduce((sum, it) => sum + it.count, 0);
  assert.ok(tasks.some((it) => it.name === "tile") && counted > 0);
  assert.equal(
    new Set(tasks.map((it) => `${it.name} ${it.at}`)).size,
    tasks.length,
    "one row for each, whatever place it ran at",
  );
}

/** What is saved can be read, and holds what all places did. */
export async function expectTrace(t: TestContext, shown: Shown, places: number): Promise<void> {
  const file = join(folderWith({}, t), "saved.json");
  for (;;) {
    const { status, text, headers } = await ask(`${shown.url}trace`);
    assert.equal(status, 200, text);
    assert.match(String(headers["content-disposition"]), /filename="steady-trace\.json"/);
    writeFileSync(file, text);
    const trace = readTrace(file);
    assert.deepEqual([trace.about.places, trace.complete, trace.interrupted], [places, true, true]);
    // What the page shows may not have been written to the file yet.
    const failed = new Set(trace.events.filter((it) => it.kind === "failure").map((it) => placeOfThread(it.slot)));
    if (failed.size < places) continue;
    assert.equal(trace.workers, places);
    const mains = linesOf(file).filter((it) => it.ph === "X" && it.name === "main");
    assert.deepEqual(new Set(mains.map((it) => it.pid)).size, places);
    return;
  }
}

/** Waits until `fragile` has failed at each of so many places, as the page shows it. */
export async function failuresAt(shown: Shown, places: number): Promise<Tick> {
  const failed = new Set<number | null>();
  let last: Tick | undefined;
  const looking = listen(shown.url, (message) => {
    const tick = message.kind === "hello" ? message.tick : message.kind === "tick" ? message : undefined;
    for (const { what, place, text } of tick?.failures ?? [])
      if (what === "fragile" && /steady\.ts:\d+/.test(text)) failed.add(place);
    if (message.kind === "tick") last = message;
    return failed.size === places && last !== undefined && last.figures.filter((it) => it.executed > 0).length === places;
  });
  await looking.catch(async (error: Error) => {
    shown.process.kill();
    throw new Error(`${error.message}; the program ended with ${await shown.ended}, and has printed:\n${shown.printed()}`);
  });
  assert.deepEqual(
    [...failed].sort(),
    Array.from({ length: places }, (_, p) => p),
  );
  return last!;
}
