import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { type Future, finish, spawn, task } from "heddle";
import type { Case } from "../case.ts";

const length = task(import.meta, async function length(path: string): Promise<number> {
  return (await readFile(path)).byteLength;
});
const get = task(import.meta, async function get(url: string): Promise<string> {
  const response = await fetch(url);
  return await response.text();
});
const square = task(import.meta, function square(n: number): number {
  return n * n;
});
const fetchAndSquare = task(import.meta, async function fetchAndSquare(url: string): Promise<number> {
  const squares = [1, 2, 3].map((n) => square.spawn(n));
  const n = Number(await get.spawn(url));
  let sum = 0;
  for (const it of squares) sum += await it;
  return sum + (await square.spawn(n));
});
const sleeps = task(import.meta, async function sleeps(ms: number): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, ms));
  return ms;
});
const waits = task(import.meta, function* waits(url: string): Generator<Future<unknown>, number> {
  return Number(yield* get.spawn(url)) + 1;
});
const rejects = task(import.meta, async function rejects(url: string): Promise<string> {
  return await get.spawn(url);
});

/** A server that answers /held only after `release`, everything else with 7. */
async function withServer(
  body: (url: string, server: { asked: Promise<unknown>; release(): void }) => Promise<void>,
): Promise<void> {
  let release = (): void => {};
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  let ask = (): void => {};
  const asked = new Promise<void>((resolve) => {
    ask = resolve;
  });
  const server = createServer({ keepAlive: false }, async (request, response) => {
    if (request.url === "/held") {
      ask();
      await gate;
    }
    response.setHeader("connection", "close").end("7");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    await body(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, { asked, release });
  } finally {
    release();
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  }
}

const here = fileURLToPath(import.meta.url);

export const io: Case[] = [
  {
    name: "async tasks read files",
    async run() {
      const size = (await readFile(here)).byteLength;
      const sizes = await Promise.all(Array.from({ length: 40 }, () => length.spawn(here)));
      assert.deepEqual(new Set(sizes), new Set([size]));
    },
  },
  {
    name: "async tasks fetch from a server in the main thread",
    async run() {
      await withServer(async (url) => {
        const answers = Array.from({ length: 10 }, () => fetchAndSquare.spawn(url));
        for (const answer of answers) assert.equal(await answer, 14 + 49);
        assert.equal(await waits.spawn(url), 8);
      });
    },
  },
  {
    name: "while an async task waits for I/O, other tasks of its worker go on",
    async run(runtime) {
      await withServer(async (url, server) => {
        // More of them than workers: each worker has at least one that waits.
        const held = Array.from({ length: 2 * (runtime.workers + 1) }, () => get.spawn(`${url}/held`));
        await server.asked;
        let sum = 0;
        await finish(async () => {
          for (let i = 0; i < 200; i++) sum += await square.spawn(i);
        });
        assert.equal(sum, 2_646_700);
        assert.ok(held.every((it) => it.status === "pending"));
        server.release();
        for (const it of held) assert.equal(await it, "7");
      });
    },
  },
  {
    name: "timers in async tasks",
    async run() {
      const all = [5, 1, 3].map((ms) => sleeps.spawn(ms));
      assert.deepEqual(await Promise.all(all), [5, 1, 3]);
    },
  },
  {
    name: "an I/O error arrives with its code and fields",
    async run() {
      await assert.rejects(
        async () => await length.spawn("/nowhere/at/all"),
        (error: NodeJS.ErrnoException) => {
          assert.equal(error.code, "ENOENT");
          assert.equal(error.syscall, "open");
          assert.equal(error.path, "/nowhere/at/all");
          return true;
        },
      );
      await assert.rejects(async () => await rejects.spawn("http://127.0.0.1:1/"), /fetch failed/);
    },
  },
  {
    name: "async lambdas do I/O",
    async run() {
      const size = await spawn([here], async (here) => {
        const { readFile } = await import("node:fs/promises");
        return (await readFile(here)).byteLength;
      });
      assert.equal(size, (await readFile(here)).byteLength);
    },
  },
];
