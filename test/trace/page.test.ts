/** The report's page in a browser: it shows the figures, its timeline zooms, and nothing in it fails, light or dark. */
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { traceThisProcess } from "./traced.ts";

const artefacts = fileURLToPath(new URL("../../test-artefacts/", import.meta.url));
const trace = traceThisProcess('</script><b id="planted">program');
const { start } = await import("heddle");
const { fib } = await import("../../examples/fib.ts");
const { readTrace } = await import("../../src/trace/read.ts");
const { analyse, reportOf } = await import("../../src/trace/report/report.ts");
const { reportPage } = await import("../../src/trace/report/page.ts");

const skip = process.env.HEDDLE_SKIP_BROWSER ? "HEDDLE_SKIP_BROWSER is set" : false;

suite("the report's page", { skip }, () => {
  let browser: Browser;
  const file = join(artefacts, "report.html");

  before(async () => {
    mkdirSync(artefacts, { recursive: true });
    const runtime = await start({ workers: 2 });
    for (let i = 0; i < 3; i++) await fib.spawn(22);
    await runtime.stop();
    trace.finish();
    const analysis = analyse(readTrace(trace.file));
    writeFileSync(file, reportPage(analysis, reportOf(analysis)));
    browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
  });
  after(async () => {
    await browser?.close();
    trace.remove();
  });

  async function open(colorScheme: "light" | "dark"): Promise<{ page: Page; said: string[] }> {
    const page = await browser.newPage({ colorScheme, viewport: { width: 1240, height: 900 } });
    const said: string[] = [];
    page.on("console", (message) => {
      if (message.type() === "error") said.push(message.text());
    });
    page.on("pageerror", (error) => said.push(error.message));
    await page.goto(pathToFileURL(file).href);
    return { page, said };
  }

  /** How many colours the timeline has, and a number that changes with what it shows. */
  const drawn = (page: Page): Promise<{ colours: number; hash: number }> =>
    page.evaluate(() => {
      const canvas = document.querySelector<HTMLCanvasElement>("#timeline")!;
      const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
      const colours = new Set<number>();
      let hash = 0;
      for (let i = 0; i < data.length; i += 4) {
        const colour = (data[i]! << 16) | (data[i + 1]! << 8) | data[i + 2]!;
        if (data[i + 3]! > 200) colours.add(colour);
        hash = (Math.imul(hash, 31) + colour) | 0;
      }
      return { colours: colours.size, hash };
    });

  for (const scheme of ["light", "dark"] as const) {
    test(`${scheme}: figures, tables, a timeline`, async () => {
      const { page, said } = await open(scheme);
      assert.equal(await page.locator("h1").textContent(), '</script><b id="planted">program');
      assert.equal(await page.locator("#planted").count(), 0);
      assert.equal(await page.locator(".tile").count(), 6);
      assert.ok((await page.locator("#path tr").count()) > 0);
      assert.ok((await page.locator("#sizes svg").count()) > 0);
      assert.ok((await page.locator(".matrix tr").count()) === 3);
      assert.ok((await drawn(page)).colours > 3);
      await page.screenshot({ path: join(artefacts, `report-${scheme}.png`), fullPage: true });
      assert.deepEqual(said, []);
      await page.close();
    });
  }

  test("no page is wider than a small screen, also of several places", async () => {
    const analysis = analyse(readTrace(trace.file));
    const report = reportOf(analysis);
    const threads = [0, 1].flatMap((place) =>
      ["main thread", "worker 1", "worker 2", "communication thread"].map((it) => `place ${place}, ${it}`),
    );
    const operations = ["barrier", "allReduce", "broadcast", "copy"].map((name) => ({
      name,
      count: 12,
      meanUs: 345.6,
      bytes: 7,
    }));
    const perPlace = [0, 1].map((place) => ({
      ...{ place, workers: 2, tasksMs: 1, joinsMs: 2, parkedMs: 3, searchingMs: 4, sent: [1, 2], operations },
      ...{ communicationMs: 1, hidden: 0.5, expected: 1, clockErrorUs: null },
    }));
    const matrix = threads.map((_, i) => threads.map((_, k) => (i % 4 === 1 ? 1000 * k : 0)));
    const steals = { total: 9, promoted: 9, threads, matrix };
    for (const [i, it] of [report, { ...report, places: 2, perPlace, steals }].entries()) {
      const own = join(artefacts, `report-narrow-${i}.html`);
      writeFileSync(own, reportPage(analysis, it));
      const page = await browser.newPage({ colorScheme: "dark", viewport: { width: 400, height: 900 } });
      await page.goto(pathToFileURL(own).href);
      await page.screenshot({ path: join(artefacts, `report-narrow-${i}.png`), fullPage: true });
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), 0);
      // Only workers steal.
      if (i === 1) assert.equal(await page.locator(".matrix tr").count(), 1 + 4);
      await page.close();
    }
  });

  test("the timeline zooms and moves, by buttons and keys, and comes back", async () => {
    const { page, said } = await open("light");
    const whole = await drawn(page);
    await page.click("#in");
    await page.click("#in");
    const closer = await drawn(page);
    assert.notEqual(closer.hash, whole.hash);
    await page.locator("#timeline").focus();
    await page.keyboard.press("ArrowRight");
    const moved = await drawn(page);
    assert.notEqual(moved.hash, closer.hash);
    await page.keyboard.press("0");
    assert.equal((await drawn(page)).hash, whole.hash);
    assert.deepEqual(said, []);
    await page.close();
  });
});
