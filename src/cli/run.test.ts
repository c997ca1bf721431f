import assert from "node:assert/strict";
import { realpathSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { folderWith, heddle } from "../../test/cli/child.ts";

describe("heddle run", { concurrency: true }, () => {
  test("main gets the arguments; process.argv is as under node", async (t) => {
    const cwd = folderWith(
      { "prog.ts": "export async function main(args: string[]) { console.log(JSON.stringify([args, process.argv.slice(1)])); }" },
      t,
    );
    const { code, stdout, stderr } = await heddle(["run", "prog.ts", "a", "--", "-t", "1", "--stats", "--", "b c"], { cwd });
    assert.deepEqual([code, stderr], [0, ""]);
    const args = ["a", "-t", "1", "--stats", "--", "b c"];
    assert.deepEqual(JSON.parse(stdout), [args, [join(realpathSync(cwd), "prog.ts"), ...args]]);
  });

  test("a default export, a CommonJS module, and a script", async (t) => {
    const cwd = folderWith(
      {
        "default.mjs": "export default (args) => console.log('default', ...args);",
        "common.cjs": "exports.main = (args) => console.log('common', ...args);",
        "script.ts": "const word: string = process.argv[2]; setTimeout(() => console.log('script', word), 1);",
      },
      t,
    );
    const run = async (file: string) => (await heddle(["run", file, "x"], { cwd })).stdout;
    assert.deepEqual(await Promise.all(["default.mjs", "common.cjs", "script.ts"].map(run)), [
      "default x\n",
      "common x\n",
      "script x\n",
    ]);
  });

  test("a syntax error is shown where it is, also in what the program imports", async (t) => {
    const cwd = folderWith({ "prog.ts": 'import "./other.mjs";', "other.mjs": "\nlet x = ;" }, t);
    const { code, stderr } = await heddle(["run", "prog.ts"], { cwd });
    assert.equal(code, 1);
    assert.equal(
      stderr,
      `The program failed.\n${join(realpathSync(cwd), "other.mjs")}:2\nlet x = ;\n        ^\nSyntaxError: Unexpected token ';'\n`,
    );
  });

  test("a SyntaxError that the program throws is told as it is", async (t) => {
    const cwd = folderWith({ "prog.ts": "export const main = () => JSON.parse('{');" }, t);
    const { stderr } = await heddle(["run", "prog.ts"], { cwd });
    assert.match(stderr, /^The program failed\.\nSyntaxError: .* in JSON[\s\S]*at main \(.*prog\.ts:1:\d+\)/);
  });

  test("a record that cannot be written is told before the program begins", async (t) => {
    const cwd = folderWith({ "prog.ts": "console.log('begun');" }, t);
    const ended = await heddle(["run", "prog.ts", "--record", join("nowhere", "a.rec")], { cwd });
    assert.deepEqual([ended.code, ended.stdout], [2, ""]);
    assert.match(ended.stderr, /cannot be written to nowhere.a\.rec: ENOENT/);
    assert.match((await heddle(["run", "prog.ts", "-w", "0", "--record", "a.rec"], { cwd })).stderr, /needs workers/);
  });

  test("what is written never goes over a program", async (t) => {
    const cwd = folderWith({ "prog.ts": "console.log('begun');", "other.mjs": "1;" }, t);
    for (const option of ["--trace", "--record"])
      for (const name of ["prog.ts", "other.mjs"]) {
        const { code, stdout, stderr } = await heddle(["run", "prog.ts", option, name], { cwd });
        assert.deepEqual([code, stdout], [2, ""], option);
        assert.match(
          stderr,
          new RegExp(`${name.replace(".", "\\.")} is the name of a program: name another file, as ${option} out`),
        );
      }
    assert.equal((await heddle(["run", "prog.ts"], { cwd })).stdout, "begun\n");
  });

  test("a program that would import another copy of heddle is refused, with the way out", async (t) => {
    const name = join("node_modules", "heddle", "package.json");
    const other = JSON.stringify({ name: "heddle", version: "0.0.1", type: "module", exports: "./index.js" });
    const cwd = folderWith({ "prog.ts": "console.log('begun');", [name]: other }, t);
    const { code, stdout, stderr } = await heddle(["run", "prog.ts"], { cwd });
    assert.deepEqual([code, stdout], [2, ""]);
    assert.match(stderr, /uses the one in .*node_modules.heddle\. Start it with that: npx heddle/);
  });

  test("--trace-detail without a trace is a wrong command line", async (t) => {
    const cwd = folderWith({ "prog.ts": "console.log('begun');" }, t);
    const { code, stderr } = await heddle(["run", "prog.ts", "--trace-detail", "5us"], { cwd });
    assert.equal(code, 2);
    assert.match(stderr, /needs --trace or --dashboard/);
  });

  test("exit codes: main's integer, process.exitCode, process.exit", async (t) => {
    const cwd = folderWith(
      {
        "integer.mjs": "export const main = async () => 7;",
        "other.mjs": "export const main = () => 0.5;",
        "property.mjs": "process.exitCode = 8;",
        "call.mjs": "export const main = () => process.exit(9);",
      },
      t,
    );
    const run = async (file: string) => (await heddle(["run", file], { cwd })).code;
    assert.deepEqual(await Promise.all(["integer.mjs", "other.mjs", "property.mjs", "call.mjs"].map(run)), [7, 0, 8, 9]);
  });

  test("--workers reaches the program's runtime", async (t) => {
    const cwd = folderWith({ "prog.mjs": "console.log(process.env.HEDDLE_WORKERS);" }, t);
    assert.equal((await heddle(["run", "prog.mjs", "--workers", "3"], { cwd })).stdout, "3\n");
    assert.equal((await heddle(["run", "-w", "0", "prog.mjs"], { cwd })).stdout, "0\n");
    assert.equal((await heddle(["run", "prog.mjs"], { cwd, env: { HEDDLE_WORKERS: "5" } })).stdout, "5\n");
  });

  test("--stats prints at the end, on stderr, also when the program fails or exits", async (t) => {
    const cwd = folderWith(
      {
        "ends.mjs": "export const main = () => console.log('out');",
        "fails.mjs": "throw new Error('no');",
        "exits.mjs": "process.exit(3);",
      },
      t,
    );
    for (const [file, expected] of [
      ["ends.mjs", 0],
      ["fails.mjs", 1],
      ["exits.mjs", 3],
    ] as const) {
      const { code, stdout, stderr } = await heddle(["run", file, "--stats"], { cwd });
      assert.equal(code, expected);
      assert.doesNotMatch(stdout, /runtime/);
      assert.equal(stderr.match(/No runtime was started/g)?.length, 1, file);
    }
  });
});

describe("heddle run, with tasks", { concurrency: true }, () => {
  const PROGRAM = `
    import { task } from "${new URL("../index.ts", import.meta.url)}";
    export const fib = task(import.meta, (n: number): number => {
      if (n < 2) return n;
      const left = fib.spawn(n - 1);
      return fib(n - 2) + left.join();
    });
    export const fail = task(import.meta, (n: number): number => { throw Object.assign(new RangeError("too big"), { n, code: "BIG" }); });
    export const main = async ([what]: string[]) => what === "fail" ? await fail.spawn(7) : console.log(await fib.spawn(15));`;

  test("--stats counts what every worker did", async (t) => {
    const cwd = folderWith({ "prog.ts": PROGRAM }, t);
    const { code, stdout, stderr } = await heddle(["run", "prog.ts", "--workers", "2", "--stats"], { cwd });
    assert.deepEqual([code, stdout], [0, "610\n"]);
    assert.match(stderr, /^worker 1 [\s\S]*^worker 2 [\s\S]*^all +987 /m);
  });

  test("serial mode", async (t) => {
    const cwd = folderWith({ "prog.ts": PROGRAM }, t);
    const { code, stdout, stderr } = await heddle(["run", "prog.ts", "--workers", "0", "--stats"], { cwd });
    assert.deepEqual([code, stdout], [0, "610\n"]);
    assert.match(stderr, /^all +987 [\s\S]*Serial mode/m);
  });

  test("a failed task: code, fields, where it threw and where it was spawned, and none of heddle's own frames", async (t) => {
    const cwd = folderWith({ "prog.ts": PROGRAM }, t);
    const { code, stderr } = await heddle(["run", "prog.ts", "fail"], { cwd });
    assert.equal(code, 1);
    assert.match(
      stderr,
      /failed: BIG\nRangeError: too big\n +at .*prog\.ts:8:.*\n +--- spawned at ---\n +at main .*prog\.ts:9:.*\n +n: 7/,
    );
  });
});

describe("heddle run, when something is wrong", { concurrency: true }, () => {
  test("no such file, with the one that was meant", async (t) => {
    const cwd = folderWith({ "program.ts": "", "other.mjs": "" }, t);
    const run = async (file: string) => {
      const { code, stderr } = await heddle(["run", file], { cwd });
      assert.equal(code, 2, file);
      return stderr;
    };
    assert.match(await run("progam.ts"), /error: There is no file progam\.ts\. Did you mean program\.ts\?/);
    assert.match(await run("program"), /Did you mean program\.ts\?/);
    assert.match(await run("zzzzzzzz.ts"), /There is no file zzzzzzzz\.ts\.\n/);
    assert.match(await run("nowhere/x.ts"), /There is no folder nowhere either/);
    assert.match(await run("."), /is a folder.*It holds other\.mjs, program\.ts/);
  });

  test("files that are no programs", async (t) => {
    const cwd = folderWith({ "data.json": "{}", "page.tsx": "" }, t);
    assert.match((await heddle(["run", "data.json"], { cwd })).stderr, /is not a program/);
    assert.match((await heddle(["run", "page.tsx"], { cwd })).stderr, /JSX/);
  });

  test("main throws: code, message, stack, cause; exit code 1, whatever still runs", async (t) => {
    const cwd = folderWith(
      {
        "prog.mjs": `setInterval(() => {}, 1000);
          export async function main() {
            throw Object.assign(new TypeError("went wrong", { cause: new Error("the root") }), { code: "MY_CODE" });
          }`,
      },
      t,
    );
    const { code, stderr } = await heddle(["run", "prog.mjs"], { cwd });
    assert.equal(code, 1);
    assert.match(stderr, /^The program failed: MY_CODE\nTypeError: went wrong\n +at main \(file:.*prog\.mjs:3:/);
    assert.match(stderr, /\[cause\]: Error: the root/);
    assert.doesNotMatch(stderr, /node:internal/);
  });

  test("a task that fails and nobody awaits; the program's own handler comes first", async (t) => {
    const index = new URL("../index.ts", import.meta.url).href;
    const text = `import { task } from "${index}";
      const bad = task(import.meta, () => { throw new TypeError("went wrong"); });
      export const main = ([own]) => new Promise((resolve) => {
        if (own) process.on("uncaughtException", ({ message }) => { console.log("own:", message); resolve(); });
        setTimeout(resolve, 60_000).unref();
        bad.spawn();
      });`;
    const cwd = folderWith({ "prog.mjs": text }, t);
    const { code, stderr } = await heddle(["run", "prog.mjs"], { cwd });
    assert.equal(code, 1);
    assert.match(stderr, /^The program failed\.\nTypeError: went wrong\n +at .*prog\.mjs:2[\s\S]*Nobody waited for it/);
    assert.doesNotMatch(stderr, /decoder|sched/);
    const own = await heddle(["run", "prog.mjs", "own"], { cwd });
    assert.deepEqual([own.code, own.stdout], [0, "own: went wrong\n"]);
  });

  test("something else than an Error is thrown", async (t) => {
    const cwd = folderWith({ "prog.mjs": "export const main = () => Promise.reject('just text');" }, t);
    const { code, stderr } = await heddle(["run", "prog.mjs"], { cwd });
    assert.equal(code, 1);
    assert.match(stderr, /not an Error: 'just text'/);
  });

  test("TypeScript that is more than types", async (t) => {
    const cwd = folderWith({ "prog.ts": "enum Color { Red }\nexport const main = () => Color.Red;" }, t);
    const { code, stderr } = await heddle(["run", "prog.ts"], { cwd });
    assert.equal(code, 1);
    assert.match(stderr, /ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX[\s\S]*enum Color[\s\S]*blanking out the types[\s\S]*as const/);
  });

  test("an import without its ending, and a package that is not installed", async (t) => {
    const cwd = folderWith({ "a.ts": 'import "./b";', "c.ts": 'import "heddle-no-such-package";' }, t);
    assert.match((await heddle(["run", "a.ts"], { cwd })).stderr, /whole file name in a relative import/);
    assert.match((await heddle(["run", "c.ts"], { cwd })).stderr, /npm install heddle-no-such-package/);
  });

  test("a folder whose files are CommonJS, as npm init makes it, and a file that is by its ending", async (t) => {
    const text = 'import { task } from "heddle";\nexport const main = () => {};';
    const cwd = folderWith(
      { "package.json": '{ "type": "commonjs" }', "a.ts": text, "b.mjs": "export const main = () => {};", "c.cts": text },
      t,
    );
    const { code, stderr } = await heddle(["run", "a.ts"], { cwd });
    assert.equal(code, 1);
    assert.match(stderr, /a\.ts for a CommonJS module, because .*package\.json says[\s\S]*npm pkg set type=module\nor .*\.mts/);
    assert.equal((await heddle(["run", "b.mjs"], { cwd })).code, 0);
    assert.match((await heddle(["run", "c.cts"], { cwd })).stderr, /because of its ending\. Call it \.mts/);
  });

  test("a type that is imported like a value", async (t) => {
    const cwd = folderWith(
      { "prog.ts": 'import { Size } from "./size.ts";\nexport const main = (s: Size) => s;', "size.ts": "export type Size = 1;" },
      t,
    );
    assert.match((await heddle(["run", "prog.ts"], { cwd })).stderr, /import \{ type Size \} from/);
  });

  test("tasks, but no main and nothing spawned", async (t) => {
    const index = new URL("../index.ts", import.meta.url).href;
    const cwd = folderWith({ "prog.mjs": `import { task } from "${index}";\nexport const one = task(import.meta, () => 1);` }, t);
    const { code, stdout, stderr } = await heddle(["run", "prog.mjs"], { cwd });
    assert.deepEqual([code, stdout], [0, ""]);
    assert.match(stderr, /defines tasks, but spawns none and exports no main/);
  });

  test("main or a top-level await that can never end", async (t) => {
    const never = "new Promise(() => {})";
    const cwd = folderWith({ "main.mjs": `export const main = () => ${never};`, "top.mjs": `await ${never};` }, t);
    for (const [file, what] of [
      ["main.mjs", "main"],
      ["top.mjs", "the program's top-level await"],
    ]) {
      const { code, stderr } = await heddle(["run", file], { cwd });
      assert.equal(code, 1);
      assert.ok(stderr.includes(`but ${what} has not ended`), stderr);
    }
  });

  test("a guard that is never true", async (t) => {
    const cwd = folderWith({ "prog.mjs": "if (import.meta.main) console.log('ran');" }, t);
    const { code, stdout, stderr } = await heddle(["run", "prog.mjs"], { cwd });
    assert.deepEqual([code, stdout], [0, ""]);
    assert.match(stderr, /import\.meta\.main is false/);
  });
});
