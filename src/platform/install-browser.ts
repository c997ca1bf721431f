import { browserPlatform } from "./browser.ts";
import { setPlatform } from "./platform.ts";

setPlatform(browserPlatform);
