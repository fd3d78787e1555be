-- Units of a line that left; never more than were bought.
ALTER TABLE order_lines ADD COLUMN shipped bigint NOT NULL DEFAULT 0
    CONSTRAINT ck_order_lines_shipped CHECK (shipped BETWEEN 0 AND quantity);
