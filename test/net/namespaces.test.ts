/** Two network namespaces, joined by a pair of virtual interfaces, play two hosts. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, suite, test } from "node:test";
import { CASES } from "./cases.ts";
import { expectAll, freeze, job, whyNot } from "./job.ts";

const NAMES = [`heddle-a-${process.pid}`, `heddle-b-${process.pid}`] as const;
const ADDRESSES = ["10.77.0.1", "10.77.0.2"] as const;

const runs = (command: string): boolean => spawnSync("sh", ["-c", command]).status === 0;

/** Makes the two hosts; why that is not possible, or false. */
function makeHosts(): string | false {
  if (process.platform !== "linux") return "network namespaces are Linux's";
  const missing = whyNot("mpirun", "openmpi-bin libopenmpi-dev");
  if (missing !== false) return missing;
  if (!runs("ip -V") || !runs("unshare --version")) return "ip or unshare is missing: apt-get install iproute2 util-linux";
  const [a, b] = NAMES;
  const made = [
    `ip netns add ${a} && ip netns add ${b}`,
    `ip link add veth0 netns ${a} type veth peer name veth0 netns ${b}`,
    ...NAMES.flatMap((name, i) => [
      `ip -n ${name} addr add ${ADDRESSES[i]}/24 dev veth0`,
      `ip -n ${name} link set lo up && ip -n ${name} link set veth0 up`,
      `ip netns exec ${name} unshare -u hostname ${name}`,
    ]),
  ].every(runs);
  return made ? false : "this system does not let this user make network namespaces";
}

function removeHosts(): void {
  for (const name of NAMES) runs(`ip netns del ${name}`);
}

const skip = makeHosts();
if (skip !== false) removeHosts();
const folder = mkdtempSync(join(tmpdir(), "heddle-hosts-"));
const agent = join(folder, "agent.sh");

/** How a job runs on both hosts, with so many ranks on each. The agent plays ssh: it starts a command on a host. */
function onBoth(...ranks: [number, number]) {
  const on = (name: string, command: string) => [
    "netns",
    "exec",
    name,
    "unshare",
    "-u",
    "sh",
    "-c",
    `hostname ${name}; ${command}`,
  ];
  const script = `#!/bin/sh\n[ "$1" = ${ADDRESSES[0]} ] && name=${NAMES[0]} || name=${NAMES[1]}\nshift\nexec ip netns exec $name unshare -u sh -c "hostname $name; $*"\n`;
  writeFileSync(agent, script, { mode: 0o755 });
  return {
    ranks: ranks[0] + ranks[1],
    launcher: ["ip", ...on(NAMES[0], 'exec mpirun "$@"'), "sh"],
    options: [
      ...["--mca", "plm_rsh_agent", agent, "--bind-to", "none", "--mca", "mpi_yield_when_idle", "1"],
      ...["-H", ADDRESSES.map((it, i) => `${it}:${ranks[i]}`).join()],
    ],
  };
}

/** Bytes that have gone out of the first host. */
function sentBytes(): number {
  const { stdout } = spawnSync("ip", ["netns", "exec", NAMES[0], "cat", "/proc/net/dev"], { encoding: "utf8" });
  return Number(/veth0:\s*(.*)/.exec(stdout)![1]!.split(/\s+/)[8]);
}

suite("MPI over two hosts", { skip }, () => {
  after(() => {
    removeHosts();
    rmSync(folder, { recursive: true });
  });

  test("two ranks", async () => {
    const names = Object.keys(CASES).filter((it) => it !== "hello"); // which has a place 2
    const before = sentBytes();
    expectAll(await job(names, onBoth(1, 1)), names, 2);
    assert.ok(sentBytes() - before > 64 * 2 ** 20, "the long range has crossed");
  });

  test("a killed rank on the other host is noticed", async () => {
    const how = onBoth(2, 1);
    const { outcomes, output } = await job(["lost"], { ...how, options: [...how.options, "--enable-recovery"] });
    assert.deepEqual(
      outcomes.map(({ place, error }) => [place, error]).sort(),
      [
        [0, undefined],
        [1, undefined],
      ],
      output,
    );
  });

  test("a rank on the other host that stands still delays, and breaks nothing", async () => {
    expectAll(await job(["frozen"], { ...onBoth(2, 2), meanwhile: freeze }), ["frozen"]);
  });
});
