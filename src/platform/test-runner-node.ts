/** Workers import the program's modules for their tasks. Where such a module is a file of tests as well, its tests are not theirs to run. */
import { registerHooks } from "node:module";

const WITHOUT_TESTS = new URL("../platform/no-tests-node.ts", import.meta.url).href;

/** Whether Node's test runner is in use in this thread. */
export function testsAreDeclared(): boolean {
  const loaded = (process as { moduleLoadList?: readonly string[] }).moduleLoadList;
  return process.env.NODE_TEST_CONTEXT !== undefined || loaded === undefined || loaded.includes("NativeModule test");
}

/** From now on `node:test` declares nothing in this thread: neither for `import` nor for `require`. */
export function declareNoTests(): void {
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier !== "node:test" || context.parentURL === WITHOUT_TESTS) return next(specifier, context);
      return { url: WITHOUT_TESTS, shortCircuit: true };
    },
  });
}
