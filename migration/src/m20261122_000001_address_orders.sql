-- Where an order and its bill go, as it was given, and what the customer asks for; addresses are JSON.
ALTER TABLE orders ADD COLUMN shipping_address text;
ALTER TABLE orders ADD COLUMN billing_address text;
ALTER TABLE orders ADD COLUMN note text
    CONSTRAINT ck_orders_note CHECK (note IS NULL OR length(note) BETWEEN 1 AND 1000);
