import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { after, suite, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { findKoffi } from "../../src/net/koffi.ts";
import { hostsOf, type Identity, isOversubscribed, processState, whoAmI } from "../../src/net/mpi/identity.ts";
import { type Contact, Lifelines } from "../../src/net/mpi/lifeline.ts";
import { Watch } from "../../src/net/mpi/watch.ts";

const children: ChildProcess[] = [];
after(() => {
  for (const child of children) child.kill("SIGKILL");
});

async function watched(): Promise<{ child: ChildProcess; contact: Contact; identity: Identity }> {
  const child = fork(new URL("./watched.ts", import.meta.url), { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  children.push(child);
  const [contact] = (await once(child, "message")) as [Contact];
  const identity = { ...whoAmI(1, undefined), pid: child.pid!, began: processState(child.pid!)?.began ?? "" };
  return { child, contact: { ...contact, addresses: ["127.0.0.1"] }, identity };
}

/** Looks until something is found. */
async function found<T>(look: () => T[]): Promise<T[]> {
  for (;;) {
    const all = look();
    if (all.length > 0) return all;
    await sleep(5);
  }
}

async function nothing(look: () => unknown[]): Promise<void> {
  for (let i = 0; i < 20; i++) {
    assert.deepEqual(look(), []);
    await sleep(5);
  }
}

const linux = { skip: process.platform === "linux" ? false : "only on Linux" };

suite("who is dead", { concurrency: true }, () => {
  test("on the same host: a stopped process is not, a killed one is, a number that was given again is", linux, async () => {
    const { child, identity } = await watched();
    const watch = new Watch([whoAmI(1, undefined), identity], 0, undefined);
    child.kill("SIGSTOP");
    await nothing(() => watch.look());
    child.kill("SIGKILL");
    assert.deepEqual(await found(() => watch.look()), [{ place: 1, tell: false }]);
    await nothing(() => watch.look());
    const again = new Watch([identity, { ...whoAmI(1, undefined), began: "1" }], 0, undefined);
    assert.deepEqual(again.look(), [{ place: 1, tell: false }]);
  });

  test("on another host: a stopped process is not, a killed one is", linux, async () => {
    const { child, contact } = await watched();
    const lifelines = new Lifelines(findKoffi()!);
    lifelines.watch(new Map([[3, contact]]));
    assert.equal(lifelines.isProved, false);
    await found(() => [...lifelines.look(), ...(lifelines.isProved ? ["proved"] : [])]);
    child.kill("SIGSTOP");
    await nothing(() => lifelines.look());
    child.kill("SIGKILL");
    assert.deepEqual(await found(() => lifelines.look()), [3]);
    lifelines.close();
  });

  test("on another host: another process at the same address is not taken for it", linux, async () => {
    const { child, contact } = await watched();
    const lifelines = new Lifelines(findKoffi()!);
    lifelines.watch(new Map([[3, { ...contact, token: "0123456789abcdef" }]]));
    await nothing(() => [...lifelines.look(), ...(lifelines.isProved ? ["proved"] : [])]);
    // Where the places are known to reach each other, one at whose addresses nobody listens is gone.
    child.kill("SIGKILL");
    await nothing(() => lifelines.look());
    lifelines.trust();
    assert.deepEqual(await found(() => lifelines.look()), [3]);
    lifelines.close();
  });

  test("hosts, and whether there are more workers than cores", () => {
    const me = { ...whoAmI(1, undefined), affinity: "3", cores: 2 };
    const far = { ...me, host: "elsewhere" };
    assert.deepEqual(hostsOf([me, far, me]), [0, 1, 0]);
    assert.equal(isOversubscribed([me, far, me], 0), false);
    assert.equal(isOversubscribed([me, far, { ...me, workers: 2 }], 0), true);
    assert.equal(isOversubscribed([me, far, { ...me, workers: 2 }], 1), false);
    // Each on cores of its own.
    assert.equal(
      isOversubscribed(
        [
          { ...me, affinity: "1", cores: 1 },
          { ...me, affinity: "2", cores: 1 },
        ],
        0,
      ),
      false,
    );
  });
});
