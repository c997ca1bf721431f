import { nodePlatform } from "./node.ts";
import { setPlatform } from "./platform.ts";

setPlatform(nodePlatform);
