// Each worker that is asked for /go logs LINES lines with console.log, RATE per second, all of them with one "~".
import { createServer } from "node:http";

const lines = Number(process.env.LINES);
const rate = Number(process.env.RATE);

function logAll() {
  const started = performance.now();
  let written = 0;
  const timer = setInterval(() => {
    const due = Math.min(lines, Math.floor(((performance.now() - started) / 1000) * rate));
    while (written < due) {
      written += 1;
      console.log(`~ order ${written} accepted: 3 items, 41.90 EUR, customer 7f3a91, paid by card`);
    }
    if (written === lines) clearInterval(timer);
  }, 5);
}

let going = false;
const server = createServer((req, res) => {
  if (req.url === "/go" && !going) {
    going = true;
    logAll();
  }
  res.end(String(process.pid));
});
server.listen(Number(process.env.PORT));
