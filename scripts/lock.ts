/**
 * Completes package-lock.json; run it after every change of dependencies (`npm run lock`).
 *
 * A registry mirror may lack the packages that hold binaries for other systems. npm then leaves them out of the lock file,
 * and `npm ci` refuses that file. This adds their entries, with what their names say, so that one lock file serves every system.
 */
import { readFileSync, writeFileSync } from "node:fs";

interface Entry {
  version?: string;
  dev?: boolean;
  optional?: boolean;
  optionalDependencies?: Record<string, string>;
  [key: string]: unknown;
}

const SYSTEM = /-(android|darwin|freebsd|linux|win32)-(arm64|arm|ia32|x64)(?:-(musl|gnu))?$/;
const file = new URL("../package-lock.json", import.meta.url);
const lock = JSON.parse(readFileSync(file, "utf8")) as { packages: Record<string, Entry> };

for (const [path, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const known = lock.packages[`node_modules/${name}`] ?? lock.packages[`${path}/node_modules/${name}`];
    const system = SYSTEM.exec(`-${name.split("/").at(-1)}`);
    if (known !== undefined || system === null) continue;
    if (!/^\d/.test(version)) throw new Error(`${path} asks for ${name}@${version}: no exact version to write down`);
    const [, os, cpu, libc] = system;
    lock.packages[`node_modules/${name}`] = {
      version,
      cpu: [cpu],
      ...(entry.dev === true && { dev: true }),
      ...(libc !== undefined && { libc: [libc === "gnu" ? "glibc" : libc] }),
      optional: true,
      os: [os],
    };
    console.log(`${name}@${version}`);
  }
}

for (const entry of Object.values(lock.packages)) delete entry.resolved;
const [root, ...others] = Object.entries(lock.packages);
lock.packages = Object.fromEntries([root!, ...others.sort(([a], [b]) => a.localeCompare(b, "en"))]);
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
