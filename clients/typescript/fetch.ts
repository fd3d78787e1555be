// A shop on openapi-typescript and openapi-fetch: register, browse, order, pay, read.
import { randomUUID } from "node:crypto";
import createClient from "openapi-fetch";
import type { components, paths } from "./generated/schema";
import { pay, same, store, sure } from "./provider";

type Order = components["schemas"]["Order"];

async function main(): Promise<void> {
  const shop = createClient<paths>({ baseUrl: store });
  const email = `fetch-${randomUUID()}@example.com`;
  const password = `harbour ${randomUUID()}`;
  const ann = await shop.POST("/api/v1/auth/register", { body: { email, password } });
  const { access_token } = sure(ann.data, "account");
  shop.use({
    onRequest({ request }) {
      request.headers.set("authorization", `Bearer ${access_token}`);
      return request;
    },
  });

  const found = await shop.GET("/api/v1/products", { params: { query: { in_stock: true, limit: 5 } } });
  const product = sure(sure(found.data, "products").items[0], "product in stock");

  const place = () =>
    shop.POST("/api/v1/orders", {
      params: { header: { "Idempotency-Key": key } },
      body: { items: [{ product_id: product.id, quantity: 1 }] },
    });
  const key = randomUUID();
  const first = await place();
  const order: Order = sure(first.data, `order (${first.error?.code})`);
  const again = await place();
  same(again.data?.id, order.id, "the same key, the same order");
  same(again.response.headers.get("idempotent-replayed"), "true", "Idempotent-Replayed");

  const begun = await shop.POST("/api/v1/payments/orders/{order_id}", {
    params: { path: { order_id: order.id }, header: { "Idempotency-Key": randomUUID() } },
    body: {},
  });
  same(await pay(sure(begun.data, `payment (${begun.error?.code})`)), 200, "status of the webhook");

  const read = await shop.GET("/api/v1/orders/{id}", { params: { path: { id: order.id } } });
  same(sure(read.data, "order").payment_status, "paid", "payment_status");

  const refused = await shop.GET("/api/v1/orders/{id}", { params: { path: { id: randomUUID() } } });
  same(refused.error?.code, "order_not_found", "code of a problem");
  console.log(`openapi-fetch: order ${order.number} is paid`);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
