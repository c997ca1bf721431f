/**
 * Every complete program in the documents (a `ts` block that exports `main`) compiles, runs, and prints what its `// =>`
 * comments say. A block marked `no-run` after `ts` compiles only; one marked `snippet` is no program.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { type Block, pages, root, takeApart, textOf } from "./pages.ts";

interface Program extends Block {
  readonly page: string;
  readonly file: string;
}

const here = fileURLToPath(root);
/** Of this run alone, so that two runs do not disturb each other. */
const folder = `${here}build/docs-${process.pid}`;
const DOCUMENTS = /^(README\.md|llms\.txt|docs\/(?!internals|decisions|api).*)$/;

const programs: Program[] = pages
  .filter((page) => DOCUMENTS.test(page))
  .flatMap((page) =>
    takeApart(textOf(page))
      .blocks.filter(
        ({ info, code }) =>
          info[0] === "ts" && !info.includes("snippet") && /^export (async function|function|const) main\b/m.test(code),
      )
      .map((block) => ({ ...block, page, file: `${folder}/${page.replace(/\.\w+$/, "")}/line-${block.line}.ts` })),
  );

function write({ file, code }: Program): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, code);
}

/** The text behind each `// =>`, in the order of the lines. */
const expectedOf = (code: string): string[] => [...code.matchAll(/\/\/ => (.*)$/gm)].map(([, text]) => text!.trim());

/** What each program printed, by file. */
function runAll(files: readonly string[]): { printed: Map<string, string[]>; rest: string } {
  const child = spawnSync(process.execPath, [fileURLToPath(new URL("run-programs.ts", import.meta.url)), ...files], {
    cwd: folder,
    encoding: "utf8",
    timeout: 90_000,
    env: { ...process.env, NO_COLOR: "1", HEDDLE_WORKERS: "2" },
  });
  const printed = new Map<string, string[]>();
  let file = "";
  for (const line of child.stdout.trimEnd().split("\n")) {
    if (line.startsWith("@@ ")) {
      file = line.slice(3);
      printed.set(file, []);
    } else printed.get(file)?.push(line);
  }
  return { printed, rest: `status ${child.status}, signal ${child.signal}\n${child.stderr}` };
}

describe("programs in the documents", () => {
  before(() => {
    for (const program of programs) write(program);
    writeFileSync(
      `${folder}/tsconfig.json`,
      JSON.stringify({
        extends: "../../tsconfig.json",
        compilerOptions: { noUnusedLocals: false, noUnusedParameters: false },
        include: ["**/*.ts"],
        exclude: [],
      }),
    );
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  it("compile", () => {
    const tsc = spawnSync(process.execPath, [`${here}node_modules/typescript/bin/tsc`, "-p", folder], { encoding: "utf8" });
    assert.equal(tsc.status, 0, tsc.stdout + tsc.stderr);
  });

  for (const page of new Set(programs.map((it) => it.page))) {
    it(`run: ${page}`, { timeout: 120_000 }, () => {
      const own = programs.filter((it) => it.page === page && !it.info.includes("no-run"));
      const { printed, rest } = runAll(own.map((it) => it.file));
      for (const { file, line, code } of own) {
        const lines = printed.get(file);
        assert.ok(lines !== undefined, `${page}:${line} did not run: ${rest}`);
        const expected = expectedOf(code);
        if (expected.length > 0) assert.deepEqual(lines, expected, `${page}:${line} printed something else; ${rest}`);
      }
      assert.ok(printed.has("end"), `${page}: ${basename(own.at(-1)?.file ?? "")} did not end: ${rest}`);
    });
  }
});
