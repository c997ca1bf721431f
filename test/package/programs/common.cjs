const heddle = require("heddle");

const future = heddle.spawn([2, 3], (a, b) => a + b);
let code;
try {
  future.join();
} catch (error) {
  code = error.code;
}
future.then((value) => console.log(`${code}, ${value}`));
