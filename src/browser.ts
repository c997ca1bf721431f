import "./platform/install-browser.ts";
import * as acorn from "acorn";
import { following } from "./platform/context.ts";
import { Future } from "./sched/core.ts";
import { useParser } from "./task/lambda/parser.ts";

const { then } = Future.prototype;
Object.defineProperty(Future.prototype, "then", { configurable: true, get: () => following(then as () => unknown) });
useParser(acorn);

export * from "./surface.ts";
