// The same shop on the client that @hey-api/openapi-ts makes.
import { randomUUID } from "node:crypto";
import { client } from "./generated/hey/client.gen";
import {
  createOrder,
  createPayment,
  getOrder,
  listProducts,
  registerUser,
} from "./generated/hey/sdk.gen";
import type { RegisteredUser } from "./generated/hey/types.gen";
import { pay, same, store, sure } from "./provider";

async function main(): Promise<void> {
  client.setConfig({ baseUrl: store });
  const email = `hey-${randomUUID()}@example.com`;
  const password = `harbour ${randomUUID()}`;
  const ann = await registerUser({ body: { email, password } });
  // A shop that keeps to itself who has an account answers 202 and nothing else; this one does not.
  const { access_token } = sure(ann.data as RegisteredUser | undefined, "account");
  client.setConfig({ baseUrl: store, auth: () => access_token });

  const found = await listProducts({ query: { in_stock: true, limit: 5 } });
  const product = sure(sure(found.data, "products").items[0], "product in stock");

  const key = randomUUID();
  const place = () =>
    createOrder({
      headers: { "Idempotency-Key": key },
      body: { items: [{ product_id: product.id, quantity: 1 }] },
    });
  const first = await place();
  const order = sure(first.data, `order (${first.error?.code})`);
  same((await place()).data?.id, order.id, "the same key, the same order");

  const begun = await createPayment({ path: { order_id: order.id }, body: {} });
  same(await pay(sure(begun.data, `payment (${begun.error?.code})`)), 200, "status of the webhook");

  const read = await getOrder({ path: { id: order.id } });
  same(sure(read.data, "order").payment_status, "paid", "payment_status");

  const refused = await getOrder({ path: { id: randomUUID() } });
  same(refused.error?.code, "order_not_found", "code of a problem");
  console.log(`@hey-api/openapi-ts: order ${order.number} is paid`);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
