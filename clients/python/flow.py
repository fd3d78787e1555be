"""The same shop on the client that openapi-python-client makes (run from the folder it is in)."""

import json
import os
import sys
import urllib.request
from datetime import datetime, timezone
from uuid import UUID, uuid4

from standardwebhooks import Webhook

sys.path.insert(0, os.getcwd())

from shop import AuthenticatedClient, Client  # noqa: E402
from shop.api.auth import register_user  # noqa: E402
from shop.api.catalogue import list_products  # noqa: E402
from shop.api.orders import create_order, get_order  # noqa: E402
from shop.api.payments import create_payment  # noqa: E402
from shop.models import (  # noqa: E402
    AddressedOrder,
    AddressRequest,
    AddressRequestCountry,
    CreatePaymentRequest,
    OrderDetails,
    OrderItemRequest,
    Payment,
    PlaceOrderRequest,
    Problem,
    ProductPage,
    RegisteredUser,
    RegisterRequest,
)

STORE = os.environ["STORE_URL"]


def sure(value, kind):
    assert isinstance(value, kind), value
    return value


def pay(payment: Payment) -> int:
    """Tells the store, signed, that the payment was made."""
    body = json.dumps(
        {
            "event_id": str(uuid4()),
            "provider_payment_id": payment.provider_payment_id,
            "status": "paid",
            "amount": payment.amount,
            "currency": payment.currency,
        }
    )
    name, now = str(uuid4()), datetime.now(tz=timezone.utc)
    headers = {
        "content-type": "application/json",
        "webhook-id": name,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(os.environ["WEBHOOK_SECRET"]).sign(name, now, body),
    }
    address = f"{STORE}/api/v1/payments/webhook/mock"
    request = urllib.request.Request(address, data=body.encode(), headers=headers)
    with urllib.request.urlopen(request) as answer:
        return answer.status


anybody = Client(base_url=STORE)
wish = RegisterRequest(email=f"python-{uuid4()}@example.com", password=f"harbour {uuid4()}")
account = sure(register_user.sync(client=anybody, body=wish), RegisteredUser)
ann = AuthenticatedClient(base_url=STORE, token=account.access_token)

products = sure(list_products.sync(client=ann, in_stock=True, limit=5), ProductPage)
line = OrderItemRequest(product_id=products.items[0].id, quantity=1)
home = AddressRequest(
    name="Ann Lee", line1="1 Long Street", city="Berlin", postal_code="10115", country=AddressRequestCountry.DE
)
wanted, key = PlaceOrderRequest(items=[line], shipping_address=home), str(uuid4())
order = sure(create_order.sync(client=ann, body=wanted, idempotency_key=key), AddressedOrder)
assert order.shipping_address.city == "Berlin", order.shipping_address
again = create_order.sync_detailed(client=ann, body=wanted, idempotency_key=key)
assert sure(again.parsed, AddressedOrder).id == order.id
assert again.headers["idempotent-replayed"] == "true"

begun = create_payment.sync(order_id=order.id, client=ann, body=CreatePaymentRequest())
assert pay(sure(begun, Payment)) == 200

read = sure(get_order.sync(id=order.id, client=ann), OrderDetails)
assert read.payment_status == "paid", read.payment_status

refused = sure(get_order.sync(id=UUID(int=0), client=ann), Problem)
assert refused.code == "order_not_found", refused.code
print(f"openapi-python-client: order {order.number} is paid")
