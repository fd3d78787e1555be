-- Placing an order of one line: the statements of infra-sea-orm, in its order, without the rest
-- of the store. Ids are a number padded to 32 digits, made by the server as pgbench cannot.
\set n :n + 1
\set product (:n * :clients + :client_id) % :products + 1
\set user :client_id + 1
\set order (:run * 1000 + :client_id) * 1000000000 + :n
\set now 1790000000000000 + :n
\set until :now + 1800000000
WITH wanted AS (SELECT id FROM variants WHERE position = 0 AND product_id IN (CAST(lpad(:product, 32, '0') AS uuid)))
SELECT v.id AS variant_id, v.product_id, v.sku, v.position, v.track_stock,
    v.name AS variant_name, p.name, s.id AS level_id, vp.currency, vp.amount,
    p.status = 'active' AND COALESCE(c.is_shown, true) AS is_sold
    FROM wanted JOIN variants v ON v.id = wanted.id JOIN products p ON p.id = v.product_id
    LEFT JOIN categories c ON c.id = p.category_id
    LEFT JOIN stock_levels s ON s.variant_id = v.id AND s.location_id = '00000000-0000-7000-8000-000000000001'
    LEFT JOIN variant_prices vp ON vp.variant_id = v.id
    ORDER BY v.id, vp.position;
BEGIN;
UPDATE stock_levels SET reserved = reserved + :one, version = version + 1,
    event_version = event_version
    + CASE WHEN on_hand - reserved - allocated > low_stock_threshold
        AND on_hand - reserved - allocated - :one <= low_stock_threshold THEN 1 ELSE 0 END
    + CASE WHEN on_hand - reserved - allocated + backorder_limit > 0
        AND on_hand - reserved - allocated - :one + backorder_limit <= 0 THEN 1 ELSE 0 END
    WHERE id = CAST(lpad(:product, 32, '0') AS uuid) AND on_hand - reserved - allocated + backorder_limit >= :one
    RETURNING event_version, on_hand, reserved, allocated, backorder_limit, low_stock_threshold;
WITH insert_1 AS (INSERT INTO stock_movements (id, level_id, kind, on_hand_change,
    reserved_change, allocated_change, order_id, reason, created_at)
    VALUES (CAST(lpad(:order, 32, '0') AS uuid), CAST(lpad(:product, 32, '0') AS uuid), 'reserve', 0,
    :one, 0, CAST(lpad(:order, 32, '0') AS uuid), NULL, :now)),
insert_2 AS (INSERT INTO orders (id, number, user_id, status, payment_status,
    fulfilment_status, currency, lines_total, discount_total, shipping_total, tax_total, total,
    version, created_at, updated_at, expires_at, coupon_id, promo_code, shipping_address,
    billing_address, note)
    VALUES (CAST(lpad(:order, 32, '0') AS uuid), :order, CAST(lpad(:user, 32, '0') AS uuid), 'pending', 'none',
    'unfulfilled', 'RUB', 500, 0, 0, 0, 500,
    1, :now, :now, :until, NULL, NULL, NULL, NULL, NULL)),
insert_3 AS (INSERT INTO order_lines (id, order_id, position, product_id,
    variant_id, level_id, name, sku, quantity, unit_price, discount)
    VALUES (CAST(lpad(:order, 32, '0') AS uuid), CAST(lpad(:order, 32, '0') AS uuid), 0, CAST(lpad(:product, 32, '0') AS uuid),
    CAST(lpad(:product, 32, '0') AS uuid), CAST(lpad(:product, 32, '0') AS uuid), 'Classic Green Tea', 'TEA-00001', :one, 500, 0)),
insert_4 AS (INSERT INTO order_timeline (order_id, version, event, status, created_at)
    VALUES (CAST(lpad(:order, 32, '0') AS uuid), 1, 'ordering.order_placed.v1', 'pending', :now))
INSERT INTO outbox (id, type, aggregate_type, aggregate_id,
    aggregate_version, occurred_at, correlation_id, causation_id, traceparent, data)
    VALUES (CAST(lpad(:order, 32, '0') AS uuid), 'ordering.order_placed.v1', 'order', CAST(lpad(:order, 32, '0') AS uuid), 1,
    :now, '019aa0f0-0000-7000-8000-000000000000', NULL, NULL,
    '{"order_id":"019aa0f0-0000-7000-8000-000000000000","total":{"currency":"RUB","minor":500},"user_id":"019aa0f0-0000-7000-8000-000000000000"}');
COMMIT;
