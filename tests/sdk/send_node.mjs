// Sends through an unmodified @segment/analytics-node: ADDRESS KEY USER COUNT PAUSE; prints its message ids as JSON.

import { Analytics } from "@segment/analytics-node";

const [address, writeKey, userId, count, pause] = process.argv.slice(2);
const analytics = new Analytics({ writeKey, host: address, maxRetries: 30, flushAt: 5, flushInterval: 200 });
const ids = [];
const errors = [];
analytics.on("error", (error) => errors.push(String(error.reason ?? error)));

const calls = [
  (n, done) => analytics.identify({ userId, traits: { email: `${userId}@mail.example`, firstName: "Greta", n } }, done),
  (n, done) => analytics.track({ userId, event: "Order Completed", properties: { order_id: `${userId}-${n}`, total: 24.9 } }, done),
  (n, done) => analytics.page({ anonymousId: `anon-${userId}`, name: "Start", category: "Shop", properties: { path: "/", n } }, done),
  (n, done) => analytics.screen({ userId, name: "Basket", properties: { n } }, done),
  (n, done) => analytics.group({ userId, groupId: "choir", traits: { n } }, done),
  (n, done) => analytics.alias({ userId, previousId: `anon-${userId}` }, done),
];

for (let n = 0; n < Number(count); n++) {
  calls[n % calls.length](n, (error, context) => {
    if (error) errors.push(String(error));
    ids.push(context.event.messageId);
  });
  await new Promise((resolve) => setTimeout(resolve, Number(pause) * 1000));
}
await analytics.closeAndFlush({ timeout: 90_000 });
if (errors.length) {
  console.error(errors.join("\n"));
  process.exit(1);
}
console.log(JSON.stringify(ids));
