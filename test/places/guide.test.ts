/** The programs of the pages about places and mobile objects print what their comments say, on one place and on several. */
import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { after, before, suite, test } from "node:test";
import { fileURLToPath } from "node:url";
import { takeApart, textOf } from "../docs/pages.ts";
import { BIN, run } from "./run.ts";

const PAGES = ["docs/guide/places.md", "docs/guide/mobile-objects.md", "docs/guide/latency-hiding.md"];
/** Inside the checkout, where programs find the package by its name. */
const folder = fileURLToPath(new URL(`../../build/places-${process.pid}/`, import.meta.url));

suite("the guide's pages about places", () => {
  before(() => mkdirSync(folder, { recursive: true }));
  after(() => rmSync(folder, { recursive: true }));

  const programs = PAGES.flatMap((page) =>
    takeApart(textOf(page))
      .blocks.filter(({ code }) => code.includes("export default async function main"))
      .map((block) => ({ ...block, page: page.replace(/.*\/|\.md/g, "") })),
  );
  assert.ok(programs.length >= 6);
  for (const { code, line, page } of programs) {
    for (const places of [1, 3]) {
      test(`${page}, line ${line}, ${places} place${places === 1 ? "" : "s"}`, async () => {
        const file = `${folder}${page}-${line}.ts`;
        writeFileSync(file, code);
        const { stdout, stderr, code: exit } = await run(process.execPath, [BIN, "run", "-w", "1", "-p", `${places}`, file]);
        assert.deepEqual(
          stdout.trimEnd().split("\n"),
          [...code.matchAll(/\/\/ => (.*)$/gm)].map(([, text]) => text!.trim()),
          stderr,
        );
        assert.equal(exit, 0);
      });
    }
  }
});
