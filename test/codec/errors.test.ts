import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import { Worker } from "node:worker_threads";
import * as errors from "../../src/errors.ts";
import { createCodec, crosses } from "../../src/shared/codec/index.ts";
import { QuotaError } from "./classes.ts";
import { codec, cross, crossError, Handle } from "./setup.ts";

function thrownBy(run: () => unknown): Error {
  try {
    run();
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
}

describe("heddle's errors", () => {
  for (const [name, Class] of Object.entries(errors)) {
    test(name, () => {
      const Any = Class as unknown as new (...args: unknown[]) => Error & { code: string };
      const args =
        Class === errors.CrossingError ? ["m", "args[0].x"] : Class === errors.FinishError ? [[new TypeError("t")], "m"] : ["m"];
      const sent = new Any(...args);
      sent.cause = new Error("below");
      const got = crossError(sent) as typeof sent;
      assert.deepEqual(got, sent);
      assert.ok(got instanceof Class);
      assert.equal(got.code, sent.code);
      assert.equal(got.stack, sent.stack);
      assert.deepEqual(Object.keys(got), Object.keys(sent));
    });
  }
});

class HttpError extends Error {
  readonly status: number;
  readonly request: unknown;
  constructor(message: string, status: number, request: unknown, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
    this.request = request;
  }
  get code(): string {
    return `HTTP_${this.status}`;
  }
}
Object.defineProperty(HttpError.prototype, "name", { value: "HttpError", configurable: true });

describe("errors of classes that are not registered", () => {
  const cause = new RangeError("deepest", { cause: { retries: [1, 2] } });
  const sent = new HttpError(
    "not found",
    404,
    { url: "/x", agent: new EventEmitter() },
    { cause: new HttpError("inner", 500, null, { cause }) },
  );
  const got = crossError(sent) as HttpError;

  test("keep name, message, code, stack, fields and causes", () => {
    assert.equal(got.constructor.name, "HttpError");
    assert.equal(got.name, "HttpError");
    assert.equal(String(got), "HttpError: not found");
    assert.equal(got.code, "HTTP_404");
    assert.equal(got.status, 404);
    assert.deepEqual(got.request, { url: "/x", agent: "[EventEmitter]" });
    assert.equal(got.stack, sent.stack);
    assert.deepEqual(Object.keys(got), ["status", "request"]);
    const inner = got.cause as HttpError;
    assert.equal(inner.code, "HTTP_500");
    assert.ok(inner.cause instanceof RangeError);
    assert.deepEqual(inner.cause.cause, { retries: [1, 2] });
  });

  test("are real errors, all of one class", () => {
    assert.ok(got instanceof Error);
    assert.match(inspect(got), /^HttpError: not found\n {4}at /);
    assert.equal((got.cause as Error).constructor, got.constructor);
    assert.notEqual(got.constructor, HttpError);
  });

  test("stay as they are over several hops", () => {
    const again = crossError(crossError(sent)) as HttpError;
    assert.deepEqual(again, got);
    assert.equal(again.constructor, got.constructor);
  });
});

test("a system error keeps its fields", () => {
  const sent = thrownBy(() => readFileSync(new URL("./no-such-file", import.meta.url))) as NodeJS.ErrnoException;
  const got = crossError(sent) as NodeJS.ErrnoException;
  assert.deepEqual({ ...got }, { ...sent });
  assert.deepEqual([got.code, got.syscall, got.message], ["ENOENT", "open", sent.message]);
});

test("an error that node throws keeps class and code", () => {
  const got = crossError(thrownBy(() => Buffer.alloc("x" as unknown as number))) as NodeJS.ErrnoException;
  assert.ok(got instanceof TypeError);
  assert.equal(got.code, "ERR_INVALID_ARG_TYPE");
});

test("nested aggregates", () => {
  const leaf = new Error("leaf");
  const sent = new AggregateError([new AggregateError([leaf, "text"], "inner"), leaf, undefined], "outer", { cause: leaf });
  const got = crossError(sent) as AggregateError;
  assert.deepEqual(got, sent);
  assert.equal(got.errors[1], got.cause);
  assert.equal(got.errors[0].errors[0], got.cause);
});

test("a long chain of causes", () => {
  let sent = new Error("0");
  for (let i = 1; i < 20_000; i++) sent = new Error(String(i), { cause: sent });
  let depth = 0;
  for (let at: unknown = crossError(sent); at instanceof Error; at = at.cause) depth++;
  assert.equal(depth, 20_000);
});

test("an error that causes itself", () => {
  const sent = new Error("loop");
  sent.cause = { errors: [sent] };
  const got = crossError(sent) as Error & { cause: { errors: Error[] } };
  assert.equal(got.cause.errors[0], got);
});

describe("things thrown that are no errors", () => {
  for (const thrown of ["text", 404, undefined, null, { code: 5, list: [new Date(0)] }]) {
    test(inspect(thrown), () => assert.deepEqual(crossError(thrown), thrown));
  }

  class Response404 {
    readonly status = 404;
  }
  for (const [thrown, described] of [
    [() => {}, "[function]"],
    [Symbol("stop"), "[Symbol(stop)]"],
    [new Response404(), "[Response404]"],
    [{ then() {} }, "[object]"],
  ] as const) {
    test(inspect(thrown), () => {
      const got = crossError(thrown) as Error & { code: string };
      assert.ok(got instanceof errors.CrossingError);
      assert.ok(got.message.startsWith(`A task threw ${described}, which cannot cross to another thread (`), got.message);
    });
  }
});

describe("encodeError never throws", () => {
  const thrower = {
    get: () => {
      throw new Error("trap");
    },
    getPrototypeOf: () => {
      throw new Error("trap");
    },
  };
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  const hostile: [string, () => unknown][] = [
    ["a proxy whose traps throw", () => new Proxy({}, thrower)],
    ["a proxy of an error whose traps throw", () => new Proxy(new Error("e"), thrower)],
    ["a revoked proxy", () => revoked.proxy],
    ["an error that holds such proxies", () => Object.assign(new Error("e"), { a: revoked.proxy, b: [new Proxy({}, thrower)] })],
    [
      "getters that throw",
      () =>
        Object.defineProperties(new Error("e"), {
          field: { enumerable: true, ...thrower },
          name: thrower,
          message: thrower,
          stack: thrower,
        }),
    ],
    ["a frozen error", () => Object.freeze(new Error("e"))],
    ["an error without a prototype", () => Object.setPrototypeOf(new Error("e"), null)],
    [
      "a class named by something that is no string",
      () =>
        new (class extends Error {
          static override name = 5 as never;
        })("e"),
    ],
    [
      "an object that cannot be made a string",
      () => ({
        toString: null,
        get x() {
          throw Object.create(null);
        },
      }),
    ],
  ];
  for (const [what, make] of hostile) {
    test(what, () => assert.doesNotThrow(() => crossError(make())));
  }

  test("and says what it could not read", () => {
    const got = crossError(Object.defineProperty(new Error("e"), "field", { enumerable: true, ...thrower })) as Error & {
      field: string;
    };
    assert.equal(got.message, "e");
    assert.equal(got.field, "[threw Error: trap]");
  });
});

describe("registered error classes", () => {
  class Sealed extends Error {
    readonly #secret: number;
    constructor(secret: number) {
      super(`secret ${secret}`);
      this.#secret = secret;
    }
    get secret(): number {
      return this.#secret;
    }
  }
  crosses(import.meta, Sealed, { encode: (error) => error.secret, decode: (secret) => new Sealed(secret) });

  class Broken extends Error {}
  crosses(import.meta, Broken, {
    encode: (): never => {
      throw new Error("no");
    },
    decode: () => new Broken(),
  });

  test("errorClass gives the class and its methods back", () => {
    const got = crossError(new QuotaError(5, 3)) as QuotaError;
    assert.ok(got instanceof QuotaError && got instanceof RangeError);
    assert.deepEqual([got.excess, got.name], [2, "QuotaError"]);
  });

  test("crosses makes the error anew", () => {
    const got = crossError(new Error("outer", { cause: new Sealed(7) })) as Error & { cause: Sealed };
    assert.equal(got.cause.secret, 7);
  });

  test("an encode that throws leaves an ordinary error", () => {
    const got = crossError(new Broken("kept")) as Error;
    assert.equal(got.message, "kept");
    assert.equal(got.constructor.name, "Broken");
  });
});

test("what describe throws reaches whoever encodes, but does not stop an error", () => {
  const foreign = createCodec({
    describe() {
      throw new errors.ForeignError("of another runtime");
    },
    revive: () => undefined,
    memory: () => undefined,
  });
  const future = new Handle(1);
  assert.throws(() => foreign.encode([future], "args"), { code: "HEDDLE_FOREIGN" });
  const got = foreign.decodeError(foreign.encodeError(Object.assign(new Error("e"), { future }))) as Error & { future: string };
  assert.deepEqual([got.message, got.future], ["e", "[unreadable]"]);
  assert.equal((foreign.decodeError(foreign.encodeError(future)) as { code: string }).code, "HEDDLE_CANNOT_CROSS");
});

test("what an error alters is not passed on silently to other places", () => {
  const config = { retry() {} };
  const clean = { a: 1 };
  const error = Object.assign(new Error("e"), { config, clean });
  assert.throws(() => codec.encode([error, config], "args"), {
    code: "HEDDLE_CANNOT_CROSS",
    path: "args[1]",
    message: /also held by an error in the same message, contains the function retry/,
  });
  assert.deepEqual((cross([error, clean]) as unknown[])[1], clean);
});

test("an error that ended a worker thread, as Node hands it on", async () => {
  const worker = new Worker("setTimeout(() => { throw new RangeError('in a callback'); })", { eval: true });
  const ended = await new Promise<unknown>((resolve) => worker.once("error", resolve));
  const got = crossError(new Error("lost", { cause: ended })) as Error & { cause: RangeError };
  assert.ok(got.cause instanceof RangeError);
  assert.equal(got.cause.message, "in a callback");
  assert.match(got.cause.stack!, /worker eval/);
});
