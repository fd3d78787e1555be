-- What order.pgbench.sql orders from, beside the seeded products.
INSERT INTO users (id, email, email_key, password_hash, role, is_active, is_verified, version,
    created_at, updated_at)
    SELECT CAST(lpad(n::text, 32, '0') AS uuid), 'pgbench-' || n, 'pgbench-' || n, '-',
    'user', true, true, 1, 0, 0
    FROM generate_series(1, :clients) AS n;
INSERT INTO products (id, category_id, name, slug, description, status, is_priced, version,
    created_at, updated_at)
    SELECT CAST(lpad(n::text, 32, '0') AS uuid), (SELECT id FROM categories ORDER BY id LIMIT 1),
    'Product ' || n, 'product-' || n, '', 'active', true, 1, 0, 0
    FROM generate_series(1, :products) AS n;
INSERT INTO variants (id, product_id, position, sku, name, track_stock)
    SELECT id, id, 0, 'PGBENCH-' || slug, name, true FROM products WHERE slug LIKE 'product-%';
INSERT INTO variant_prices (variant_id, currency, position, amount)
    SELECT id, 'RUB', 0, 500 FROM variants WHERE sku LIKE 'PGBENCH-%';
INSERT INTO stock_levels (id, variant_id, location_id, on_hand, reserved, allocated,
    backorder_limit, version)
    SELECT id, id, '00000000-0000-7000-8000-000000000001', 1000000, 0, 0, 0, 1
    FROM variants WHERE sku LIKE 'PGBENCH-%';
