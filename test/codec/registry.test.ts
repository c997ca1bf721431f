import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { crosses, errorClass, onClassModule } from "../../src/shared/codec/index.ts";
import { Vector } from "./classes.ts";
import { codec, cross } from "./setup.ts";

class Tree {
  readonly name: string;
  readonly children: Tree[];
  constructor(name: string, children: Tree[] = []) {
    this.name = name;
    this.children = children;
  }
}
crosses(import.meta, Tree, {
  encode: ({ name, children }) => ({ name, children }),
  decode: ({ name, children }) => new Tree(name, children),
});

class Subtree extends Tree {}

class Failing {
  readonly when: string;
  constructor(when: string) {
    this.when = when;
  }
}
crosses(import.meta, Failing, {
  encode(instance) {
    if (instance.when === "encode") throw new RangeError("no luck");
    return instance.when;
  },
  decode(): Failing {
    throw new RangeError("no luck");
  },
});

test("instances hold instances, each decoded once", () => {
  const leaf = new Tree("leaf");
  const root = new Tree("root", [leaf, new Tree("middle", [leaf])]);
  const got = cross({ root, leaf }) as { root: Tree; leaf: Tree };
  assert.deepEqual(got, { root, leaf });
  assert.equal(got.root.children[0], got.leaf);
  assert.equal(got.root.children[1]?.children[0], got.leaf);
});

test("an instance inside a cycle of plain objects", () => {
  const owner: { tree?: Tree; self?: unknown } = {};
  owner.self = owner;
  owner.tree = new Tree("t", [owner as never]);
  const got = cross(owner) as typeof owner;
  assert.equal(got.tree?.children[0] as unknown, got);
  assert.equal(got.self, got);
});

test("an instance that holds itself is refused, and named", () => {
  const tree = new Tree("t");
  tree.children.push(new Tree("child", [tree]));
  assert.throws(() => codec.encode([tree], "args"), {
    code: "HEDDLE_CANNOT_CROSS",
    path: "args[0].encode().children[0].encode().children[0]",
    message: /is the very Tree that is being encoded .*put it back in decode/,
  });
});

test("what encode returns must cross too", () => {
  const tree = new Tree("t", [new Tree((() => {}) as never)]);
  assert.throws(() => codec.encode([tree], "args"), { path: "args[0].encode().children[0].encode().name" });
});

test("a subclass needs a registration of its own", () => {
  assert.throws(() => codec.encode(new Subtree("s"), "result"), {
    path: "result",
    message: /register the class with crosses\(import\.meta, Subtree/,
  });
});

test("an encode that throws is named, and its error is the cause", () => {
  assert.throws(
    () => codec.encode([new Failing("encode")], "args"),
    (error: Error) => {
      assert.match(
        error.message,
        /^args\[0\] is unreadable and cannot cross to another thread: its encode threw RangeError: no luck$/,
      );
      assert.ok(error.cause instanceof RangeError);
      return true;
    },
  );
});

test("a decode that throws is named, and its error is the cause", () => {
  const bytes = codec.encode([new Failing("decode")], "args");
  assert.throws(
    () => codec.decode(bytes),
    (error: Error & { code: string }) => {
      assert.equal(error.code, "HEDDLE_CANNOT_CROSS");
      assert.match(error.message, /registry\.test\.ts#Failing threw RangeError: no luck$/);
      assert.ok(error.cause instanceof RangeError);
      return true;
    },
  );
});

describe("misuse", () => {
  const how = { encode: () => 1, decode: () => new Tree("") };
  const wrong = (run: () => unknown, message: RegExp) => assert.throws(run, { code: "HEDDLE_USAGE", message });

  test("no import.meta", () => wrong(() => crosses(Tree as never, Tree as never, how), /first argument must be import\.meta/));
  test("no class", () => wrong(() => crosses(import.meta, {} as never, how), /second argument must be a class/));
  test("an arrow function", () => wrong(() => crosses(import.meta, (() => 1) as never, how), /second argument must be a class/));
  test("no functions", () => wrong(() => crosses(import.meta, Tree, {} as never), /must be \{ encode, decode \}/));
  test("no name", () => wrong(() => crosses(import.meta, class {}, how as never), /without a name needs one/));
  test("no error", () => wrong(() => errorClass(import.meta, Tree as never), /Tree does not extend Error; use crosses/));
  test("two classes of one name", () => {
    const first = class Twin {
      readonly one = 1;
    };
    const second = class Twin {
      readonly two = 2;
    };
    crosses(import.meta, first, { encode: () => 0, decode: () => new first() });
    wrong(() => crosses(import.meta, second, { encode: () => 0, decode: () => new second() }), /two classes under the name Twin/);
    crosses(import.meta, second, { name: "Twin 2", encode: () => 0, decode: () => new second() });
    assert.deepEqual(cross([new first(), new second()]), [new first(), new second()]);
  });
});

test("a module that is evaluated again takes its class's place", () => {
  const define = () => {
    class Again {
      readonly x = 1;
    }
    crosses(import.meta, Again, { encode: () => 0, decode: () => new Again() });
    return Again;
  };
  const Old = define();
  const New = define();
  assert.ok(cross(new Old()) instanceof New);
});

test("modules that register classes are announced", () => {
  const urls: string[] = [];
  onClassModule((url) => urls.push(url));
  assert.deepEqual(urls.sort(), [new URL("./classes.ts", import.meta.url).href, import.meta.url]);
  errorClass({ url: "test:late" }, class Late extends Error {});
  assert.equal(urls.pop(), "test:late");
  assert.ok(cross(new Vector(0, 1)) instanceof Vector);
});
