/** Prints what the admin listener says of a call that is over. `node call-details.mjs URL TIMEOUT_MS` */
const [url, timeoutMs] = process.argv.slice(2);
const deadline = performance.now() + Number(timeoutMs);
for (;;) {
  const response = await fetch(url);
  const text = await response.text();
  const isOver = response.ok && JSON.parse(text).timeline.endedAt !== undefined;
  if (isOver || performance.now() > deadline) {
    console.log(text);
    process.exit(response.ok ? 0 : 1);
  }
  await new Promise((resolve) => setTimeout(resolve, 50));
}
