import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cpSync, existsSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, suite, test } from "node:test";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { build } from "vite";
import { checkout, type Packed, packAndInstall, readText, run } from "./packed.ts";

const tsc = join(checkout, "node_modules/typescript/bin/tsc");

/** Of those that hold heddle's own modules, in the thread that starts the runtime. */
const MOST_FILES = 15;

suite("the packed package", () => {
  let packed: Packed;
  before(() => {
    packed = packAndInstall();
  });
  after(() => packed?.remove());

  const node = (...args: string[]): string => run(process.execPath, args, packed.consumer).stdout;

  test("runs in a JavaScript module", () => {
    assert.equal(node("plain.mjs"), "fib(24) = 46368 on 2 workers, both ran: true\n");
  });

  test("runs in a TypeScript program that Node runs as it is", () => {
    assert.equal(node("typed.ts"), "20! = 2432902008176640000, lambda: 42\n");
  });

  test("can be required from a CommonJS module, which may define tasks", () => {
    assert.equal(node("common.cjs"), "HEDDLE_JOIN_OUTSIDE, 5, 16\n");
  });

  test("heddle/testing can be imported", () => {
    writeFileSync(
      join(packed.consumer, "testing.mjs"),
      'import * as it from "heddle/testing";\nconsole.log(typeof it.explore);\n',
    );
    assert.equal(node("testing.mjs"), "function\n");
  });

  test("a program loads few of its files, in each thread", () => {
    const [main, worker] = JSON.parse(node("--import", "./counting.mjs", "few-files.mjs")) as [string[], string[]];
    assert.ok(main.some((file) => file.endsWith("joined/core.js")) && worker.some((file) => file.endsWith("joined/core.js")));
    assert.ok(main.length <= MOST_FILES, `the main thread: ${main.join("\n")}`);
    assert.ok(worker.length <= MOST_FILES + 6, `a worker: ${worker.join("\n")}`);
  });

  test("what looks into heddle itself finds it in those files", () => {
    assert.match(
      node("stuck.mjs"),
      /^the task outer, spawned at stuck\.mjs:12.*: waits at stuck\.mjs:7.*\n {2}the task inner, spawned by outer.* it is at stuck\.mjs:5/,
    );
    const check = (program: string): string => run("npx", ["heddle", "check", program], packed.consumer).stderr;
    assert.match(check("sorted.mjs"), /No race was found .* \d\d+ accesses/);
    assert.throws(() => check("race.mjs"), /2 races were found/);
    run("npx", ["heddle", "run", "-w", "2", "--record", "program.rec", "sorted.mjs"], packed.consumer);
    assert.match(run("npx", ["heddle", "run", "--replay", "program.rec", "sorted.mjs"], packed.consumer).stdout, /^0 99$/m);
  });

  const settings: Record<string, object> = {
    "nodenext, with the types of browsers": { module: "nodenext", moduleResolution: "nodenext", types: [] },
    "bundler, with the types of browsers": { module: "esnext", moduleResolution: "bundler", types: [] },
    "bundler, for browsers": { module: "esnext", moduleResolution: "bundler", customConditions: ["browser"], types: [] },
    "nodenext, with the types of Node only": {
      module: "nodenext",
      moduleResolution: "nodenext",
      lib: ["ES2023"],
      types: ["node"],
      typeRoots: [join(checkout, "node_modules/@types")],
    },
  };
  for (const [name, options] of Object.entries(settings)) {
    test(`its types are sound: ${name}`, () => {
      const compilerOptions = {
        target: "es2023",
        lib: ["ES2023", "ESNext.Disposable", "DOM"],
        strict: true,
        exactOptionalPropertyTypes: true,
        noUncheckedIndexedAccess: true,
        allowImportingTsExtensions: true,
        skipLibCheck: false,
        noEmit: true,
        ...options,
      };
      writeFileSync(join(packed.consumer, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["typed.ts"] }));
      run(process.execPath, [tsc, "-p", "."], packed.consumer);
    });
  }

  test("a bundle: with heddle outside it runs, with heddle inside it says what to do", async () => {
    for (const external of [["heddle"], []]) {
      await build({
        configFile: false,
        logLevel: "silent",
        root: packed.consumer,
        ssr: { noExternal: true, external },
        build: {
          ssr: "plain.mjs",
          emptyOutDir: false,
          outDir: packed.consumer,
          minify: false,
          rollupOptions: { external, output: { entryFileNames: `bundle-${external.length}.mjs` } },
        },
      });
    }
    assert.equal(node("bundle-1.mjs"), "fib(24) = 46368 on 2 workers, both ran: true\n");
    assert.throws(() => node("bundle-0.mjs"), /Worker threads do not start: .* leave heddle out of bundles/);
  });

  test("its types refuse what those of the sources refuse", () => {
    cpSync(join(checkout, "test/types"), join(packed.consumer, "types"), { recursive: true });
    const { compilerOptions } = JSON.parse(readText(checkout, "tsconfig.json")) as { compilerOptions: object };
    const options = { ...compilerOptions, typeRoots: [join(checkout, "node_modules/@types")] };
    writeFileSync(join(packed.consumer, "types/tsconfig.json"), JSON.stringify({ compilerOptions: options }));
    run(process.execPath, [tsc, "-p", "types"], packed.consumer);
  });

  test("brings the command", () => {
    const { version } = JSON.parse(readText(checkout, "package.json")) as { version: string };
    assert.equal(run("npx", ["heddle", "--version"], packed.consumer).stdout.trim(), version);
    assert.match(run("npx", ["heddle", "run", "program.ts", "--", "20"], packed.consumer).stdout, /^fib\(20\) = 6765$/m);
    assert.ok(statSync(join(packed.installed, "bin/heddle.js")).mode & 0o100, "bin/heddle.js is executable");
  });

  test("brings the dashboard's page, with all that it needs", async () => {
    assert.deepEqual(
      packed.files.filter((file) => file.startsWith("dist/dashboard/page")),
      ["dist/dashboard/page-file.js", "dist/dashboard/page.html"],
    );
    const command = [join(packed.installed, "bin/heddle.js"), "run", "--dashboard-keep", "program.ts", "3"];
    const running = spawn(process.execPath, command, { cwd: packed.consumer, stdio: ["ignore", "ignore", "pipe"] });
    const ended = new Promise((resolve) => running.on("close", resolve));
    try {
      const url = await new Promise<string>((resolve, reject) => {
        let said = "";
        running.stderr.setEncoding("utf8").on("data", (text) => {
          said += text;
          const found = /^Dashboard: (\S+)\n/m.exec(said);
          if (found !== null) resolve(found[1]!);
        });
        void ended.then(() => reject(new Error(said)));
      });
      const page = await fetch(url);
      assert.match(await page.text(), /<title>heddle dashboard<\/title>[\s\S]*<script nonce="[\w-]+" type="module">[^<]/);
    } finally {
      running.kill("SIGKILL");
      await ended;
    }
  });

  test("publint finds no fault", async () => {
    const { messages } = await publint({ pkgDir: packed.installed, strict: true, pack: false });
    const manifest = JSON.parse(readText(packed.installed, "package.json"));
    assert.deepEqual(
      messages.map((it) => `${it.type}: ${formatMessage(it, manifest, { color: false })}`),
      [],
    );
  });

  test("holds what users need and nothing else", () => {
    const { files, installed } = packed;
    for (const file of ["LICENSE", "package.json", "bin/heddle.js", "dist/index.js", "dist/index.d.ts", "dist/browser.js"]) {
      assert.ok(files.includes(file), `${file} is in the package`);
    }
    const sources = files.filter((file) => /(?<!\.d)\.[mc]?ts$/.test(file) && !file.startsWith("examples/tutorial/"));
    assert.deepEqual(sources, [], "no TypeScript sources but those of the tutorial");
    const tests = files.filter((file) => /\.test\.|^test\//.test(file));
    assert.deepEqual(tests, [], "no tests");
    const folders = [checkout, packed.copy, homedir()].filter((folder) => folder.length > 2).map((it) => it.replace(/\/$/, ""));
    for (const file of files) {
      const text = readText(installed, file);
      for (const folder of folders) assert.ok(!text.includes(`${folder}/`), `${file} names the folder ${folder}`);
    }
    const bytes = files.reduce((sum, file) => sum + statSync(join(installed, file)).size, 0);
    console.log(
      `${files.length} files, ${Math.round(bytes / 1024)} KiB unpacked, ${Math.round(statSync(packed.tarball).size / 1024)} KiB packed`,
    );
    assert.ok(bytes < 4 * 1024 * 1024, "the package is small");
  });

  test("links in its pages lead to what is in it", () => {
    const { files, installed } = packed;
    const pages = files.filter((file) => file.endsWith(".md") || file === "llms.txt");
    assert.ok(pages.includes("README.md") && pages.includes("docs/guide/README.md"));
    const dead = pages.flatMap((page) => {
      const prose = readText(installed, page)
        .replaceAll(/^```.*?^```/gms, "")
        .replaceAll(/`[^`\n]*`/g, "");
      const targets = [...prose.matchAll(/\]\(([^)\s#]+)/g)].map(([, target]) => target!).filter((it) => !/^[a-z]+:/i.test(it));
      return targets.filter((it) => !existsSync(join(installed, dirname(page), it))).map((it) => `${page}: ${it}`);
    });
    assert.deepEqual(dead, []);
  });

  test("the tutorial's programs run from a copy, as the guide says", () => {
    cpSync(join(packed.installed, "examples/tutorial"), join(packed.consumer, "tutorial"), { recursive: true });
    assert.match(node("node_modules/heddle/bin/heddle.js", "run", "tutorial/fast.ts", "--workers", "2"), /bcc6c918/);
  });

  test("its package.json points at what is there, and serves users only", () => {
    const manifest = JSON.parse(readText(packed.installed, "package.json"));
    for (const [, path] of JSON.stringify(manifest.exports).matchAll(/"\.\/([^"]+\.(?:js|ts))"/g)) {
      assert.ok(packed.files.includes(path!), `${path} is in the package`);
    }
    assert.equal(manifest.type, "module");
    assert.notEqual(manifest.sideEffects, false, "bundlers must not drop the modules that install the platform");
    for (const key of ["scripts", "devDependencies", "publishConfig"]) assert.ok(!(key in manifest), `no ${key}`);
  });

  test("packing leaves the checkout's package.json as it was, also after an interruption", () => {
    const before = readText(checkout, "package.json");
    const manifest = join(packed.copy, "package.json");
    const build = (...args: string[]) => run(process.execPath, ["scripts/build.ts", ...args], packed.copy);
    assert.equal(readText(manifest), before, "after npm pack");
    build("--pack");
    assert.notEqual(readText(manifest), before);
    build("--pack");
    build("--unpack");
    assert.equal(readText(manifest), before, "after a second --pack and --unpack");
    build("--pack");
    build();
    assert.equal(readText(manifest), before, "after a build");
    build("--pack");
    writeFileSync(manifest, `${before}\n`);
    build("--unpack");
    assert.equal(readText(manifest), `${before}\n`, "edited meanwhile: stays");
  });
});
