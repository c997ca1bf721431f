import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { following, stackContext } from "./context.ts";

const context = stackContext<string>();

/** A thenable whose `then` keeps contexts, as the futures of a browser do. */
class Followed<T> {
  readonly #value: Promise<T>;
  constructor(value: Promise<T>) {
    this.#value = value;
  }
  // biome-ignore lint/suspicious/noExplicitAny: the engine passes its own functions
  get then(): any {
    return following((onFulfilled, onFailed) => this.#value.then(onFulfilled as () => unknown, onFailed as () => unknown));
  }
}

const later = <T>(value: T): Promise<T> => new Promise((resolve) => setTimeout(resolve, 1, value));
const followed = <T>(value: T): Followed<T> => new Followed(later(value));

suite("contexts without AsyncLocalStorage", () => {
  test("hold during the synchronous part of run, nest, and end with it", () => {
    assert.equal(context.get(), undefined);
    const inner = context.run("a", () => [context.get(), context.run("b", () => context.get()), context.get()]);
    assert.deepEqual(inner, ["a", "b", "a"]);
    assert.throws(() =>
      context.run("a", () => {
        throw new Error();
      }),
    );
    assert.equal(context.get(), undefined);
  });

  test("two of them are independent", () => {
    const other = stackContext<number>();
    assert.deepEqual(
      context.run("a", () => other.run(1, () => [context.get(), other.get()])),
      ["a", 1],
    );
  });

  test("hold behind the await of a wrapped then, fulfilled or failed, again and again", async () => {
    const seen: unknown[] = [];
    await context.run("a", async () => {
      for (let i = 0; i < 3; i++) {
        seen.push(await followed(i), context.get());
      }
      try {
        await new Followed(later(0).then(() => Promise.reject(new Error("no"))));
      } catch {
        seen.push("caught", context.get());
      }
    });
    assert.deepEqual(seen, [0, "a", 1, "a", 2, "a", "caught", "a"]);
  });

  test("do not leak to what runs meanwhile or afterwards", async () => {
    const source = later(0);
    const seen: unknown[] = [];
    const inside = context.run("a", async () => {
      await new Followed(source);
      seen.push(["inside", context.get()]);
    });
    const beside = source.then(() => {
      seen.push(["beside", context.get()]);
      return Promise.resolve().then(() => seen.push(["behind", context.get()]));
    });
    await Promise.all([inside, beside]);
    seen.push(["after", context.get()]);
    assert.deepEqual(
      new Map(seen as [string, unknown][]),
      new Map([
        ["inside", "a"],
        ["beside", undefined],
        ["behind", undefined],
        ["after", undefined],
      ]),
    );
  });

  test("two that are resumed in the same turn keep their own", async () => {
    const source = later(0);
    const seen: unknown[] = [];
    const body = async () => {
      for (let i = 0; i < 3; i++) {
        await new Followed(source);
        seen.push(context.get());
      }
    };
    await Promise.all([context.run("a", body), context.run("b", body)]);
    assert.deepEqual(seen, ["a", "b", "a", "b", "a", "b"]);
  });

  test("are lost behind the await of a foreign promise", async () => {
    const seen = await context.run("a", async () => {
      await later(0);
      return context.get();
    });
    assert.equal(seen, undefined);
  });
});
