-- Staff is told when no more than this is left; never when NULL.
ALTER TABLE stock_levels ADD COLUMN low_stock_threshold bigint
    CONSTRAINT ck_stock_levels_low_stock_threshold CHECK (low_stock_threshold >= 0);
-- Number of events of the level: most changes have none.
ALTER TABLE stock_levels ADD COLUMN event_version bigint NOT NULL DEFAULT 0
    CONSTRAINT ck_stock_levels_event_version CHECK (event_version >= 0);
DROP INDEX ix_stock_movements_level;
CREATE INDEX ix_stock_movements_level ON stock_movements (level_id, id);
