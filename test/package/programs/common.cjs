const { pathToFileURL } = require("node:url");
const heddle = require("heddle");

const square = heddle.task({ url: pathToFileURL(__filename).href }, (n) => n * n);

async function main() {
  const future = heddle.spawn([2, 3], (a, b) => a + b);
  let code;
  try {
    future.join();
  } catch (error) {
    code = error.code;
  }
  console.log(`${code}, ${await future}, ${await square.spawn(4)}`);
}

if (require.main === module) main();
