import "./platform/install-browser.ts";
import * as acorn from "acorn";
import { setHome } from "./platform/browser.ts";
import { following } from "./platform/context.ts";
import { Future } from "./sched/core.ts";
import { useParser } from "./task/lambda/parser.ts";
import { workIfWorker } from "./worker-browser.ts";

const { then } = Future.prototype;
Object.defineProperty(Future.prototype, "then", { configurable: true, get: () => following(then as () => unknown) });
useParser(acorn);
setHome(import.meta.url);
queueMicrotask(() => workIfWorker(import.meta.url));

export * from "./surface.ts";
