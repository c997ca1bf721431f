import assert from "node:assert/strict";
import { cpSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { child, folderWith, HEDDLE } from "../support/child.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Tests that write down when they run, and where; every kind of declaration. */
const COUNTED = `
  import assert from "node:assert/strict";
  import { appendFileSync } from "node:fs";
  import { createRequire } from "node:module";
  import test, { after, before, beforeEach, describe, it, mock, suite, test as named } from "node:test";
  import { setImmediate as turn } from "node:timers/promises";
  import { isMainThread } from "node:worker_threads";
  import { task } from ${JSON.stringify(HEDDLE)};

  const ran = (what: string) => appendFileSync(import.meta.dirname + "/ran.txt", what + (isMainThread ? "" : " in a worker") + "\\n");
  const required = createRequire(import.meta.url)("node:test");
  const turns = task(import.meta, async (): Promise<string> => {
    for (let i = 0; i < 300; i++) await turn();
    return String(mock.fn(() => isMainThread)());
  });

  before(() => ran("before"));
  beforeEach(() => ran("before each"));
  after(() => ran("after"));
  test("default", async () => { ran("default"); assert.equal(await turns.spawn(), "false"); });
  named("named", () => ran("named"));
  required("required", () => ran("required"));
  required.it("required it", () => ran("required it"));
  test.test("property", () => ran("property"));
  if (!isMainThread) test.only("only", () => ran("only"));
  it.todo("todo", () => ran("todo"));
  it.skip("skip", () => ran("skip"));
  await test("awaited", () => ran("awaited"));
  describe("suite", { concurrency: true }, () => {
    ran("body of suite");
    before(() => ran("before of suite"));
    it("inside", () => ran("inside"));
  });
  suite.skip("skipped suite", () => ran("skipped suite"));
`;
const ONCE = [
  "after",
  "awaited",
  "before",
  "before of suite",
  "body of suite",
  "default",
  "inside",
  "named",
  "property",
  "required",
  "required it",
  "todo",
];

describe("test runners", () => {
  it("node --test, several files at once", async (t) => {
    const test = `
      import assert from "node:assert/strict";
      import { test } from "node:test";
      import { finish, task } from ${JSON.stringify(HEDDLE)};
      const square = task(import.meta, (n: number): number => n * n);
      for (let k = 0; k < 3; k++) test("tasks " + k, async () => {
        await finish(async () => { for (let i = 0; i < 300; i++) square.spawn(i); });
        assert.equal(await square.spawn(k), k * k);
      });
    `;
    // The worker threads import a file of tests as well, and run none of them.
    const folder = folderWith({ "a.test.ts": test, "b.test.ts": test, "c.test.ts": test }, t);

    const ended = await child(["--test", "--test-concurrency=3"], {
      cwd: folder,
      env: { HEDDLE_WORKERS: "2" },
    });
    assert.match(ended.stdout, /pass 9\b/, ended.stdout + ended.stderr);
    assert.match(ended.stdout, /fail 0\b/);
    assert.equal(ended.code, 0);
  });

  for (const args of [["--test", "tests.ts"], ["tests.ts"]]) {
    it(`node ${args.join(" ")}: tests that a worker imports do not run there, though its event loop turns`, async (t) => {
      const folder = folderWith({ "tests.ts": COUNTED }, t);
      const ended = await child(args, { cwd: folder, env: { HEDDLE_WORKERS: "2" } });
      assert.equal(ended.code, 0, ended.stdout + ended.stderr);
      const ran = readFileSync(`${folder}/ran.txt`, "utf8")
        .split("\n")
        .filter((it) => it !== "" && it !== "before each");
      assert.deepEqual(ran.sort(), ONCE);
    });
  }

  it("vitest, in its default pool", async (t) => {
    const folder = folderWith({ "package.json": `{ "name": "a-project", "type": "module", "private": true }` }, t);
    cpSync(`${root}test/fixtures/vitest`, folder, { recursive: true });
    mkdirSync(`${folder}/node_modules`);
    symlinkSync(root, `${folder}/node_modules/heddle`);
    symlinkSync(`${root}node_modules/vitest`, `${folder}/node_modules/vitest`);
    const ended = await child([`${root}node_modules/vitest/vitest.mjs`, "run", "--no-color"], {
      cwd: folder,
      env: { HEDDLE_WORKERS: "2" },
    });
    assert.match(ended.stdout, /Tests\s+6 passed/, ended.stdout + ended.stderr);
    assert.equal(ended.code, 0);
  });
});
