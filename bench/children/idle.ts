import { setTimeout as sleep } from "node:timers/promises";
import { start } from "heddle";
import { empty } from "../tasks.ts";

const [workers, seconds] = process.argv.slice(2).map(Number) as [number, number];
await using runtime = await start({ workers });
await runtime.run(async () => {
  await Promise.all(Array.from({ length: 100 }, () => empty.spawn()));
});
await sleep(500);
const before = process.cpuUsage();
await sleep(seconds * 1000);
const { user, system } = process.cpuUsage(before);
console.log(JSON.stringify({ rss: process.memoryUsage.rss(), cpuPercent: ((user + system) / (seconds * 1e6)) * 100 }));
