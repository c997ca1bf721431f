import { registerHooks } from "node:module";

/** The files of heddle that this thread has loaded. */
globalThis.loaded = [];
registerHooks({
  load(url, context, next) {
    if (url.includes("/heddle/dist/")) globalThis.loaded.push(url);
    return next(url, context);
  },
});
