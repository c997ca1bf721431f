import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { LambdaError } from "../../errors.ts";
import { checkArity, compileLambda } from "./compile.ts";
import { instantiate, lambdaName } from "./instantiate.ts";

const outside = 1;
const also = 2;
let counter = 0;

function refused(fn: Function): string {
  let message = "";
  assert.throws(
    () => compileLambda(fn),
    (error: LambdaError) => {
      assert.ok(error instanceof LambdaError);
      assert.equal(error.code, "HEDDLE_LAMBDA");
      message = error.message;
      return true;
    },
  );
  return message;
}

// Runs what a worker would run.
const shipped = (fn: Function, ...args: unknown[]): unknown => instantiate(compileLambda(fn).source)(...args);

// For texts that this file itself could not hold, or that a formatter would change.
const fromText = (text: string): Function => new Function(`return (${text})`)();

describe("what is accepted", () => {
  test("kinds", () => {
    assert.equal(compileLambda((a: number) => a).kind, "plain");
    assert.equal(
      compileLambda(function* () {
        yield 1;
      }).kind,
      "generator",
    );
    assert.equal(compileLambda(async () => 1).kind, "async");
    assert.equal(
      compileLambda(async function named() {
        return 1;
      }).kind,
      "async",
    );
  });

  test("arrows, functions, declarations and methods run from their text alone", async () => {
    function declared(n: number): number {
      return n < 2 ? 1 : n * declared(n - 1);
    }
    const object = {
      method(a: number, b: number) {
        return a - b;
      },
      *[Symbol.iterator](n: number) {
        for (let i = 0; i < n; i++) yield i;
      },
      async "two words"(a: number) {
        return a;
      },
      if(a: number) {
        return a + 1;
      },
    };
    class Holder {
      kept = true;
      static twice(a: number) {
        return a * 2;
      }
    }
    assert.equal(
      shipped((a: number, b: number) => a + b, 2, 3),
      5,
    );
    assert.equal(shipped(declared, 5), 120);
    assert.equal(shipped(object.method, 5, 3), 2);
    assert.deepEqual([...(shipped(object[Symbol.iterator], 3) as Iterable<number>)], [0, 1, 2]);
    assert.equal(await shipped(object["two words"], 7), 7);
    assert.equal(shipped(object.if, 1), 2);
    assert.equal(shipped(Holder.twice, 4), 8);
  });

  test("types are stripped, and what is left parses", () => {
    const lambda = <T extends { n: number }>(value: T, add: number = value.n as number): number => (value satisfies T).n + add!;
    assert.equal(shipped(lambda, { n: 2 }), 4);
  });

  test("a captured parameter may be assigned to", () => {
    const lambda = (n: number) => {
      n++;
      return n;
    };
    assert.equal(shipped(lambda, 1), 2);
  });

  test("standard globals of the language and of the platform", () => {
    compileLambda(() => [
      Math,
      Atomics,
      SharedArrayBuffer,
      WebAssembly,
      structuredClone,
      performance,
      undefined,
      NaN,
      globalThis,
    ]);
    compileLambda(() => [process, Buffer, setImmediate, fetch, crypto, URL, TextEncoder, console, setTimeout, queueMicrotask]);
  });

  test("import() of a built-in module, a package or an absolute address", async () => {
    const lambda = async (path: string) => (await import("node:path")).basename(path);
    assert.equal(await shipped(lambda, "/a/b"), "b");
    compileLambda(fromText('async () => [await import("lodash"), await import("file:///a.js"), await import("/a.js")]'));
    compileLambda(async (url: string) => await import(url));
  });

  test("the helper that esbuild and tsx put around named functions", () => {
    const lambda = fromText('(n) => { const twice = __name((x) => x * 2, "twice"); return twice(n); }');
    assert.equal(shipped(lambda, 4), 8);
  });
});

describe("what is refused", () => {
  test("every variable that is missing is named, with its position and an excerpt", () => {
    const message = refused((n: number) => {
      counter += n + outside;
      return also + outside;
    });
    assert.equal(counter, 0, "the lambda is not run");
    assert.match(message, /^This lambda uses counter \(2:7\), outside \(2:22\) and also \(3:14\), which it does not capture\./);
    assert.match(message, / 2 \| {7}counter \+= n \+ outside;\n {4}\| {7}\^{7} counter \(2:7\)/);
    assert.match(message, / 3 \| {7}return also \+ outside;\n {4}\| {14}\^{4} also \(3:14\)/);
  });

  test("the way out is shown with the lambda's own parameters", () => {
    assert.match(
      refused((n: number) => n + outside),
      /spawn\(\[n, outside\], \(n, outside\) => \.\.\.\)/,
    );
    assert.match(
      refused(function* ({ n }: { n: number }) {
        yield n + outside;
      }),
      /spawn\(\[\.\.\., outside\], function\* \(\{ n \}, outside\) \{ \.\.\. \}\)/,
    );
  });

  test("the call site is named, and the stack starts there", () => {
    function spawn(fn: Function) {
      compileLambda(fn, spawn);
    }
    assert.throws(
      () => spawn(() => outside),
      (error: Error) => {
        assert.match(error.message, /The call is at file:.*compile\.test\.ts:\d+:\d+$/);
        const [first] = error.stack!.slice(error.stack!.indexOf(error.message) + error.message.length + 1).split("\n");
        assert.match(first, /compile\.test\.ts/);
        assert.doesNotMatch(first, /at spawn /);
        return true;
      },
    );
  });

  test("a long line is cut around the place", () => {
    const message = refused(fromText(`(a) => { ${"a += 1; ".repeat(100)} return missing; ${"a += 1; ".repeat(100)} }`));
    const [line, carets] = message.split("\n").slice(2, 4);
    assert.ok(line.length < 140);
    assert.equal(line.slice(carets.indexOf("^"), carets.lastIndexOf("^") + 1), "missing");
  });

  test("a name that user code put on globalThis", () => {
    Object.assign(globalThis, { heddleTestGlobal: 1 });
    try {
      assert.match(refused(fromText("() => heddleTestGlobal")), /heddleTestGlobal/);
    } finally {
      Reflect.deleteProperty(globalThis, "heddleTestGlobal");
    }
  });

  const OTHER: [string, Function, RegExp][] = [
    ["native functions", Math.max, /native, or bound/],
    ["bound functions", ((a: number) => a).bind(null), /native, or bound/],
    ["proxies", new Proxy((a: number) => a, {}), /native, or bound/],
    ["classes", class A {}, /class cannot be a lambda/],
    ["async generators", fromText("async function* () {}"), /async generator/],
    ["this", fromText("() => this.size"), /cannot use this \(1:7\).*\n[\s\S]*spawn\(\[this\.size\]/],
    ["super", { m: () => 0, ...{ n: fromText("({ m() { return super.x } }).m") } }.n, /super \(1:14\)/],
    ["new.target", fromText("function () { return new.target; }"), /new\.target \(1:22\)/],
    ["new.target in an arrow", fromText("function () { return () => new.target; }")(), /new\.target/],
    ["arguments of an arrow", fromText("() => arguments[0]"), /arguments \(1:7\)[\s\S]*rest parameter/],
    ["eval", fromText("(a) => eval(a)"), /eval \(1:8\)[\s\S]*cannot be checked/],
    ["require", fromText('() => require("fs")'), /no `require`/],
    ["import.meta", () => import.meta.url, /import\.meta \(1:7\)[\s\S]*spawn\(\[import\.meta\.url\]/],
    ["relative import()", fromText('async () => import("./x.js")'), /import\(\) \(1:20\)[\s\S]*import\.meta\.resolve/],
    ["relative import() by a template", fromText("async (a) => import(`../x/$" + "{a}.js`)"), /import\(\) \(1:21\)/],
    ["import() of a package's own alias", fromText('async () => import("#x")'), /import\(\)/],
    ["sloppy mode", fromText("(a) => { with (a) { b; } }"), /strict mode code:\n\n {2}1 \| [\s\S]*'with' in strict mode/],
    [
      "private names of the class around",
      new (class A {
        #p = 1;
        f = () => (o: A) => o.#p;
      })().f(),
      /Private field '#p'/,
    ],
  ];
  for (const [what, fn, expected] of OTHER) test(what, () => assert.match(refused(fn), expected));

  test("free variables and other things in one message", () => {
    const message = refused(fromText("() => missing + this.x"));
    assert.match(message, /uses missing \(1:7\).*\nA lambda cannot use this \(1:17\)/);
  });

  test("names that a build tool made up are explained", () => {
    assert.match(refused(fromText("() => __vite_ssr_import_0__.x")), /comes from a build tool/);
    assert.doesNotMatch(
      refused(() => outside),
      /build tool/,
    );
  });
});

describe("arity", () => {
  const none = compileLambda(() => 0);
  const two = compileLambda((a: number, b: number) => a + b);
  const optional = compileLambda((a: number, b = 1) => a + b);
  const rest = compileLambda((a: number, ...more: number[]) => a + more.length);

  test("one capture for each parameter", () => {
    checkArity(none, 0);
    checkArity(two, 2);
    for (const count of [1, 3]) assert.throws(() => checkArity(two, count), { code: "HEDDLE_LAMBDA" });
    assert.throws(() => checkArity(none, 1), /takes 0 parameters, but 1 value is captured, so some captures would have no name/);
  });

  test("parameters with default values may be left out", () => {
    checkArity(optional, 1);
    checkArity(optional, 2);
    assert.throws(() => checkArity(optional, 0), /takes 1 to 2 parameters, but 0 values are captured/);
    assert.throws(() => checkArity(optional, 3), { code: "HEDDLE_LAMBDA" });
  });

  test("a rest parameter takes any number", () => {
    checkArity(rest, 1);
    checkArity(rest, 9);
    assert.throws(() => checkArity(rest, 0), /at least 1 parameter/);
  });
});

describe("identity", () => {
  test("one text is described once and made once", () => {
    const make = () => (a: number) => a * 3;
    const info = compileLambda(make());
    assert.equal(compileLambda(make()), info);
    assert.equal(instantiate(info.source), instantiate(info.source));
  });

  test("many texts do not pile up", () => {
    const first = compileLambda(fromText("() => 0.5"));
    for (let i = 1; i <= 1000; i++) compileLambda(fromText(`() => -${i}`));
    assert.notEqual(compileLambda(fromText("() => 0.5")), first);
  });

  test("strict mode, global scope, and stacks that name the lambda and its own line", () => {
    const info = compileLambda(() => {
      (Object.freeze([0]) as unknown as number[]).length = 1;
    });
    assert.throws(
      () => instantiate(info.source)(),
      (error: Error) => {
        assert.match(error.stack!, new RegExp(`${lambdaName(info.source)}:2:`));
        return error instanceof TypeError;
      },
    );
  });
});
