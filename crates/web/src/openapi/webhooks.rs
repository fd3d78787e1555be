//! What is sent to the store by others than its clients, and how it is signed.

use serde_json::{Value, json};

/// The reports of payment providers.
pub(super) fn webhooks() -> Value {
    json!({ "paymentReport": { "post": payment_report() } })
}

fn payment_report() -> Value {
    let header = |name: &str, what: &str, schema: Value, example: &str| {
        json!({ "name": name, "in": "header", "required": true, "description": what,
            "schema": schema, "example": example })
    };
    let text = json!({ "type": "string", "minLength": 1, "maxLength": 256 });
    let seconds = json!({ "type": "string", "pattern": "^[0-9]{1,12}$" });
    let signature = json!({ "type": "string", "pattern": "^v1,[A-Za-z0-9+/=]+( v1,[A-Za-z0-9+/=]+)*$",
        "maxLength": 1024 });
    json!({
        "operationId": "reportPayment",
        "tags": ["payments"],
        "summary": "What became of a payment",
        "description": "The mock provider sends it to `receiveWebhook`, and so does whoever stands in \
            for the provider. It is signed in the way of Standard Webhooks: \
            `v1,` and the base64 of HMAC-SHA256 over `webhook-id.webhook-timestamp.body`, by the \
            bytes of `PAYMENTS__MOCK__WEBHOOK_SECRET`. One that is not answered with 2xx is sent \
            again; the same `event_id` changes nothing the second time.",
        "security": [],
        "parameters": [
            header("webhook-id", "Name of the message", text, "msg_1"),
            header("webhook-timestamp", "When it was signed, in seconds of Unix time", seconds,
                "1763640000"),
            header("webhook-signature", "One signature or several, with a space between", signature,
                "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4="),
        ],
        "requestBody": { "required": true, "content": { "application/json": {
            "schema": { "$ref": "#/components/schemas/PaymentReport" } } } },
        "responses": {
            "200": { "description": "Noted", "content": { "application/json": {
                "schema": { "$ref": "#/components/schemas/WebhookAnswer" } } } },
            "400": { "$ref": "#/components/responses/Problem400" },
            "401": { "$ref": "#/components/responses/Problem401" },
            "404": { "$ref": "#/components/responses/Problem404" },
            "503": { "$ref": "#/components/responses/Problem503" },
        },
    })
}
