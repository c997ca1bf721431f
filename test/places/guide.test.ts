/** The programs of the page about places print what their comments say, on one place and on several. */
import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { after, before, suite, test } from "node:test";
import { fileURLToPath } from "node:url";
import { takeApart, textOf } from "../docs/pages.ts";
import { BIN, run } from "./run.ts";

const PAGE = "docs/guide/places.md";
/** Inside the checkout, where programs find the package by its name. */
const folder = fileURLToPath(new URL(`../../build/places-${process.pid}/`, import.meta.url));

suite("the guide's page about places", () => {
  before(() => mkdirSync(folder, { recursive: true }));
  after(() => rmSync(folder, { recursive: true }));

  const programs = takeApart(textOf(PAGE)).blocks.filter(({ code }) => code.includes("export default async function main"));
  assert.ok(programs.length >= 3);
  for (const { code, line } of programs) {
    for (const places of [1, 3]) {
      test(`line ${line}, ${places} place${places === 1 ? "" : "s"}`, async () => {
        const file = `${folder}line-${line}.ts`;
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
