/** The dashboard's page in a headless browser. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { readTrace, type TraceFile } from "../../src/trace/read.ts";

/** Why there is no test in a browser; false where there is one. */
export const whyNoBrowser = process.env.HEDDLE_SKIP_BROWSER ? "HEDDLE_SKIP_BROWSER is set" : false;
/** Only a browser that hangs is slower than that. */
const PATIENCE_MS = 100_000;

export const launch = (): Promise<Browser> =>
  chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });

const artefacts = fileURLToPath(new URL("../../test-artefacts/", import.meta.url));

/** Keeps a picture of the whole page with what the tests leave behind. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  mkdirSync(artefacts, { recursive: true });
  await page.evaluate(() => scrollTo(0, 0)); // the header sticks to the top of what is seen
  await page.screenshot({ path: join(artefacts, `${name}.png`), fullPage: true });
}

/** The page of a program that runs, and the errors that the browser has told of. */
export async function openPage(
  browser: Browser,
  url: string,
  colorScheme: "light" | "dark" = "light",
): Promise<{ page: Page; said: string[] }> {
  const page = await browser.newPage({ colorScheme, viewport: { width: 1320, height: 900 }, acceptDownloads: true });
  page.setDefaultTimeout(PATIENCE_MS);
  const said: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") said.push(message.text());
  });
  page.on("pageerror", (error) => said.push(error.message));
  await page.goto(url);
  await page.locator("#state.live").waitFor();
  return { page, said };
}

export const text = (page: Page, selector: string): Promise<string> =>
  page
    .locator(selector)
    .textContent()
    .then((it) => it ?? "");

/** Waits until a text has changed `times` times. */
export async function moves(page: Page, selector: string, times = 1): Promise<void> {
  for (let i = 0; i < times; i++) {
    const now = await text(page, selector);
    await page.waitForFunction(([s, before]) => document.querySelector(s!)!.textContent !== before, [selector, now]);
  }
}

export const values = async (page: Page): Promise<string[]> =>
  Promise.all(["#executed", "#rate", "header .about", "#workers", "#tasks"].map((it) => text(page, it)));

/** Clicks Save; what has come is in `file`. */
export async function saveTrace(page: Page, file: string): Promise<{ readonly name: string; readonly trace: TraceFile }> {
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#save")]);
  await download.saveAs(file);
  return { name: download.suggestedFilename(), trace: readTrace(file) };
}
