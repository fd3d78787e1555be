-- What a name is looked up by, ignoring case; kept by whoever writes names.
ALTER TABLE categories ADD COLUMN name_key text NOT NULL DEFAULT '';
UPDATE categories SET name_key = lower(name);
-- Whether it and everything above it is active; kept by whoever switches or moves categories.
ALTER TABLE categories ADD COLUMN is_shown boolean NOT NULL DEFAULT false
    CONSTRAINT ck_categories_is_shown CHECK (is_active OR NOT is_shown);
UPDATE categories SET is_shown = true WHERE id IN (
    WITH RECURSIVE shown(id) AS (
        SELECT id FROM categories WHERE parent_id IS NULL AND is_active
        UNION SELECT c.id FROM categories c JOIN shown ON c.parent_id = shown.id WHERE c.is_active
    )
    SELECT id FROM shown
);
CREATE INDEX ix_categories_name_key ON categories (name_key);
CREATE INDEX ix_categories_hidden ON categories (id) WHERE NOT is_shown;
-- Taking a product or a category away asks for everything that refers to it.
CREATE INDEX ix_products_any_category ON products (category_id);
CREATE INDEX ix_order_lines_product ON order_lines (product_id);
CREATE INDEX ix_order_lines_variant ON order_lines (variant_id);
CREATE INDEX ix_order_lines_level ON order_lines (level_id);
