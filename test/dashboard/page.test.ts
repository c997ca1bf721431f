/** The dashboard in a browser: values move, pause holds them, failures open, the trace that is saved is one, the end is told. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { faultsOf, linesOf } from "../trace/format.ts";
import { keepPicture, launch, moves, openPage, saveTrace, text, values, whyNoBrowser } from "./browser.ts";
import { type Shown, show } from "./shown.ts";

suite("the dashboard's page", { skip: whyNoBrowser }, () => {
  let browser: Browser;
  let shown: Shown;
  const atEnd: (() => void | Promise<void>)[] = [];

  before(async () => {
    shown = await show({ after: (fn) => atEnd.push(fn) }, ["--workers", "2"]);
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    for (const fn of atEnd) await fn();
  });

  const open = (colorScheme: "light" | "dark", url = shown.url): Promise<{ page: Page; said: string[] }> =>
    openPage(browser, url, colorScheme);

  const colours = (page: Page): Promise<number> =>
    page.evaluate(() => {
      const canvas = document.querySelector<HTMLCanvasElement>("#activity")!;
      const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
      const seen = new Set<number>();
      for (let i = 0; i < data.length; i += 4)
        if (data[i + 3]! > 200) seen.add((data[i]! << 16) | (data[i + 1]! << 8) | data[i + 2]!);
      return seen.size;
    });

  for (const scheme of ["light", "dark"] as const) {
    test(`${scheme}: figures, curves, lanes, tables`, async () => {
      const { page, said } = await open(scheme);
      assert.equal(await text(page, "h1"), "steady.ts");
      assert.equal(await page.locator(".tile").count(), 8);
      assert.equal(await page.locator(".chart canvas").count(), 5);
      await page.locator("#tasks tbody tr", { hasText: "tile" }).waitFor();
      await page.locator("#failures li").first().waitFor();
      assert.equal(await page.locator("#workers tbody tr").count(), 3);
      await moves(page, "#executed", 6);
      assert.ok((await colours(page)) > 5);
      await keepPicture(page, `dashboard-${scheme}`);
      assert.deepEqual(said, []);
      await page.close();
    });
  }

  test("values move; pause holds them while the program goes on; resume lets them go", async () => {
    const { page, said } = await open("light");
    const other = await open("light");
    await moves(page, "#executed", 2);
    await page.click("#pause");
    await page.locator("#state.paused").waitFor();
    assert.equal(await page.locator("#pause").getAttribute("aria-pressed"), "true");
    const held = await values(page);
    await moves(other.page, "#executed", 4);
    assert.deepEqual(await values(page), held);
    await page.click("#pause");
    await moves(page, "#executed", 2);
    assert.notDeepEqual(await values(page), held);
    assert.deepEqual([...said, ...other.said], []);
    await other.page.close();
    await page.close();
  });

  test("keyboard: the order of what can be reached, and p for pause", async () => {
    const { page } = await open("light");
    const reached: string[] = [];
    for (let i = 0; i < 3; i++) {
      await page.keyboard.press("Tab");
      reached.push(await page.evaluate(() => document.activeElement?.textContent ?? ""));
    }
    assert.deepEqual(reached, ["Skip to the figures", "Pause", "Save trace"]);
    await page.keyboard.press("p");
    await page.locator("#state.paused").waitFor();
    await page.keyboard.press("p");
    await page.locator("#state.live").waitFor();
    await page.close();
  });

  test("what is drawn has words, and news are told", async () => {
    const { page } = await open("light");
    await page.locator("#failures li").first().waitFor();
    assert.match((await page.locator("#activity").getAttribute("aria-label")) ?? "", /worker 1: running \d+ %/);
    for (const chart of await page.locator(".chart").all()) {
      assert.equal(await chart.getAttribute("role"), "img");
      assert.match((await chart.getAttribute("aria-label")) ?? "", /Now: /);
    }
    assert.match(await text(page, "[aria-live=polite]"), /\d+ failures?\. Last: fragile\./);
    const unnamed = await page.evaluate(
      () =>
        [...document.querySelectorAll("section")].filter(
          (it) => !it.hasAttribute("aria-labelledby") && it.querySelector("caption") === null,
        ).length,
    );
    assert.equal(unnamed, 0);
    await page.close();
  });

  test("who points at a curve reads what it was then, in all of them", async () => {
    const { page, said } = await open("light");
    await moves(page, "#executed", 6);
    await page.click("#pause");
    assert.equal(await page.locator(".chart").count(), 5);
    assert.equal(await page.locator(".head .at").count(), 0);
    await page.locator("#c-rate").scrollIntoViewIfNeeded();
    await page.locator(".chart").first().hover();
    await page.waitForFunction(() => document.querySelectorAll(".head .at").length === 5);
    const times = await page.locator(".head .at").allTextContents();
    assert.match(times[0]!, /^at [\d.]+ s$/);
    assert.equal(new Set(times).size, 1);
    await page.locator("h1").hover();
    await page.waitForFunction(() => document.querySelectorAll(".head .at").length === 0);
    assert.deepEqual(said, []);
    await page.close();
  });

  test("places below each other, with what each of them does", async (t) => {
    const own = await show(t, ["--places", "2", "--workers", "1"]);
    const { page, said } = await open("dark", own.url);
    await page.locator("#failures li", { hasText: "at place 0" }).first().waitFor();
    await page.locator("#failures li", { hasText: "at place 1" }).first().waitFor();
    assert.deepEqual(
      (await page.locator("#workers tbody th").allTextContents()).map((it) => it.trim()),
      ["place 0", "main thread", "worker 1", "place 1", "main thread", "worker 1"],
    );
    assert.match(await text(page, "header .about"), /2 places · 2 workers/);
    await keepPicture(page, "dashboard-places");
    assert.deepEqual(said, []);
    await page.close();
    own.stop();
    assert.equal(await own.ended, 0, own.printed());
  });

  test("a failure opens, with its stack", async () => {
    const { page } = await open("light");
    const failure = page.locator("#failures li").first();
    await failure.locator("summary").click();
    const stack = (await failure.locator("pre").textContent()) ?? "";
    assert.match(stack, /RangeError: the tile lies outside of the image\n\s+at .*steady\.ts:\d+/);
    assert.doesNotMatch(stack, /\/src\/sched\//, "the scheduler's own frames tell nothing");
    await page.close();
  });

  test("the trace that is saved is one", async (t) => {
    const own = await show(t, ["--workers", "2"]);
    const { page } = await open("light", own.url);
    await page.locator("#failures li").first().waitFor();
    const folder = mkdtempSync(join(tmpdir(), "heddle-saved-"));
    t.after(() => rmSync(folder, { recursive: true }));
    const file = join(folder, "trace.json");
    const { name, trace } = await saveTrace(page, file);
    assert.equal(name, "steady-trace.json");
    assert.ok(
      trace.events.some((it) => it.kind === "failure"),
      "what the page shows is in the file",
    );
    // Tasks that run while it is saved have no slice yet, so arrows may end in none; those of the main thread do not.
    const inFlight = /^an arrow's end in no slice: .*"tid":[23]/;
    assert.deepEqual(
      faultsOf(linesOf(file)).filter((it) => !inFlight.test(it)),
      [],
    );
    assert.deepEqual([trace.complete, trace.interrupted, trace.workers], [true, true, 2]);
    assert.ok(trace.events.some((it) => it.kind === "end"));
    // Also where the workers need all processors, and slices would be drawn at the end otherwise.
    assert.ok(linesOf(file).some((it) => it.ph === "X" && it.tid > 1));
    await page.close();
  });

  test("without a trace: figures and what workers do; the button says why there is nothing to save", async (t) => {
    const bare = await show(t, ["--workers", "2", "--dashboard-no-trace"]);
    const { page, said } = await open("dark", bare.url);
    await moves(page, "#executed", 3);
    assert.ok((await colours(page)) > 2);
    assert.equal(await page.locator("#save").getAttribute("aria-disabled"), "true");
    assert.match((await page.locator("#why-not").textContent()) ?? "", /--dashboard-no-trace/);
    assert.deepEqual(said, []);
    await page.close();
    bare.stop();
    assert.equal(await bare.ended, 0);
  });

  test("when the program has ended the page says so, and keeps what it has", async () => {
    const { page, said } = await open("light");
    await moves(page, "#executed", 2);
    shown.stop();
    await page.locator("#state.done").waitFor();
    assert.equal(await shown.ended, 0, shown.printed());
    assert.equal(await text(page, "#state"), "Ended");
    assert.match(await text(page, "#notices"), /has ended after [\d.]+ s/);
    assert.match(await page.title(), /^ended: steady\.ts/);
    const kept = await values(page);
    assert.match(kept[4]!, /tile/);
    assert.match(await text(page, "#busy"), /^0\.0 /);
    assert.equal(await page.locator("#save").getAttribute("aria-disabled"), "true");
    await keepPicture(page, "dashboard-ended");
    assert.deepEqual(await values(page), kept);
    assert.deepEqual(said, []);
  });
});
