#!/usr/bin/env node
// Old Nodes must be able to read this file: it tells them that they are too old.
import { existsSync } from "node:fs";

const NEEDED = "22.18.0";

function olderThan(version, needed) {
  const a = version.split(".").map(Number);
  const b = needed.split(".").map(Number);
  return a[0] !== b[0] ? a[0] < b[0] : a[1] < b[1];
}

if (olderThan(process.versions.node, NEEDED)) {
  console.error(`heddle needs Node ${NEEDED} or newer; this is Node ${process.versions.node} (${process.execPath}).

Get a newer one in one of these ways:
  npm install --save-dev node@24     for this project only; then run: npx heddle ...
  nvm install 24                     with the version manager nvm
  https://nodejs.org/en/download     installers and archives`);
  process.exitCode = 2;
} else {
  const source = new URL("../src/cli/main.ts", import.meta.url);
  const main = existsSync(source) ? source : new URL("../dist/cli/main.js", import.meta.url);
  import(main.href).then((cli) => cli.main(process.argv.slice(2)));
}
