-- Promo codes. A code is kept in capitals, so that it is unique without regard to case.
CREATE TABLE coupons (
    id uuid NOT NULL CONSTRAINT pk_coupons PRIMARY KEY,
    code text NOT NULL CONSTRAINT uq_coupons_code UNIQUE,
    -- Basis points of the subtotal, or an amount of minor units.
    percent bigint CONSTRAINT ck_coupons_percent CHECK (percent BETWEEN 1 AND 10000),
    amount bigint CONSTRAINT ck_coupons_amount CHECK (amount BETWEEN 1 AND 1000000000000),
    minimum bigint CONSTRAINT ck_coupons_minimum CHECK (minimum BETWEEN 0 AND 1000000000000),
    -- Of the amount and of the minimum.
    currency text CONSTRAINT ck_coupons_currency CHECK (length(currency) = 3),
    starts_at bigint,
    ends_at bigint,
    total_limit bigint CONSTRAINT ck_coupons_total_limit CHECK (total_limit >= 1),
    user_limit bigint CONSTRAINT ck_coupons_user_limit CHECK (user_limit >= 1),
    is_active boolean NOT NULL,
    -- Redemptions that were not released.
    used bigint NOT NULL CONSTRAINT ck_coupons_used CHECK (used >= 0),
    version bigint NOT NULL CONSTRAINT ck_coupons_version CHECK (version >= 1),
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    CONSTRAINT ck_coupons_discount CHECK ((percent IS NULL) <> (amount IS NULL)),
    CONSTRAINT ck_coupons_money CHECK
        ((currency IS NULL) = (amount IS NULL AND minimum IS NULL)),
    CONSTRAINT ck_coupons_window CHECK (starts_at IS NULL OR ends_at IS NULL OR starts_at < ends_at),
    CONSTRAINT ck_coupons_not_overused CHECK (total_limit IS NULL OR used <= total_limit)
);

-- Which order has which coupon: one at most.
CREATE TABLE coupon_redemptions (
    order_id uuid NOT NULL CONSTRAINT pk_coupon_redemptions PRIMARY KEY
        CONSTRAINT fk_coupon_redemptions_order REFERENCES orders (id),
    coupon_id uuid NOT NULL CONSTRAINT fk_coupon_redemptions_coupon REFERENCES coupons (id),
    user_id uuid NOT NULL CONSTRAINT fk_coupon_redemptions_user REFERENCES users (id),
    created_at bigint NOT NULL,
    -- When the order gave it back.
    released_at bigint
);
CREATE INDEX ix_coupon_redemptions_held ON coupon_redemptions (coupon_id, user_id)
    WHERE released_at IS NULL;

ALTER TABLE orders ADD COLUMN coupon_id uuid;
ALTER TABLE orders ADD COLUMN promo_code text
    CONSTRAINT ck_orders_promo_code CHECK ((promo_code IS NULL) = (coupon_id IS NULL));
ALTER TABLE order_lines ADD COLUMN discount bigint NOT NULL DEFAULT 0
    CONSTRAINT ck_order_lines_discount CHECK (discount BETWEEN 0 AND quantity * unit_price);
