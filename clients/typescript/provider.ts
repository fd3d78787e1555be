// What both flows share: the mock provider's word that a payment was made, and plain checks.
import { randomUUID } from "node:crypto";
import { Webhook } from "standardwebhooks";

export function needed(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}

export const store = needed("STORE_URL");

export function sure<T>(value: T | null | undefined, what: string): T {
  if (value === null || value === undefined) throw new Error(`no ${what}`);
  return value;
}

export function same(actual: unknown, wanted: unknown, what: string): void {
  if (actual !== wanted) throw new Error(`${what}: ${String(wanted)} wanted, got ${String(actual)}`);
}

/** Tells the store, signed, that the payment was made. */
export async function pay(payment: {
  provider_payment_id: string | null;
  amount: string;
  currency: string;
}): Promise<number> {
  const body = JSON.stringify({
    event_id: randomUUID(),
    provider_payment_id: sure(payment.provider_payment_id, "provider_payment_id"),
    status: "paid",
    amount: payment.amount,
    currency: payment.currency,
  });
  const [id, now] = [randomUUID(), new Date()];
  const answer = await fetch(`${store}/api/v1/payments/webhook/mock`, {
    method: "POST",
    body,
    headers: {
      "content-type": "application/json",
      "webhook-id": id,
      "webhook-timestamp": String(Math.floor(now.getTime() / 1000)),
      "webhook-signature": new Webhook(needed("WEBHOOK_SECRET")).sign(id, now, body),
    },
  });
  return answer.status;
}
