-- How a product stands in lists, kept by whoever writes its name or prices: the currency it is shown
-- in, its price in ten-thousandths, and its name folded so that bytes compare as people expect.
ALTER TABLE products ADD COLUMN price_currency text NOT NULL DEFAULT '';
ALTER TABLE products ADD COLUMN price_level bigint NOT NULL DEFAULT 0;
ALTER TABLE products ADD COLUMN name_key {bytes} NOT NULL DEFAULT {no_bytes};

CREATE INDEX ix_products_category_price ON products (category_id, price_level, id)
    WHERE status = 'active' AND is_priced;
CREATE INDEX ix_products_category_name ON products (category_id, name_key, id)
    WHERE status = 'active' AND is_priced;
CREATE INDEX ix_products_price ON products (price_level, id, category_id)
    WHERE status = 'active' AND is_priced;
CREATE INDEX ix_products_name ON products (name_key, id, category_id)
    WHERE status = 'active' AND is_priced;

-- The stems of a product's name, and of all its text: each once, between spaces.
CREATE TABLE product_texts (
    number {serial} NOT NULL CONSTRAINT pk_product_texts PRIMARY KEY,
    product_id uuid NOT NULL CONSTRAINT uq_product_texts_product UNIQUE
        CONSTRAINT fk_product_texts_product REFERENCES products (id) ON DELETE CASCADE,
    name_words text NOT NULL,
    words text NOT NULL
);

-- Every stem that products have, by itself and by what is left of it when letters are taken out.
CREATE TABLE search_words (
    remainder text COLLATE {by_bytes} NOT NULL,
    word text COLLATE {by_bytes} NOT NULL,
    CONSTRAINT pk_search_words PRIMARY KEY (remainder, word)
);
