/** As a bundle that holds code for the page beside heddle: workers, which import it, have no document. */
import { start } from "heddle";
import { setHome } from "../../../src/platform/browser.ts";

document.title = "A page";
setHome(import.meta.url);

export async function main(): Promise<string> {
  return await start({ workers: 1 }).then(
    () => "started",
    (error: Error & { code?: string }) => `${error.code}: ${error.message}`,
  );
}
