import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { parallel, sequential, type Totals, tokenize } from "../../examples/tokens.ts";

const acornFolder = fileURLToPath(new URL("../../node_modules/acorn", import.meta.url));

function withoutTimes(totals: Totals) {
  const { slowest, unreadable, ...rest } = totals;
  return { ...rest, listed: slowest.length, unreadable: unreadable.map(({ path, problem }) => ({ path, problem })) };
}

test("tokens, lines and bytes of a small text", () => {
  const { tokens, lines, bytes, problem } = tokenize("x.js", `const é = /a/g.test(\`t\${1}\`);\nlet s = 'x' + 0xffn`);
  assert.equal(problem, undefined);
  assert.equal(lines, 2);
  assert.equal(bytes, 50);
  assert.deepEqual(tokens, { name: 4, keyword: 1, punctuation: 11, string: 1, template: 2, number: 2, regexp: 1 });
});

test("a text that is no JavaScript counts up to the problem", () => {
  const { tokens, problem } = tokenize("x.ts", "let a;\n@decorated class B {}");
  assert.match(problem!, /Unexpected character '@' \(2:0\)/);
  assert.equal(tokens.name, 2);
});

test("a real package: tasks report what the plain program reports", async () => {
  const seen: number[] = [];
  const totals = await parallel(acornFolder, { top: 3, onProgress: (done) => seen.push(done) });
  const plain = await sequential(acornFolder, 3);
  assert.ok(plain.files >= 4 && plain.tokens.name > 10_000);
  assert.deepEqual(withoutTimes(totals), withoutTimes(plain));
  assert.deepEqual(
    seen,
    seen.map((_, index) => index + 1),
  );
  assert.equal(seen.length, plain.files);
});

test("other files are left alone, and a folder without sources has no tokens", async () => {
  const folder = await mkdtemp(join(tmpdir(), "heddle-"));
  try {
    await writeFile(join(folder, "notes.md"), "let x");
    assert.equal((await parallel(folder)).files, 0);
  } finally {
    await rm(folder, { recursive: true });
  }
});
