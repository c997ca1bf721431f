import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { suite, test } from "node:test";
import { checkout, readText, run } from "./packed.ts";

interface Entry {
  resolved?: string;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

const manifest = JSON.parse(readText(checkout, "package.json")) as Entry & { version: string };

suite("package-lock.json", () => {
  const { packages } = JSON.parse(readText(checkout, "package-lock.json")) as { packages: Record<string, Entry> };

  test("names no registry", () => {
    assert.deepEqual(
      Object.keys(packages).filter((path) => packages[path]!.resolved !== undefined),
      [],
    );
    assert.doesNotMatch(readText(checkout, "package-lock.json"), /"https?:[^"]*\.tgz"/);
  });

  test("is of this package.json", () => {
    for (const key of ["dependencies", "devDependencies"] as const) assert.deepEqual(packages[""]![key], manifest[key]);
  });

  /** Where Node, and npm, look for `name` from `path`. */
  function* places(path: string, name: string): Generator<string> {
    for (let at = path; ; at = at.slice(0, Math.max(0, at.lastIndexOf("/node_modules/")))) {
      yield `${at === "" ? "" : `${at}/`}node_modules/${name}`;
      if (at === "") return;
      if (!at.includes("/node_modules/")) {
        yield `node_modules/${name}`;
        return;
      }
    }
  }

  test("has every package for every system, so that `npm ci` accepts it: else run `npm run lock`", () => {
    const missing: string[] = [];
    for (const [path, { dependencies, devDependencies, optionalDependencies }] of Object.entries(packages)) {
      for (const name of Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies })) {
        if (![...places(path, name)].some((place) => place in packages)) missing.push(`${name}, which ${path} asks for`);
      }
    }
    assert.deepEqual(missing, []);
  });
});

suite("the command inside the checkout", () => {
  test("npx heddle runs it", () => {
    assert.equal(run("npx", ["heddle", "--version"], checkout).stdout.trim(), manifest.version);
  });

  test("the command and its workers keep what Node makes of the sources", () => {
    const { NODE_COMPILE_CACHE: _, NODE_DISABLE_COMPILE_CACHE: __, ...env } = process.env;
    const args = [join(checkout, "bin/heddle.js"), "run", "--workers", "1", join(checkout, "test/package/programs/kept.ts")];
    const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: tmpdir(), encoding: "utf8", env });
    const folders = JSON.parse(stdout || "[]") as string[];
    assert.equal(folders.length, 2, stderr);
    for (const folder of folders) assert.equal(dirname(folder), join(checkout, "build/compile-cache"));
  });

  /** A Node on the path that is too old for heddle. */
  const old = (process.env.PATH ?? "")
    .split(delimiter)
    .map((folder) => join(folder, "node"))
    .find((node) => Number(spawnSync(node, ["-p", "parseInt(process.versions.node)"], { encoding: "utf8" }).stdout) < 22);

  test("an old Node hands over to the pinned one", { skip: old === undefined && "every Node on the path is new enough" }, () => {
    const { stdout } = run(old!, [join(checkout, "bin/heddle.js"), "info", "--json"], checkout);
    assert.equal((JSON.parse(stdout) as { node: string }).node, process.versions.node);
    const wrong = spawnSync(old!, [join(checkout, "bin/heddle.js"), "no-such-command"], { encoding: "utf8" });
    assert.equal(wrong.status, 2);
    assert.match(wrong.stderr, /unknown command/);
  });
});
