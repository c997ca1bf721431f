/** Who may talk to the dashboard, and what they get: by plain HTTP. */
import assert from "node:assert/strict";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { after, before, suite, test } from "node:test";
import type { End, Hello, Tick } from "../../src/dashboard/messages.ts";
import { ask, expectPlaces, expectTrace, failuresAt, listen } from "./asked.ts";
import { type Shown, show } from "./shown.ts";

suite("the dashboard by HTTP", () => {
  let shown: Shown;
  let root: string;
  let secret: string;
  const atEnd: (() => void | Promise<void>)[] = [];
  before(async () => {
    shown = await show({ after: (fn) => atEnd.push(fn) }, ["--workers", "2"]);
    root = new URL(shown.url).origin;
    secret = new URL(shown.url).pathname;
    assert.match(secret, /^\/[\w-]{32}\/$/);
  });
  after(async () => {
    for (const fn of atEnd) await fn();
  });

  test("the page: nothing of it comes from elsewhere, and nothing else may use it", async () => {
    const { status, headers, text } = await ask(shown.url);
    assert.equal(status, 200);
    assert.match(String(headers["content-type"]), /^text\/html/);
    const policy = String(headers["content-security-policy"]);
    assert.match(policy, /default-src 'none'/);
    assert.match(policy, /frame-ancestors 'none'/);
    const nonce = /script-src 'nonce-([\w-]+)'/.exec(policy)![1]!;
    assert.deepEqual(
      [...text.matchAll(/<script nonce="([^"]*)"/g)].map((it) => it[1]),
      [nonce],
    );
    assert.doesNotMatch(text, /<(?:script|link|img)[^>]+(?:src|href)="(?!data:)/);
    assert.equal(headers["referrer-policy"], "no-referrer");
    assert.equal(headers["cache-control"], "no-store");
    assert.equal(headers["access-control-allow-origin"], undefined);
    assert.match(text, /Preact|preact/);
    assert.match(text, /MIT License/, "with the licences of the libraries in it");
    const other = await ask(shown.url);
    assert.notEqual(/nonce="([\w-]+)"/.exec(other.text)![1], nonce, "each answer has a nonce of its own");
  });

  test("nothing without the secret", async () => {
    const wrong = secret.replaceAll(/[a-m]/g, "z");
    const paths = [
      "/",
      "/events",
      "/trace",
      "/index.html",
      "/favicon.ico",
      wrong,
      `${wrong}events`,
      `${wrong}trace`,
      `/${secret}`,
      "//",
    ];
    paths.push(
      secret.slice(0, -2),
      `${secret.slice(0, -1)}x/`,
      secret.toUpperCase(),
      encodeURI(`/%2e${secret}`),
      "/undefined/",
      "/null/",
    );
    for (const path of paths) {
      const { status, text } = await ask(root, { path });
      assert.deepEqual([status, text], [404, ""], path);
    }
  });

  test("nothing beside the three things that there are", async () => {
    const beyond = [
      "../package.json",
      "..%2f..%2fetc/passwd",
      "....//etc/passwd",
      "page.html",
      "events/",
      "trace/x",
      "/etc/passwd",
      "?x",
      "%00",
    ];
    for (const path of beyond) {
      const { status, text } = await ask(root, { path: secret + path });
      assert.deepEqual([status, text], [404, ""], path);
    }
    assert.equal((await ask(root, { path: `${root}${secret}` })).status, 404, "a proxy's form of address");
  });

  test("wrong hosts are refused, with the secret too", async () => {
    const { port } = new URL(root);
    for (const host of [
      "evil.example",
      `evil.example:${port}`,
      `127.0.0.1`,
      `127.0.0.1:${Number(port) - 1}`,
      `0.0.0.0:${port}`,
      `[::1]:${port}`,
    ])
      assert.equal((await ask(shown.url, { headers: { host } })).status, 403, host);
    assert.equal((await ask(shown.url, { headers: { host: `localhost:${port}` } })).status, 200);
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(port), "127.0.0.1", () => socket.write(`GET ${secret} HTTP/1.0\r\n\r\n`));
      socket.setEncoding("utf8").once("data", (text) => resolve(String(text)));
      socket.on("error", reject);
    });
    assert.match(answer, /^HTTP\/1\.1 40[03] /, "no host at all");
  });

  test("wrong origins are refused, with the secret too", async () => {
    const { port } = new URL(root);
    for (const origin of [
      "http://evil.example",
      "null",
      "https://evil.example",
      `http://127.0.0.1:${Number(port) - 1}`,
      `https://127.0.0.1:${port}`,
      `http://localhost:${port}`,
    ])
      for (const path of ["", "events", "trace"])
        assert.equal((await ask(shown.url + path, { headers: { origin } })).status, 403, `${origin} ${path}`);
    assert.equal((await ask(shown.url, { headers: { origin: root } })).status, 200);
    for (const site of ["cross-site", "same-site"])
      assert.equal((await ask(`${shown.url}trace`, { headers: { "sec-fetch-site": site } })).status, 403, site);
  });

  test("other methods are refused", async () => {
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE"]) {
      const { status, headers } = await ask(shown.url, { method });
      assert.deepEqual([status, headers.allow], [405, "GET"], method);
      assert.equal((await ask(root, { method })).status, 404, `${method} without the secret`);
    }
  });

  test("only the loopback interface is served", async (t) => {
    const other = Object.values(networkInterfaces())
      .flat()
      .find((it) => it !== undefined && !it.internal && it.family === "IPv4");
    if (other === undefined) return t.skip("there is no other interface");
    await assert.rejects(ask(`http://${other.address}:${new URL(root).port}${secret}`), { code: "ECONNREFUSED" });
  });

  test("events: everything at first, then what changes", async () => {
    let hello: Hello | undefined;
    const ticks: Tick[] = [];
    await listen(shown.url, (message) => {
      if (message.kind === "hello") hello = message;
      else if (message.kind === "tick") ticks.push(message);
      return (
        ticks.length > 2 &&
        ticks.at(-1)!.tasks.some((it) => it.name === "tile" && it.count > 0) &&
        ticks.some((it) => it.slices.length > 0)
      );
    });
    assert.equal(hello!.about.program, "steady.ts");
    assert.equal(hello!.about.traced, true);
    const last = ticks.at(-1)!;
    assert.deepEqual(
      last.lanes.map((it) => it.name),
      ["main thread", "worker 1", "worker 2"],
    );
    for (const { running, joining, searching, parked } of last.figures.slice(1))
      assert.ok(Math.abs(running + joining + searching + parked - 1) < 1e-9);
    assert.ok(last.point.t > hello!.tick.point.t);
    assert.match(last.tasks.find((it) => it.name === "tile")!.at, /steady\.ts:5$/);
  });

  test("failures of tasks come with stacks, and the same one is counted", async () => {
    await listen(shown.url, (message) => {
      const failures = message.kind === "hello" ? message.tick.failures : message.kind === "tick" ? message.failures : [];
      return failures.some(
        (it) => it.what === "fragile" && /RangeError: the tile lies[\s\S]*steady\.ts:\d+/.test(it.text) && it.count > 1,
      );
    });
  });
});

suite("the dashboard and the end of the program", { concurrency: 2 }, () => {
  const lastWords = async (shown: Shown): Promise<End> => {
    let end: End | undefined;
    let hello = false;
    await listen(shown.url, (message) => {
      if (message.kind === "end") end = message;
      else if (!hello) {
        hello = true;
        shown.stop();
      }
      return end !== undefined;
    });
    return end!;
  };

  for (const [how, code] of [
    ["ends", 0],
    ["fails", 1],
    ["exits", 3],
  ] as const) {
    test(`a program that ${how}: pages are told, and the process ends as it would without`, async (t) => {
      const shown = await show(t, ["--workers", "1"], [how]);
      const { exitCode, interrupted, stays } = await lastWords(shown);
      assert.deepEqual([exitCode, interrupted, stays], [code, false, false]);
      assert.equal(await shown.ended, code, shown.printed());
    });
  }

  for (const options of [["--dashboard-no-trace"], []])
    test(`Ctrl-C ${options.join(" ")}`, async (t) => {
      const shown = await show(t, ["--workers", "1", ...options]);
      let end: End | undefined;
      let interrupted = false;
      await listen(shown.url, (message) => {
        if (message.kind === "end") end = message;
        else if (!interrupted && message.kind === "tick" && message.figures.some((it) => it.executed > 0))
          interrupted = shown.process.kill("SIGINT"); // main runs, so it hears of signals
        return end !== undefined;
      });
      assert.deepEqual([end!.exitCode, end!.interrupted], [130, true]);
      assert.equal(await shown.ended, 130, shown.printed());
    });

  test("--dashboard-keep: the page and the trace stay until Ctrl-C", async (t) => {
    const shown = await show(t, ["--workers", "1", "--dashboard-keep"]);
    assert.equal((await lastWords(shown)).stays, true);
    let hello: Hello | undefined;
    await listen(shown.url, (message) => {
      hello = message as Hello;
      return true;
    });
    assert.equal(hello!.end!.exitCode, 0);
    assert.ok(hello!.tick.tasks.some((it) => it.name === "tile"));
    const trace = JSON.parse((await ask(`${shown.url}trace`)).text) as { name: string }[];
    assert.equal(trace.at(-1)!.name, "heddle_end");
    shown.process.kill("SIGINT");
    assert.equal(await shown.ended, "SIGINT");
  });

  test("--dashboard-no-trace: figures, and nothing to save", async (t) => {
    const shown = await show(t, ["--workers", "2", "--dashboard-no-trace"]);
    let last: Tick | undefined;
    await listen(shown.url, (message) => {
      if (message.kind === "tick") last = message;
      return last !== undefined && last.figures.reduce((sum, it) => sum + it.executed, 0) > 20 && last.heap.peak > 0;
    });
    assert.equal(last!.lanes.length, 2);
    assert.equal((await ask(`${shown.url}trace`)).status, 404);
    shown.stop();
    assert.equal(await shown.ended, 0);
  });

  test("serial mode: tasks are counted and named", async (t) => {
    const shown = await show(t, ["--workers", "0"]);
    await listen(
      shown.url,
      (message) => message.kind === "tick" && message.tasks.some((it) => it.name === "tile") && message.figures[0]!.executed > 0,
    );
    shown.stop();
    assert.equal(await shown.ended, 0);
  });

  test("--places: the threads, tasks and failures of every place, and a trace of all of them", async (t) => {
    const shown = await show(t, ["--places", "2", "--workers", "1"]);
    expectPlaces(await failuresAt(shown, 2), 2);
    await expectTrace(t, shown, 2);
    shown.stop();
    assert.equal(await shown.ended, 0, shown.printed());
  });

  test("--places: one that is gone", async (t) => {
    const shown = await show(t, ["--places", "2", "--workers", "1"], ["leaves"]);
    await listen(
      shown.url,
      (message) =>
        message.kind === "tick" &&
        message.lanes.some((it) => it.lost === true) &&
        message.lanes.every((it) => (it.place === 1) === (it.lost === true)),
    );
    shown.stop();
    assert.notEqual(await shown.ended, 0, shown.printed());
  });

  test("the trace that is asked for by name is the one that is shown", async (t) => {
    const shown = await show(t, ["--workers", "1", "--trace", "out.json"]);
    await listen(shown.url, (message) => message.kind === "tick" && message.tasks.length > 0);
    shown.stop();
    assert.equal(await shown.ended, 0);
    assert.match(shown.printed(), /Trace: [\d,]+ events, .* in out\.json/);
  });
});
