CREATE INDEX ix_products_owner ON products (owner_id, id) WHERE owner_id IS NOT NULL;
CREATE INDEX ix_products_listed ON products (id) WHERE owner_id IS NOT NULL AND status = 'active';
