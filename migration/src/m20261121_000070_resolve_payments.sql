-- When the money of an attempt is taken.
ALTER TABLE payments ADD COLUMN capture text NOT NULL DEFAULT 'automatic'
    CONSTRAINT ck_payments_capture CHECK (capture IN ('automatic', 'manual'));

-- When the reconciler asks the provider again, and how often it did.
ALTER TABLE payments ADD COLUMN check_at bigint NOT NULL DEFAULT 0;
ALTER TABLE payments ADD COLUMN checks bigint NOT NULL DEFAULT 0
    CONSTRAINT ck_payments_checks CHECK (checks >= 0);
CREATE INDEX ix_payments_check ON payments (check_at)
    WHERE status IN ('created', 'pending', 'requires_action', 'authorized');
CREATE INDEX ix_payments_unanswered ON payments (provider)
    WHERE status = 'created' AND provider_payment_id IS NULL;

ALTER TABLE refunds ADD COLUMN check_at bigint NOT NULL DEFAULT 0;
ALTER TABLE refunds ADD COLUMN checks bigint NOT NULL DEFAULT 0
    CONSTRAINT ck_refunds_checks CHECK (checks >= 0);
CREATE INDEX ix_refunds_check ON refunds (check_at) WHERE status = 'scheduled';

-- What a provider is asked to do with an attempt; stored before it is asked.
CREATE TABLE payment_operations (
    id uuid NOT NULL CONSTRAINT pk_payment_operations PRIMARY KEY,
    payment_id uuid NOT NULL CONSTRAINT fk_payment_operations_payment REFERENCES payments (id),
    order_id uuid NOT NULL CONSTRAINT fk_payment_operations_order REFERENCES orders (id),
    kind text NOT NULL CONSTRAINT ck_payment_operations_kind CHECK (kind IN ('capture', 'void')),
    status text NOT NULL CONSTRAINT ck_payment_operations_status CHECK (status IN
        ('scheduled', 'succeeded', 'failed')),
    reason text,
    check_at bigint NOT NULL,
    checks bigint NOT NULL CONSTRAINT ck_payment_operations_checks CHECK (checks >= 0),
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);
CREATE INDEX ix_payment_operations_payment ON payment_operations (payment_id);
CREATE INDEX ix_payment_operations_check ON payment_operations (check_at)
    WHERE status = 'scheduled';
CREATE UNIQUE INDEX uq_payment_operations_open ON payment_operations (payment_id, kind)
    WHERE status = 'scheduled';

-- Believed webhooks about payments whose name at the provider was not known when they came.
CREATE TABLE parked_events (
    provider text NOT NULL,
    event_id text NOT NULL,
    provider_payment_id text NOT NULL,
    fact_key text,
    kind text,
    amount bigint NOT NULL,
    currency text NOT NULL CONSTRAINT ck_parked_events_currency CHECK (length(currency) = 3),
    reason text,
    created_at bigint NOT NULL,
    CONSTRAINT pk_parked_events PRIMARY KEY (provider, event_id),
    CONSTRAINT ck_parked_events_fact CHECK ((fact_key IS NULL) = (kind IS NULL))
);
CREATE INDEX ix_parked_events_payment ON parked_events (provider, provider_payment_id);

-- The books of the mock provider, which nothing of the store reads.
CREATE TABLE mock_entries (
    name text NOT NULL CONSTRAINT pk_mock_entries PRIMARY KEY,
    body text NOT NULL,
    version bigint NOT NULL CONSTRAINT ck_mock_entries_version CHECK (version >= 1)
)
