-- One text for SQLite and PostgreSQL. Times are microseconds since the Unix epoch, UTC.
-- Money is minor units of an ISO 4217 currency. Every rule has a name; errors map by it.

CREATE TABLE users (
    id uuid NOT NULL CONSTRAINT pk_users PRIMARY KEY,
    email text NOT NULL,
    email_key text NOT NULL CONSTRAINT uq_users_email_key UNIQUE,
    username text,
    username_key text CONSTRAINT uq_users_username_key UNIQUE,
    first_name text,
    last_name text,
    password_hash text NOT NULL,
    role text NOT NULL CONSTRAINT ck_users_role CHECK (role IN ('user', 'staff', 'super_admin')),
    is_active boolean NOT NULL,
    is_verified boolean NOT NULL,
    version bigint NOT NULL CONSTRAINT ck_users_version CHECK (version >= 1),
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);

-- One row a session holds its one live refresh token and the token before it.
CREATE TABLE sessions (
    id uuid NOT NULL CONSTRAINT pk_sessions PRIMARY KEY,
    user_id uuid NOT NULL CONSTRAINT fk_sessions_user REFERENCES users (id),
    generation bigint NOT NULL CONSTRAINT ck_sessions_generation CHECK (generation >= 1),
    current_hash {bytes} NOT NULL CONSTRAINT uq_sessions_current_hash UNIQUE,
    previous_hash {bytes},
    rotated_at bigint NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    revoked_at bigint,
    -- 0 until the session records an event of its own.
    version bigint NOT NULL CONSTRAINT ck_sessions_version CHECK (version >= 0)
);
CREATE INDEX ix_sessions_user ON sessions (user_id, id) WHERE revoked_at IS NULL;

CREATE TABLE categories (
    id uuid NOT NULL CONSTRAINT pk_categories PRIMARY KEY,
    parent_id uuid CONSTRAINT fk_categories_parent REFERENCES categories (id),
    name text NOT NULL,
    slug text NOT NULL CONSTRAINT uq_categories_slug UNIQUE,
    is_active boolean NOT NULL,
    version bigint NOT NULL CONSTRAINT ck_categories_version CHECK (version >= 1),
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    CONSTRAINT ck_categories_not_own_parent CHECK (parent_id IS NULL OR parent_id <> id)
);
CREATE INDEX ix_categories_parent ON categories (parent_id);

CREATE TABLE products (
    id uuid NOT NULL CONSTRAINT pk_products PRIMARY KEY,
    category_id uuid CONSTRAINT fk_products_category REFERENCES categories (id),
    owner_id uuid CONSTRAINT fk_products_owner REFERENCES users (id),
    name text NOT NULL,
    slug text NOT NULL CONSTRAINT uq_products_slug UNIQUE,
    description text NOT NULL,
    status text NOT NULL
        CONSTRAINT ck_products_status CHECK (status IN ('draft', 'active', 'inactive', 'archived')),
    -- Whether the default variant has a price: only then is it shown. Kept by whoever writes prices.
    is_priced boolean NOT NULL,
    version bigint NOT NULL CONSTRAINT ck_products_version CHECK (version >= 1),
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);
CREATE INDEX ix_products_category ON products (category_id, id)
    WHERE status = 'active' AND is_priced;
CREATE INDEX ix_products_active ON products (id, category_id)
    WHERE status = 'active' AND is_priced;

CREATE TABLE variants (
    id uuid NOT NULL CONSTRAINT pk_variants PRIMARY KEY,
    product_id uuid NOT NULL CONSTRAINT fk_variants_product REFERENCES products (id),
    position bigint NOT NULL CONSTRAINT ck_variants_position CHECK (position >= 0),
    sku text NOT NULL CONSTRAINT uq_variants_sku UNIQUE,
    name text NOT NULL,
    track_stock boolean NOT NULL,
    -- The variant at position 0 is the default one.
    CONSTRAINT uq_variants_position UNIQUE (product_id, position)
);

CREATE TABLE variant_prices (
    variant_id uuid NOT NULL CONSTRAINT fk_variant_prices_variant REFERENCES variants (id),
    currency text NOT NULL CONSTRAINT ck_variant_prices_currency CHECK (length(currency) = 3),
    position bigint NOT NULL CONSTRAINT ck_variant_prices_position CHECK (position >= 0),
    amount bigint NOT NULL
        CONSTRAINT ck_variant_prices_amount CHECK (amount BETWEEN 0 AND 1000000000000),
    CONSTRAINT pk_variant_prices PRIMARY KEY (variant_id, currency)
);

CREATE TABLE locations (
    id uuid NOT NULL CONSTRAINT pk_locations PRIMARY KEY,
    name text NOT NULL,
    is_default boolean NOT NULL
);
CREATE UNIQUE INDEX uq_locations_default ON locations (is_default) WHERE is_default;

CREATE TABLE stock_levels (
    id uuid NOT NULL CONSTRAINT pk_stock_levels PRIMARY KEY,
    variant_id uuid NOT NULL CONSTRAINT fk_stock_levels_variant REFERENCES variants (id),
    location_id uuid NOT NULL CONSTRAINT fk_stock_levels_location REFERENCES locations (id),
    on_hand bigint NOT NULL CONSTRAINT ck_stock_levels_on_hand CHECK (on_hand >= 0),
    reserved bigint NOT NULL CONSTRAINT ck_stock_levels_reserved CHECK (reserved >= 0),
    allocated bigint NOT NULL CONSTRAINT ck_stock_levels_allocated CHECK (allocated >= 0),
    backorder_limit bigint NOT NULL CONSTRAINT ck_stock_levels_backorder CHECK (backorder_limit >= 0),
    version bigint NOT NULL CONSTRAINT ck_stock_levels_version CHECK (version >= 1),
    CONSTRAINT uq_stock_levels_variant_location UNIQUE (variant_id, location_id),
    CONSTRAINT ck_stock_levels_not_short CHECK (on_hand - reserved - allocated >= -backorder_limit)
);

CREATE TABLE stock_movements (
    id uuid NOT NULL CONSTRAINT pk_stock_movements PRIMARY KEY,
    level_id uuid NOT NULL CONSTRAINT fk_stock_movements_level REFERENCES stock_levels (id),
    kind text NOT NULL CONSTRAINT ck_stock_movements_kind CHECK (kind IN
        ('opening', 'reserve', 'release', 'allocate', 'deallocate', 'ship', 'adjust')),
    on_hand_change bigint NOT NULL,
    reserved_change bigint NOT NULL,
    allocated_change bigint NOT NULL,
    order_id uuid,
    reason text,
    created_at bigint NOT NULL
);
CREATE INDEX ix_stock_movements_level ON stock_movements (level_id);

CREATE TABLE orders (
    id uuid NOT NULL CONSTRAINT pk_orders PRIMARY KEY,
    number text NOT NULL CONSTRAINT uq_orders_number UNIQUE,
    user_id uuid NOT NULL CONSTRAINT fk_orders_user REFERENCES users (id),
    status text NOT NULL CONSTRAINT ck_orders_status CHECK (status IN
        ('pending', 'paid', 'processing', 'partially_shipped', 'shipped', 'delivered', 'completed',
         'cancelled', 'expired')),
    payment_status text NOT NULL CONSTRAINT ck_orders_payment_status CHECK (payment_status IN
        ('none', 'authorized', 'partially_paid', 'paid', 'partially_refunded', 'refunded',
         'overpaid', 'voided', 'disputed')),
    fulfilment_status text NOT NULL CONSTRAINT ck_orders_fulfilment_status CHECK
        (fulfilment_status IN ('unfulfilled', 'partially_shipped', 'shipped', 'delivered')),
    currency text NOT NULL CONSTRAINT ck_orders_currency CHECK (length(currency) = 3),
    lines_total bigint NOT NULL CONSTRAINT ck_orders_lines_total CHECK (lines_total >= 0),
    discount_total bigint NOT NULL CONSTRAINT ck_orders_discount_total CHECK (discount_total >= 0),
    shipping_total bigint NOT NULL CONSTRAINT ck_orders_shipping_total CHECK (shipping_total >= 0),
    tax_total bigint NOT NULL CONSTRAINT ck_orders_tax_total CHECK (tax_total >= 0),
    total bigint NOT NULL
        CONSTRAINT ck_orders_total_range CHECK (total BETWEEN 0 AND 1000000000000),
    version bigint NOT NULL CONSTRAINT ck_orders_version CHECK (version >= 1),
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    expires_at bigint,
    CONSTRAINT ck_orders_total CHECK
        (total = lines_total + shipping_total + tax_total - discount_total),
    CONSTRAINT ck_orders_expires_at CHECK ((status = 'pending') = (expires_at IS NOT NULL))
);
CREATE INDEX ix_orders_user ON orders (user_id, id);
CREATE INDEX ix_orders_due ON orders (expires_at) WHERE status = 'pending';

CREATE TABLE order_lines (
    id uuid NOT NULL CONSTRAINT pk_order_lines PRIMARY KEY,
    order_id uuid NOT NULL CONSTRAINT fk_order_lines_order REFERENCES orders (id),
    position bigint NOT NULL CONSTRAINT ck_order_lines_position CHECK (position >= 0),
    product_id uuid NOT NULL CONSTRAINT fk_order_lines_product REFERENCES products (id),
    variant_id uuid NOT NULL CONSTRAINT fk_order_lines_variant REFERENCES variants (id),
    level_id uuid CONSTRAINT fk_order_lines_level REFERENCES stock_levels (id),
    name text NOT NULL,
    sku text NOT NULL,
    quantity bigint NOT NULL CONSTRAINT ck_order_lines_quantity CHECK (quantity BETWEEN 1 AND 1000),
    unit_price bigint NOT NULL CONSTRAINT ck_order_lines_unit_price CHECK (unit_price >= 0),
    CONSTRAINT uq_order_lines_position UNIQUE (order_id, position)
);

CREATE TABLE order_timeline (
    order_id uuid NOT NULL CONSTRAINT fk_order_timeline_order REFERENCES orders (id),
    version bigint NOT NULL CONSTRAINT ck_order_timeline_version CHECK (version >= 1),
    event text NOT NULL,
    status text NOT NULL,
    created_at bigint NOT NULL,
    CONSTRAINT pk_order_timeline PRIMARY KEY (order_id, version)
);

CREATE TABLE payments (
    id uuid NOT NULL CONSTRAINT pk_payments PRIMARY KEY,
    order_id uuid NOT NULL CONSTRAINT fk_payments_order REFERENCES orders (id),
    provider text NOT NULL,
    provider_payment_id text,
    status text NOT NULL CONSTRAINT ck_payments_status CHECK (status IN
        ('created', 'pending', 'requires_action', 'authorized', 'succeeded', 'failed', 'canceled',
         'expired', 'conflicted')),
    amount bigint NOT NULL CONSTRAINT ck_payments_amount CHECK (amount >= 0),
    currency text NOT NULL CONSTRAINT ck_payments_currency CHECK (length(currency) = 3),
    authorized bigint NOT NULL CONSTRAINT ck_payments_authorized CHECK (authorized >= 0),
    captured bigint NOT NULL CONSTRAINT ck_payments_captured CHECK (captured >= 0),
    refunded bigint NOT NULL CONSTRAINT ck_payments_refunded CHECK (refunded >= 0),
    checkout_url text,
    fail_reason text,
    version bigint NOT NULL CONSTRAINT ck_payments_version CHECK (version >= 1),
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    CONSTRAINT uq_payments_provider_payment UNIQUE (provider, provider_payment_id),
    CONSTRAINT ck_payments_captured_authorized CHECK (captured <= authorized),
    CONSTRAINT ck_payments_refunded_captured CHECK (refunded <= captured)
);
CREATE INDEX ix_payments_order ON payments (order_id);
CREATE UNIQUE INDEX uq_payments_active_order ON payments (order_id)
    WHERE status IN ('created', 'pending', 'requires_action', 'authorized');

-- What providers reported, each thing once.
CREATE TABLE ledger_entries (
    payment_id uuid NOT NULL CONSTRAINT fk_ledger_entries_payment REFERENCES payments (id),
    fact_key text NOT NULL,
    kind text NOT NULL CONSTRAINT ck_ledger_entries_kind CHECK (kind IN
        ('pending', 'requires_action', 'authorized', 'captured', 'failed', 'canceled', 'expired',
         'refunded', 'disputed', 'mismatch')),
    amount bigint NOT NULL CONSTRAINT ck_ledger_entries_amount CHECK (amount >= 0),
    currency text NOT NULL CONSTRAINT ck_ledger_entries_currency CHECK (length(currency) = 3),
    reason text,
    created_at bigint NOT NULL,
    CONSTRAINT pk_ledger_entries PRIMARY KEY (payment_id, fact_key)
);

CREATE TABLE refunds (
    id uuid NOT NULL CONSTRAINT pk_refunds PRIMARY KEY,
    payment_id uuid NOT NULL CONSTRAINT fk_refunds_payment REFERENCES payments (id),
    order_id uuid NOT NULL CONSTRAINT fk_refunds_order REFERENCES orders (id),
    amount bigint NOT NULL CONSTRAINT ck_refunds_amount CHECK (amount > 0),
    currency text NOT NULL CONSTRAINT ck_refunds_currency CHECK (length(currency) = 3),
    status text NOT NULL
        CONSTRAINT ck_refunds_status CHECK (status IN ('scheduled', 'succeeded', 'failed')),
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);
CREATE INDEX ix_refunds_payment ON refunds (payment_id);
CREATE INDEX ix_refunds_order ON refunds (order_id);

CREATE TABLE provider_events (
    provider text NOT NULL,
    event_id text NOT NULL,
    payment_id uuid NOT NULL CONSTRAINT fk_provider_events_payment REFERENCES payments (id),
    created_at bigint NOT NULL,
    CONSTRAINT pk_provider_events PRIMARY KEY (provider, event_id)
);

CREATE TABLE outbox (
    seq {sequence},
    id uuid NOT NULL CONSTRAINT uq_outbox_id UNIQUE,
    type text NOT NULL,
    aggregate_type text NOT NULL,
    aggregate_id uuid NOT NULL,
    aggregate_version bigint NOT NULL
        CONSTRAINT ck_outbox_aggregate_version CHECK (aggregate_version >= 1),
    occurred_at bigint NOT NULL,
    correlation_id text,
    causation_id uuid,
    traceparent text,
    data text NOT NULL,
    claimed_until bigint NOT NULL DEFAULT 0,
    published_at bigint,
    CONSTRAINT uq_outbox_aggregate_version UNIQUE (aggregate_type, aggregate_id, aggregate_version)
);
CREATE INDEX ix_outbox_waiting ON outbox (seq) WHERE published_at IS NULL;
CREATE INDEX ix_outbox_waiting_aggregate ON outbox (aggregate_id, seq) WHERE published_at IS NULL;
CREATE INDEX ix_outbox_published ON outbox (type, published_at) WHERE published_at IS NOT NULL;

CREATE TABLE inbox (
    consumer text NOT NULL,
    event_id uuid NOT NULL,
    created_at bigint NOT NULL,
    CONSTRAINT pk_inbox PRIMARY KEY (consumer, event_id)
);

CREATE TABLE dead_letters (
    id uuid NOT NULL CONSTRAINT pk_dead_letters PRIMARY KEY,
    consumer text NOT NULL,
    event_id uuid NOT NULL,
    reason text NOT NULL,
    attempts bigint NOT NULL CONSTRAINT ck_dead_letters_attempts CHECK (attempts >= 0),
    envelope text NOT NULL,
    created_at bigint NOT NULL,
    CONSTRAINT uq_dead_letters_consumer_event UNIQUE (consumer, event_id)
);

CREATE TABLE idempotency_records (
    scope text NOT NULL,
    key text NOT NULL,
    fingerprint {bytes} NOT NULL,
    resource_id uuid NOT NULL,
    status bigint,
    location text,
    body text,
    created_at bigint NOT NULL,
    CONSTRAINT pk_idempotency_records PRIMARY KEY (scope, key),
    CONSTRAINT ck_idempotency_records_answer CHECK ((status IS NULL) = (body IS NULL))
);
CREATE INDEX ix_idempotency_records_created ON idempotency_records (created_at);

CREATE TABLE mails (
    id uuid NOT NULL CONSTRAINT pk_mails PRIMARY KEY,
    event_id uuid NOT NULL,
    template text NOT NULL,
    recipient_id uuid NOT NULL CONSTRAINT fk_mails_recipient REFERENCES users (id),
    subject_id uuid NOT NULL,
    status text NOT NULL CONSTRAINT ck_mails_status CHECK (status IN ('queued', 'sent', 'failed')),
    attempts bigint NOT NULL CONSTRAINT ck_mails_attempts CHECK (attempts >= 0),
    -- When it may be claimed next; a claim moves it into the future.
    due_at bigint NOT NULL,
    fail_reason text,
    created_at bigint NOT NULL,
    sent_at bigint,
    CONSTRAINT uq_mails_event_template UNIQUE (event_id, template)
);
CREATE INDEX ix_mails_due ON mails (due_at) WHERE status = 'queued';

INSERT INTO locations (id, name, is_default)
VALUES ({default_location}, 'Default', true);
