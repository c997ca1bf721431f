/** The page of a program whose places are the ranks of an MPI job, in a browser: while it runs, and when all ranks but the one that serves it have gone. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import type { Browser } from "playwright-core";
import { isMainThread, placeOfThread } from "../../src/trace/buffer.ts";
import type { TraceFile } from "../../src/trace/read.ts";
import { whyNoMpi } from "../places/run.ts";
import { folderWith } from "../support/child.ts";
import { faultsOf, linesOf } from "../trace/format.ts";
import { keepPicture, launch, moves, openPage, saveTrace, text, values, whyNoBrowser } from "./browser.ts";
import { MPIRUN, show } from "./shown.ts";

/** Places at which workers have come to the end of tasks. */
const worked = ({ events }: TraceFile): number =>
  new Set(events.flatMap((it) => (it.kind === "end" && !isMainThread(it.slot) ? [placeOfThread(it.slot)] : []))).size;

suite("the dashboard's page on MPI", { skip: whyNoMpi() || whyNoBrowser }, () => {
  let browser: Browser;
  before(async () => {
    browser = await launch();
  });
  after(() => browser?.close());

  test("both ranks on one page; values move; pause; the trace, while it runs and after its end", async (t) => {
    const shown = await show(t, ["--workers", "1", "--dashboard-keep"], [], MPIRUN);
    const file = join(folderWith({}, t), "saved.json");
    const { page, said } = await openPage(browser, shown.url);

    for (const place of [0, 1])
      await page
        .locator("#failures li", { hasText: `at place ${place}` })
        .first()
        .waitFor();
    assert.deepEqual(
      (await page.locator("#workers tbody th").allTextContents()).map((it) => it.trim()),
      ["place 0", "main thread", "worker 1", "place 1", "main thread", "worker 1"],
    );
    assert.match(await text(page, "header .about"), /2 places, 2 processes · 2 workers/);
    const failure = page.locator("#failures li", { hasText: "at place 1" }).first();
    await failure.locator("summary").click();
    assert.match(
      (await failure.locator("pre").textContent()) ?? "",
      /RangeError: the tile lies outside of the image\n\s+at .*steady\.ts:\d+/,
    );
    await moves(page, "#executed", 3);
    // Both workers' rows move, so what the other rank does comes as well.
    for (const row of ["3", "6"]) await moves(page, `#workers tbody tr:nth-child(${row})`, 2);
    await keepPicture(page, "dashboard-mpi");

    const during = await saveTrace(page, file);
    assert.equal(during.name, "steady-trace.json");
    assert.deepEqual([during.trace.places.length, during.trace.complete, during.trace.interrupted], [2, true, true]);
    assert.equal(worked(during.trace), 2);

    await page.click("#pause");
    await page.locator("#state.paused").waitFor();
    const held = await values(page);
    const other = await openPage(browser, shown.url, "dark");
    await moves(other.page, "#executed", 4);
    assert.deepEqual(await values(page), held);
    await page.click("#pause");
    await moves(page, "#executed", 2);

    shown.stop();
    for (const it of [page, other.page]) await it.locator("#state.done").waitFor();
    assert.match(await text(page, "#notices"), /has ended after [\d.]+ s/);
    const { trace } = await saveTrace(page, file);
    assert.deepEqual([trace.places.length, trace.complete, trace.interrupted], [2, true, false]);
    assert.equal(worked(trace), 2);
    assert.deepEqual(faultsOf(linesOf(file)).slice(0, 5), []);
    // A page that is opened now finds all of it.
    const late = await browser.newPage();
    await late.goto(shown.url);
    await late.locator("#state.done").waitFor();
    assert.deepEqual(await values(late), await values(page));
    assert.equal(worked((await saveTrace(late, file)).trace), 2);
    assert.deepEqual([...said, ...other.said], []);
    shown.process.kill("SIGINT");
    await shown.ended;
  });
});
