/** The programs of the guide's pages about places have no races. */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { after, it } from "node:test";
import { fileURLToPath } from "node:url";
import type { CheckResult } from "../../src/check/report.ts";
import { heddle } from "../cli/child.ts";
import { root, takeApart, textOf } from "../docs/pages.ts";

const PAGES =
  "places global-memory collectives finish-over-places distributed-loops mobile-objects anywhere phasers latency-hiding".split(
    " ",
  );
/** Of this run alone. */
const folder = `${fileURLToPath(root)}build/check-${process.pid}`;

const all = `import { world } from "heddle";
export default async function main(args) {
  for (const file of args) {
    const program = await import(file);
    await (program.default ?? program.main)(args);
    await world.barrier();
  }
}
`;

after(() => rmSync(folder, { recursive: true, force: true }));

it("programs of the guide at three places", async () => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/all.mjs`, all);
  const files = PAGES.flatMap((page) =>
    takeApart(textOf(`docs/guide/${page}.md`))
      .blocks.filter(({ info, code }) => info[0] === "ts" && info.length === 1 && /^export .* main\(/m.test(code))
      .map(({ code, line }) => {
        const file = `${page}-${line}.ts`;
        writeFileSync(`${folder}/${file}`, code);
        return `./${file}`;
      }),
  );
  assert.ok(files.length > 20);
  const { code, stdout, stderr } = await heddle([
    "check",
    "--json",
    `${folder}/r.json`,
    "-p",
    "3",
    `${folder}/all.mjs`,
    ...files,
  ]);
  const { races, accesses } = JSON.parse(readFileSync(`${folder}/r.json`, "utf8")) as CheckResult;
  assert.deepEqual(races, []);
  assert.equal(code, 0, stdout + stderr);
  assert.ok(accesses > 1000, String(accesses));
});
