// What a small shop does in its visitors' browsers, with Segment's SDK built in as docs/guides/send-events.md says.

import { AnalyticsBrowser } from "@segment/analytics-next";

const { writeKey, address } = document.body.dataset;
const analytics = AnalyticsBrowser.load(
  { writeKey, cdnURL: address },
  { integrations: { "Segment.io": { apiHost: `${new URL(address).host}/v1`, protocol: "http" } } },
);
const scarf = { product_id: "A1", name: "Blue scarf", category: "Scarves", price: 49.9, currency: "EUR", quantity: 1 };
const on = (id, call) => document.getElementById(id)?.addEventListener("click", () => call());

analytics.page();
if (document.body.dataset.product) analytics.track("Product Viewed", scarf);
on("add", () => analytics.track("Product Added", { ...scarf, cart_id: "cart-1" }));
on("sign-in", () => analytics.identify("u-2001", { email: "ada@mail.example", firstName: "Ada", lastName: "Lovelace" }));
on("buy", () => analytics.track("Order Completed", {
  order_id: "W-77", cart_id: "cart-1", total: 49.9, revenue: 49.9, currency: "EUR", products: [scarf],
}));
