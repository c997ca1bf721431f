import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { finish, phaser, shared, start, whenAll } from "heddle";
import { suiteRuntime } from "../support/suite-runtime.ts";
import * as tasks from "./phaser-tasks.ts";

for (const workers of [0, 1, 2, 4]) {
  suite(`phasers, ${workers} workers`, { timeout: 60_000 }, () => {
    const on = suiteRuntime(workers);

    test(
      "generator and async members keep in step",
      on(async () => {
        for (const members of [1, 2, 5]) {
          assert.equal(await tasks.steps.spawn(shared.int32(4), members, 40), 0, `${members} members`);
        }
      }),
    );

    test(
      "the code outside of tasks is a member that awaits",
      on(async () => {
        const ph = phaser();
        const log = shared.int32(4);
        const others = [1, 2].map(() => tasks.counter.with({ phased: [ph] }).spawn(ph, log, 3, 20));
        for (let phase = 1; phase <= 20; phase++) {
          Atomics.add(log, 0, 1);
          assert.equal(await ph.next(), phase);
          assert.ok(Atomics.load(log, 0) >= 3 * phase);
        }
        ph.drop();
        assert.deepEqual(await whenAll(others), [0, 0]);
        assert.equal(ph.phase, Number.POSITIVE_INFINITY);
      }),
    );

    test(
      "exactly one member runs the action of a phase, before anybody goes on",
      on(async () => {
        for (const withSignaller of [false, true]) {
          const log = shared.int32(4);
          await finish(async () => {
            const ph = phaser();
            for (let i = 0; i < 3; i++) tasks.singles.with({ phased: [ph] }).spawn(ph, log, 3, 15);
            if (withSignaller) tasks.lateSignaller.with({ phased: [{ phaser: ph, mode: "signal" }] }).spawn(ph, 15);
          });
          assert.deepEqual([...log], [45, 15, 0, 0], `with a signaller: ${withSignaller}`);
        }
      }),
    );

    test(
      "an action whose future was cancelled leaves the phase to that of another member",
      on(async () => {
        const log = shared.int32(2);
        const ph = phaser();
        assert.equal(await tasks.withdraws.with({ phased: [ph] }).spawn(ph, log), true);
        const other = tasks.acts.with({ phased: [ph] }).spawn(ph, log);
        await new Promise((resolve) => setTimeout(resolve, 2)); // so that it is among the waiters; correct either way
        ph.signal();
        await other;
        assert.deepEqual([...log], [0, 1]);
        ph.drop();
      }),
    );

    test(
      "an action that throws fails its member, the others go on",
      on(async () => {
        const ph = phaser();
        await assert.rejects(
          ph
            .next(() => {
              throw new RangeError("action");
            })
            .then(),
          RangeError,
        );
        assert.equal(ph.phase, 1);
        assert.equal(await ph.next(), 2);
        ph.drop();
      }),
    );

    test(
      "a member whose arguments cannot be read where they arrive drops out",
      on(async () => {
        const ph = phaser();
        const member = tasks.takesUnreadable.with({ phased: [ph] }).spawn(ph, new tasks.Unreadable());
        const failed = workers === 0 ? member.then() : assert.rejects(member.then(), /unreadable/);
        assert.equal(await ph.next(), 1);
        await failed;
        assert.equal(await ph.next(), 2);
        ph.drop();
      }),
    );

    test(
      "members in mode signal run ahead, those in mode wait follow",
      on(async () => {
        const log = shared.int32(4);
        log[1] = 30;
        const ph = phaser();
        const consumers = [1, 2].map(() => tasks.consumer.with({ phased: [{ phaser: ph, mode: "wait" }] }).spawn(ph, log, 2, 35));
        for (const items of [30, 30]) tasks.producer.with({ phased: [{ phaser: ph, mode: "signal" }] }).spawn(ph, log, items);
        ph.drop();
        assert.deepEqual(await whenAll(consumers), [0, 0]);
      }),
    );

    test(
      "tasks that end, fail, or never start drop out",
      on(async () => {
        const ph = phaser();
        const ended = tasks.endsEarly.with({ phased: [ph] }).spawn();
        const failed = tasks.throws.with({ phased: [ph] }).spawn();
        const fails = assert.rejects(failed.then(), RangeError);
        const aborted = AbortSignal.abort("no");
        const never = tasks.endsEarly.with({ phased: [ph], signal: aborted }).spawn();
        const cancelled = tasks.endsEarly.with({ phased: [ph] }).spawn();
        cancelled.cancel();
        const late = tasks.after.with({ phased: [ph] }).after(failed);
        const lateFails = assert.rejects(late.then(), RangeError);
        assert.equal(await ph.next(), 1);
        await ended;
        await fails;
        await lateFails;
        await assert.rejects(never.then(), { code: "HEDDLE_CANCELLED" });
        await assert.rejects(cancelled.then(), { code: "HEDDLE_CANCELLED" });
        assert.equal(await ph.next(), 2);
        ph.drop();
      }),
    );

    test(
      "members register others while the phase runs",
      on(async () => {
        const log = shared.int32(2);
        await finish(async () => {
          const ph = phaser();
          for (let i = 0; i < 3; i++) tasks.grows.with({ phased: [ph] }).spawn(ph, log, 6);
        });
        // 3 x 6 of their own, and 2 children each of depth 3
        assert.equal(log[0], 36);
      }),
    );

    test(
      "a task joins and drops out by itself",
      on(async () => {
        const ph = phaser();
        const joiner = tasks.joinsLater.spawn(ph, 3);
        let done = false;
        void joiner.then(() => {
          done = true;
        });
        while (!done) await ph.next().then(() => new Promise((resolve) => setTimeout(resolve, 0)));
        assert.ok((await joiner) >= 3);
        ph.drop();
      }),
    );

    test(
      "the creator drops out at the end of its finish scope's body",
      on(async () => {
        assert.equal(await tasks.inFinish.spawn(shared.int32(2), 3), 9);
        assert.equal(await tasks.inGeneratorFinish.spawn(shared.int32(2), 3), 9);
      }),
    );

    test(
      "misuse is told at the call",
      on(async () => {
        const ph = phaser();
        const told = (what: string, mode?: "signal" | "wait" | "signalWait") =>
          (mode === undefined ? tasks.misuse : tasks.misuse.with({ phased: [{ phaser: ph, mode }] })).spawn(ph, what);
        assert.match(await told("next"), /^HEDDLE_PHASER misuse called next\(\) but is not registered.*phased: \[ph\]/);
        assert.match(await told("drop"), /^HEDDLE_PHASER/);
        assert.match(await told("next", "signalWait"), /^HEDDLE_PHASER misuse is a plain task.*yield\* ph\.next/s);
        assert.match(await told("wait", "wait"), /^HEDDLE_PHASER misuse is a plain task/);
        assert.equal(await told("signal", "signal"), "fine");
        assert.equal(await told("next", "signal"), "fine");
        assert.match(await told("signal", "wait"), /^HEDDLE_PHASER.*cannot signal/);
        assert.match(await told("wait", "signal"), /^HEDDLE_PHASER.*cannot wait/);
        assert.match(await told("signalWait", "signal"), /^HEDDLE_PHASER.*may hand on only/);
        assert.match(await told("sideways", "signalWait"), /^HEDDLE_USAGE.*"signalWait"/);
        const log = shared.int32(1);
        const holder = tasks.holds.with({ phased: [ph] }).spawn(log);
        ph.signal();
        assert.throws(() => ph.signal(), { code: "HEDDLE_PHASER", message: /has signalled phase/ });
        assert.throws(() => tasks.endsEarly.with({ phased: [ph] }).spawn(), {
          code: "HEDDLE_PHASER",
          message: /spawn before the signal/,
        });
        assert.throws(() => ph.register(), { code: "HEDDLE_PHASER" });
        Atomics.store(log, 0, 1);
        await ph.next();
        await holder;
        assert.throws(() => ph.wait(), { code: "HEDDLE_PHASER", message: /its own signal/ });
        ph.drop();
        assert.throws(() => ph.signal(), { code: "HEDDLE_PHASER" });
        assert.throws(() => phaser("wait"), { code: "HEDDLE_USAGE" });
        assert.throws(() => tasks.endsEarly.with({ phased: [1 as never] }).spawn(), { code: "HEDDLE_USAGE" });
      }),
    );
  });
}

suite("phasers, threads only", { timeout: 60_000 }, () => {
  test("the death of a worker breaks the phasers in which it had members", async () => {
    await using rt = await start({ workers: 2 });
    await rt.run(async () => {
      const ph = phaser();
      const log = shared.int32(2);
      const dying = tasks.diesPhased.with({ phased: [ph], affinity: 0 }).spawn(ph, log);
      const waiting = tasks.waitsTwice.with({ phased: [ph], affinity: 1 }).spawn(ph, log);
      const dies = assert.rejects(dying.then(), { code: "HEDDLE_WORKER_LOST" });
      await ph.next();
      await assert.rejects(ph.next().then(), { code: "HEDDLE_WORKER_LOST" });
      assert.equal(await waiting, "HEDDLE_WORKER_LOST");
      await dies;
    });
  });
});
