/** The package as users get it: packed from a copy of the checkout, installed into an empty folder. */
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { cpSync, existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const checkout = fileURLToPath(new URL("../..", import.meta.url));
const programs = fileURLToPath(new URL("programs", import.meta.url));

/** Runs a command with the pinned Node and without what npm told this process; throws its output when it fails. */
export function run(command: string, args: string[], cwd: string): SpawnSyncReturns<string> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_TEST|NODE_OPTIONS)/i.test(name)));
  const path = `${dirname(process.execPath)}${delimiter}${process.env.PATH}`;
  const done = spawnSync(command, args, { cwd, encoding: "utf8", env: { ...env, PATH: path, NO_COLOR: "1" }, timeout: 300_000 });
  if (done.error !== undefined) throw done.error;
  if (done.status !== 0)
    throw new Error(`${command} ${args.join(" ")} in ${cwd}: exit code ${done.status}\n${done.stdout}\n${done.stderr}`);
  return done;
}

/** A copy, because packing rewrites package.json for a moment, and others import from the checkout meanwhile. */
export function copyCheckout(to: string): void {
  const files = run("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], checkout).stdout.split("\0");
  const wanted = /^(src|bin|docs|scripts|examples\/tutorial)\/|^[^/]+$/;
  for (const file of files) {
    if (wanted.test(file) && existsSync(join(checkout, file))) cpSync(join(checkout, file), join(to, file));
  }
  symlinkSync(join(checkout, "node_modules"), join(to, "node_modules"));
}

export interface Packed {
  /** The copy that was packed. */
  readonly copy: string;
  readonly tarball: string;
  /** An empty folder into which the tarball was installed, with the test programs. */
  readonly consumer: string;
  /** The package inside `consumer`. */
  readonly installed: string;
  /** Its files, with / between the names. */
  readonly files: readonly string[];
  remove(): void;
}

export function packAndInstall(): Packed {
  const folder = mkdtempSync(join(tmpdir(), "package-test-"));
  const copy = join(folder, "copy");
  const consumer = join(folder, "consumer");
  mkdirSync(copy);
  mkdirSync(consumer);
  copyCheckout(copy);
  const [{ filename }] = JSON.parse(run("npm", ["pack", "--json", "--silent", "--pack-destination", folder], copy).stdout) as [
    { filename: string },
  ];
  const tarball = join(folder, filename);
  writeFileSync(join(consumer, "package.json"), '{ "name": "consumer", "private": true, "type": "module" }\n');
  run("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline", tarball], consumer);
  cpSync(programs, consumer, { recursive: true });
  const installed = join(consumer, "node_modules", "heddle");
  const files = globSync("**/*", { cwd: installed, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(installed.length + 1))
    .sort();
  return { copy, tarball, consumer, installed, files, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export const readText = (...path: string[]): string => readFileSync(join(...path), "utf8");
