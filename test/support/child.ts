/** Node programs as child processes, and folders for them. */
export { child, type Ended, folderWith } from "../cli/child.ts";

/** The URL of the package's entry in the checkout, for programs that lie elsewhere. */
export const HEDDLE = new URL("../../src/index.ts", import.meta.url).href;
