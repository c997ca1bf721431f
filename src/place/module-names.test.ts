import assert from "node:assert/strict";
import { test } from "node:test";
import { ModuleNames } from "./module-names.ts";

const here = new ModuleNames("file:///home/anna/project/src/", "file:///home/anna/project/node_modules/heddle/src/");
const there = new ModuleNames("file:///srv/job/src/", "file:///usr/lib/heddle/src/");

test("modules are found at a place where the program lies elsewhere", () => {
  const table: [string, string][] = [
    ["file:///home/anna/project/src/main.ts", "file:///srv/job/src/main.ts"],
    ["file:///home/anna/project/src/deep/er/tasks.ts?x=1", "file:///srv/job/src/deep/er/tasks.ts?x=1"],
    ["file:///home/anna/project/lib/tasks.ts", "file:///srv/job/lib/tasks.ts"],
    ["file:///home/anna/other/a.ts", "file:///srv/other/a.ts"],
    ["file:///home/anna/project/node_modules/heddle/src/sched/bundle.ts", "file:///usr/lib/heddle/src/sched/bundle.ts"],
    ["https://example.org/tasks.js", "https://example.org/tasks.js"],
    ["lambda:", "lambda:"],
  ];
  for (const [url, elsewhere] of table) {
    assert.equal(there.inward(here.outward(url)), elsewhere);
    assert.equal(here.inward(here.outward(url)), url);
  }
});

test("a file beside the program whose name looks like a scheme stays a file", () => {
  const url = "file:///home/anna/project/src/data:1.ts";
  assert.equal(here.inward(here.outward(url)), url);
});

test("without a program, names are exact", () => {
  const exact = new ModuleNames(undefined, "file:///h/");
  assert.equal(exact.outward("file:///a/b.ts"), "file:///a/b.ts");
  assert.equal(exact.inward("file:///a/b.ts"), "file:///a/b.ts");
});
