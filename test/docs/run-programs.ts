/** Runs the `main` of each module that is named on the command line, one after the other, with a line between them. */
import { pathToFileURL } from "node:url";

for (const file of process.argv.slice(2)) {
  console.log(`@@ ${file}`);
  const { main } = (await import(pathToFileURL(file).href)) as { main(args: string[]): unknown };
  await main([]);
  await new Promise((resolve) => setTimeout(resolve, 20)); // what workers have printed arrives by the event loop
}
console.log("@@ end");
