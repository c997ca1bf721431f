/** After `npm ci` in the checkout: makes `npx heddle` run the checkout's own command, as it does for packages that depend on it. */
import { chmodSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = new URL("..", import.meta.url);
const target = new URL("bin/heddle.js", root);
const link = new URL("node_modules/.bin/heddle", root);

// npm on Windows writes command files instead of links; there `node bin/heddle.js` does the same.
if (process.platform !== "win32") {
  mkdirSync(new URL(".", link), { recursive: true });
  rmSync(link, { force: true });
  symlinkSync("../../bin/heddle.js", fileURLToPath(link));
  chmodSync(target, 0o755);
}
