/**
 * Makes the pictures of the guide anew, from real runs, in headless Chromium: `node scripts/guide-pictures.ts`, with names for some of them. Runs take
 * what the machine gives: let it do nothing else meanwhile.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const IMAGES = join(ROOT, "docs/images");
const MOST_BYTES = 200_000;

interface Picture {
  readonly name: string;
  make(browser: Browser, folder: string): Promise<void>;
}

const started = (args: readonly string[]) =>
  spawn(process.execPath, [join(ROOT, "bin/heddle.js"), ...args], { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });

async function heddle(args: readonly string[]): Promise<void> {
  const child = started(args);
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text: string) => (printed += text));
  const code = await new Promise((resolve) => child.on("close", resolve));
  if (code !== 0) throw new Error(`heddle ${args.join(" ")} ended with ${code}:\n${printed}`);
}

async function open(browser: Browser, url: string, width: number, height: number): Promise<Page> {
  const page = await browser.newPage({ colorScheme: "light", viewport: { width, height } });
  await page.goto(url);
  return page;
}

/** The report of a program: from its top as far as `height`, or one section of it. */
function report(name: string, program: readonly string[], { height = 820, section = "" } = {}): Picture {
  return {
    name,
    async make(browser, folder) {
      const [trace, html] = [join(folder, `${name}.json`), join(folder, `${name}.html`)];
      await heddle(["run", ...program.slice(0, 1), "--workers", "2", "--trace", trace, "--", ...program.slice(1)]);
      await heddle(["report", trace, "--html", html]);
      const page = await open(browser, pathToFileURL(html).href, 1100, height);
      const path = join(IMAGES, `${name}.png`);
      if (section === "") await page.screenshot({ path });
      else await page.locator(`section:has(${section})`).screenshot({ path });
      await page.close();
    },
  };
}

const dashboard: Picture = {
  name: "dashboard",
  async make(browser) {
    const child = started(["run", "scripts/pictures/render.ts", "--workers", "2", "--dashboard-no-open", "--", "1000"]);
    try {
      const url = await new Promise<string>((resolve, reject) => {
        let printed = "";
        for (const stream of [child.stdout, child.stderr])
          stream.setEncoding("utf8").on("data", (text: string) => {
            printed += text;
            const found = /^Dashboard: (http:\S+)$/m.exec(printed);
            if (found !== null) resolve(found[1]!);
          });
        child.on("close", () => reject(new Error(`The dashboard was not served:\n${printed}`)));
      });
      const page = await open(browser, url, 1320, 940);
      await page.locator("#state.live").waitFor();
      await page.waitForTimeout(14_000); // so that the lanes of ten seconds are full
      await page.screenshot({ path: join(IMAGES, "dashboard.png") });
      await page.close();
    } finally {
      child.kill("SIGINT");
      await new Promise((resolve) => child.on("close", resolve));
    }
  },
};

const PICTURES: readonly Picture[] = [
  dashboard,
  report("report", ["examples/linear-algebra/cholesky.ts"]),
  report("timeline", ["examples/merge-sort.ts"], { section: "#h-timeline" }),
  report("tutorial-slow", ["examples/tutorial/slow.ts"], { height: 780 }),
  report("tutorial-fast", ["examples/tutorial/fast.ts"], { height: 780 }),
];

const wanted = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "heddle-pictures-"));
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu"],
});
try {
  for (const { name, make } of PICTURES) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    await make(browser, folder);
    const { size } = statSync(join(IMAGES, `${name}.png`));
    console.log(`docs/images/${name}.png: ${Math.ceil(size / 1000)} kB`);
    if (size > MOST_BYTES) throw new Error(`${name}.png has more than ${MOST_BYTES / 1000} kB`);
  }
} finally {
  await browser.close();
  rmSync(folder, { recursive: true });
}
