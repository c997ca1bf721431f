/** What a report runs in tests: prints rows, fails, prints something else, or connects to a socket and stays, with a child that does so too. */
import { spawn } from "node:child_process";
import { connect } from "node:net";
import { fileURLToPath } from "node:url";
import { progress } from "../../bench/progress.ts";

const [what, ...rest] = process.argv.slice(2) as [string, ...string[]];
progress().show(`${what} ${rest.join(" ")}`, 0.5);
if (what === "rows") {
  const rows = [{ metric: "time", value: 2, unit: "ms", peer: "other", peerValue: 4, ratio: 0.5, goal: "<= 1 x", ok: true }];
  console.log(JSON.stringify({ quick: false, benchmarks: [{ name: rest[0], what: `what ${rest[0]} measures`, rows }] }));
} else if (what === "fail") {
  console.error("it broke");
  process.exitCode = 3;
} else if (what === "garbage") console.log("no JSON");
else {
  connect(rest[0]!);
  if (what === "hang") spawn(process.execPath, [fileURLToPath(import.meta.url), "child", rest[0]!], { stdio: "ignore" });
}
