import assert from "node:assert/strict";
import { existsSync, mkdirSync } from "node:fs";
import { after, before, suite, test } from "node:test";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { build } from "vite";
import { type Served, serve } from "../../examples/browser/server.ts";

const CHROMIUM = "/usr/bin/chromium";
const FLAGS =
  "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync";
const artefacts = fileURLToPath(new URL("../../test-artefacts/", import.meta.url));

const skip = process.env.HEDDLE_SKIP_BROWSER ? "HEDDLE_SKIP_BROWSER is set" : false;

suite("in Chromium", { skip }, () => {
  let browser: Browser;
  let isolated: Served;
  let open: Served;

  before(async () => {
    if (!existsSync(CHROMIUM)) {
      throw new Error(
        `${CHROMIUM} is missing: install Debian's package "chromium", or set HEDDLE_SKIP_BROWSER=1 to leave these tests out`,
      );
    }
    mkdirSync(artefacts, { recursive: true });
    isolated = await serve();
    open = await serve({ isolated: false });
    browser = await chromium.launch({ executablePath: CHROMIUM, headless: true, args: FLAGS.split(" ") });
  });
  after(async () => {
    await browser?.close();
    await isolated?.close();
    await open?.close();
  });

  /** A page, and what its console says. */
  async function visit(url: string): Promise<{ page: Page; said: string[] }> {
    const page = await browser.newPage();
    const said: string[] = [];
    page.on("console", (message) => said.push(`${message.type()}: ${message.text()}`));
    page.on("pageerror", (error) => said.push(`uncaught: ${error.stack ?? error.message}`));
    page.on("requestfailed", (request) => said.push(`failed: ${request.url()}`));
    await page.goto(url);
    return { page, said };
  }

  interface Report {
    error?: string;
    workers: number;
    fib: number;
    equal: boolean;
    executed: number[];
    stolen: number;
  }

  async function example(
    served: Served,
    query: string,
    folder = "examples/browser",
  ): Promise<{ page: Page; said: string[]; report: Report }> {
    const { page, said } = await visit(`${served.url}/${folder}/?${query}`);
    await page
      .waitForFunction(() => document.getElementById("report")?.textContent, undefined, { timeout: 60_000 })
      .catch(() => {
        throw new Error(`the page does not end; its console: ${said.join("\n")}`);
      });
    const report = JSON.parse((await page.textContent("#report")) as string) as Report;
    assert.equal(report.error, undefined);
    return { page, said, report };
  }

  test("the example runs on two web workers, and both of them work", async () => {
    const { page, said, report } = await example(isolated, "workers=2&n=27");
    assert.equal(report.workers, 2);
    assert.equal(report.fib, 196418);
    assert.ok(report.equal, "the tasks computed what the page computes alone");
    assert.equal(report.executed.length, 2);
    for (const count of report.executed) assert.ok(count > 0, `executed: ${report.executed}`);
    assert.ok(report.stolen > 0, "tasks were stolen");
    assert.deepEqual(said, []);
    await page.screenshot({ path: `${artefacts}browser-two-workers.png` });
    await page.close();
  });

  test("a bundle of the example, one minified file, runs on two web workers", async () => {
    const root = fileURLToPath(new URL("../../", import.meta.url));
    await build({
      root: `${root}examples/browser`,
      base: "./",
      configFile: false,
      logLevel: "warn",
      resolve: { alias: { heddle: `${root}src/browser.ts` } },
      build: { outDir: `${artefacts}bundle`, emptyOutDir: true, modulePreload: { polyfill: false } },
    });
    const { page, said, report } = await example(isolated, "workers=2&n=22", "test-artefacts/bundle");
    assert.equal(report.workers, 2);
    assert.equal(report.fib, 17711);
    assert.ok(report.equal);
    assert.deepEqual(said, []);
    await page.close();
  });

  test("without the headers it runs on one thread and says which are missing", async () => {
    const { page, said, report } = await example(open, "workers=2&n=20");
    assert.equal(report.workers, 0);
    assert.equal(report.fib, 6765);
    assert.ok(report.equal);
    assert.equal(said.length, 1, said.join("\n"));
    assert.match(
      said[0]!,
      /^warning: HeddleWarning \[HEDDLE_SERIAL\].*Cross-Origin-Opener-Policy: same-origin.*Cross-Origin-Embedder-Policy: require-corp/,
    );
    await page.screenshot({ path: `${artefacts}browser-one-thread.png` });
    await page.close();
  });

  test("a bundle that workers cannot import fails the tasks, and the error says why", async () => {
    const { page } = await visit(`${isolated.url}/test/browser/programs/empty.html`);
    const message = await page.evaluate(async () => {
      const entry = "/test/browser/programs/touches-page.ts";
      return (await import(entry)).main();
    });
    assert.match(message, /^HEDDLE_WORKER_LOST: .*could not import http:.*touches-page\.ts: document is not defined/);
    await page.close();
  });

  test("under a security policy that forbids code from text, tasks and loops run and lambdas fail", async () => {
    const policy = "default-src 'self'; worker-src blob:; img-src 'self' data:; style-src 'unsafe-inline'";
    const strict = await serve({ headers: { "Content-Security-Policy": policy } });
    try {
      const { page, report } = await example(strict, "workers=2&n=20");
      assert.equal(report.workers, 2);
      assert.ok(report.equal);
      const lambda = await page.evaluate(async (url) => (await import(url)).lambda(), program);
      assert.equal(lambda, "HEDDLE_LAMBDA");
      await page.close();
    } finally {
      await strict.close();
    }
  });

  const program = "/test/browser/programs/semantics.ts";
  const common = {
    failure: "Rejection: told",
    taskName: "semantics.ts:11",
    lambda: 42,
    free: "HEDDLE_LAMBDA",
    scoped: [1, 1, 1, 1, 1],
    fetched: 8,
    readInWorker: [0, 97, 115, 109, 1, 0, 0, 0],
    readOnPage: [0, 97, 115, 109, 1, 0, 0, 0],
  };

  for (const [name, workers] of Object.entries({ "two workers": 2, "one thread": 0 })) {
    test(`failures, scopes across awaits, lambdas, fetches on ${name}`, async () => {
      const { page, said } = await visit(`${isolated.url}/test/browser/programs/empty.html`);
      const report = await page.evaluate(async ([url, count]) => (await import(url)).main(count), [program, workers] as const);
      const died = workers === 0 ? {} : { died: "HEDDLE_WORKER_LOST" };
      assert.deepEqual(report, { ...common, ...died, afterwards: new Array(2 * workers + 1).fill(7) }, said.join("\n"));
      await Promise.all(page.workers().map((worker) => worker.waitForEvent("close"))); // none is left
      await page.close();
    });
  }
});
