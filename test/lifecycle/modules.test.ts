import assert from "node:assert/strict";
import { cpSync, mkdirSync, symlinkSync } from "node:fs";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { child, folderWith, HEDDLE } from "../support/child.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const from = `from ${JSON.stringify(HEDDLE)}`;
const env = { HEDDLE_WORKERS: "2" };

describe("modules that define tasks", { timeout: 60_000, concurrency: 2 }, () => {
  it("a module that spawns while a worker imports it is told to be safe to import", async (t) => {
    const folder = folderWith(
      {
        "main.ts": `
          import { task } ${from};
          const square = task(import.meta, (n: number): number => n * n);
          console.log(await square.spawn(3).catch((error) => [error.code, error.cause?.code, error.message].join(" ")));
        `,
      },
      t,
    );
    const { stdout, code } = await child([`${folder}/main.ts`], { env });
    assert.match(
      stdout,
      /^HEDDLE_SPAWN_DURING_IMPORT .*main\.ts, which defines square: square\.spawn\(\) ran while a worker was importing/,
    );
    assert.match(stdout, /import\.meta\.main/);
    assert.equal(code, 0);
  });

  for (const [where, text, named] of [
    ["a named function", "function outer() { task(import.meta, function inner() {}); } outer();", /inner.*inside outer/s],
    ["an arrow", "const outer = () => task(import.meta, function inner() {}); outer();", /inner.*inside outer/s],
    [
      "a method",
      "class Outer { make() { task(import.meta, function inner() {}); } } new Outer().make();",
      /inner.*inside.*make/s,
    ],
    ["a callback", "[1].forEach(() => { task(import.meta, function inner() {}); });", /inner.*inside/s],
    [
      "a function that is called later",
      "async function later() { await 1; task(import.meta, function inner() {}); } later();",
      /inner.*inside later/s,
    ],
  ] as const) {
    it(`a task defined inside ${where} is refused`, async (t) => {
      const folder = folderWith({ "main.ts": `import { task } ${from};\n${text}` }, t);
      const { stderr, code } = await child([`${folder}/main.ts`], { env });
      assert.match(stderr, /HEDDLE_TASK_DEFINITION/);
      assert.match(stderr, named);
      assert.match(stderr, /main\.ts:2/);
      assert.equal(code, 1);
    });
  }

  it("tasks at the top level, in blocks and in loops are fine", async (t) => {
    const folder = folderWith(
      {
        "main.ts": `
          import { task } ${from};
          const list = [];
          for (let i = 0; i < 3; i++) list.push(task(import.meta, function again(n: number) { return n + 1; }));
          if (import.meta.url) { list.push(task(import.meta, (n: number) => n * 2)); }
          if (import.meta.main) for (const it of list) console.log(await it.spawn(5));
        `,
      },
      t,
    );
    const { stdout, stderr } = await child([`${folder}/main.ts`], { env });
    assert.equal(stdout, "6\n6\n6\n10\n", stderr);
  });

  it("a module that defines tasks differently in workers is told", async (t) => {
    const folder = folderWith(
      {
        "main.ts": `
          import { isMainThread } from "node:worker_threads";
          import { task } ${from};
          if (isMainThread) task(import.meta, function onlyHere() { return 0; });
          const a = task(import.meta, function a(n: number): number { return n; });
          const b = task(import.meta, function b(n: number): number { return n + 1; });
          if (import.meta.main) {
            for (const it of [a, b]) console.log(await it.spawn(1).catch((error) => error.code + " " + error.message));
          }
        `,
      },
      t,
    );
    const { stdout, stderr } = await child([`${folder}/main.ts`], { env });
    const [first, second] = stdout.split("\n");
    assert.match(first!, /^HEDDLE_MODULE_MISMATCH .*main\.ts defines a as its task number 1/, stderr);
    assert.match(second!, /^HEDDLE_MODULE_MISMATCH .*main\.ts defines b as its task number 2/);
  });

  it("two copies of the package are told apart", async (t) => {
    const folder = folderWith({ "package.json": `{ "type": "module" }` }, t);
    for (const name of ["one", "two"]) {
      mkdirSync(`${folder}/${name}`);
      cpSync(`${root}src`, `${folder}/${name}/src`, { recursive: true });
    }
    symlinkSync(`${root}node_modules`, `${folder}/node_modules`);
    const files = {
      "tasks.ts": `
        import { task } from "./two/src/index.ts";
        export const square = task(import.meta, (n: number): number => n * n);
      `,
      "apart.ts": `
        import { start, finish } from "./one/src/index.ts";
        import { square } from "./tasks.ts";
        await using runtime = await start({ workers: 1 });
        console.log(await runtime.run(() => square.spawn(5)));
      `,
      "mixed.ts": `
        import { task } from "./one/src/index.ts";
        import { square } from "./tasks.ts";
        const outer = task(import.meta, async (n: number): Promise<number> => await square.spawn(n));
        if (import.meta.main) console.log(await outer.spawn(5).catch((error) => error.code + " " + error.message));
      `,
      "passed.ts": `
        import { task } from "./one/src/index.ts";
        import { square } from "./tasks.ts";
        const outer = task(import.meta, (it: unknown): string => typeof it);
        if (import.meta.main) try { await outer.spawn(square.spawn(2)); } catch (error) { console.log((error as { code: string }).code); }
      `,
    };
    const { writeFileSync } = await import("node:fs");
    for (const [name, text] of Object.entries(files)) writeFileSync(`${folder}/${name}`, text);
    // Each copy has runtimes of its own.
    const apart = await child([`${folder}/apart.ts`], { env });
    assert.equal(apart.stdout, "25\n", apart.stderr);
    // Inside a worker of one copy there is none of the other.
    const mixed = await child([`${folder}/mixed.ts`], { env });
    assert.match(mixed.stdout, /^HEDDLE_FOREIGN .*copies of the package/, mixed.stderr);
    const passed = await child([`${folder}/passed.ts`], { env });
    assert.match(passed.stdout, /^HEDDLE_(FOREIGN|CANNOT_CROSS)/, passed.stderr);
  });
});
