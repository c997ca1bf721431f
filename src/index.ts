import "./platform/install-node.ts";

export * from "./surface.ts";
