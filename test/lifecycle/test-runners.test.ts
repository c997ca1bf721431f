import assert from "node:assert/strict";
import { cpSync, mkdirSync, symlinkSync } from "node:fs";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { child, folderWith, HEDDLE } from "../support/child.ts";

// The runners start anew, as from a shell.
delete process.env.NODE_TEST_CONTEXT;
const root = fileURLToPath(new URL("../..", import.meta.url));

describe("test runners", { timeout: 100_000 }, () => {
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
