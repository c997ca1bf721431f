#!/usr/bin/env node
// Old Nodes must be able to read this file: it tells them that they are too old.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import module from "node:module";
import { fileURLToPath } from "node:url";

const NEEDED = "22.18.0";

function olderThan(version, needed) {
  const a = version.split(".").map(Number);
  const b = needed.split(".").map(Number);
  return a[0] !== b[0] ? a[0] < b[0] : a[1] < b[1];
}

/** The Node that a project pins with the package `node`: beside this checkout's files, or beside this package. */
function pinnedNode() {
  return ["../node_modules/node/bin/node", "../../node/bin/node"]
    .map((path) => fileURLToPath(new URL(path, import.meta.url)))
    .find((path) => existsSync(path));
}

/** Runs this command again with another Node, and ends as that one ends. */
function runWith(node) {
  const child = spawn(node, process.argv.slice(1), { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    // A terminal sends its Ctrl-C to both processes.
    process.on(signal, () => (signal === "SIGINT" && process.stdin.isTTY) || child.kill(signal));
  }
  child.on("error", (error) => {
    console.error(`heddle: ${node} does not start: ${error.message}`);
    process.exitCode = 2;
  });
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

const tooOld = olderThan(process.versions.node, NEEDED);
const pinned = tooOld ? pinnedNode() : undefined;

if (pinned !== undefined) runWith(pinned);
else if (tooOld) {
  console.error(`heddle needs Node ${NEEDED} or newer; this is Node ${process.versions.node} (${process.execPath}).

Get a newer one in one of these ways:
  npm install --save-dev node@24     for this project only; then run: npx heddle ...
  nvm install 24                     with the version manager nvm
  https://nodejs.org/en/download     installers and archives`);
  process.exitCode = 2;
} else {
  const source = new URL("../src/cli/main.ts", import.meta.url);
  const isCheckout = existsSync(source);
  const main = isCheckout ? source : new URL("../dist/cli/main.js", import.meta.url);
  // What Node makes of sources it keeps, as in src/worker-node.ts.
  if (isCheckout) module.enableCompileCache(fileURLToPath(new URL("../build/compile-cache", import.meta.url)));
  import(main.href).then((cli) => cli.main(process.argv.slice(2)));
}
