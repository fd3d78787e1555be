//! Things a test needs and does not care about: sensible values, overridden where it matters.
#![expect(clippy::unwrap_used, reason = "what is built here is always accepted")]

use domain::{
    catalogue::{
        Category, CategoryId, NewProduct, Product, ProductId, ProductStatus, Sku, Slug, Variant,
        VariantId,
    },
    content::{NewPost, Post, PostBody, PostId, PostStatus},
    identity::{
        Device, EmailAddress, NewUser, Permissions, Role, Session, SessionId, User, UserId,
        UserRegistered,
    },
    inventory::{MovementId, OpeningStock, StockLevelId},
    ordering::{
        Country, Coupon, CouponChange, CouponId, CouponInHand, CouponTerms, Discount, LineId,
        NewLine, NewOrder, Offer, Order, OrderId, OrderPlaced, Particulars, PostalAddress,
        PromoCode,
    },
    payments::{CaptureMode, Fact, FactKind, NewPayment, Payment, PaymentId, ProviderName},
    shared::{
        event::{AggregateType, DomainEvent, EventEnvelope, EventId, NewEvent, Provenance, Stamp},
        money::{Currency, Money},
        ports::IdGenerator,
    },
};
use time::{Duration, OffsetDateTime};

use crate::clock::FrozenClock;

/// An amount in roubles, of kopecks.
pub fn roubles(minor: i64) -> Money {
    Money::new(minor, Currency::parse("RUB").unwrap())
}

/// Identity and time of a change at `at`.
pub fn stamp_at(ids: &dyn IdGenerator, at: OffsetDateTime) -> Stamp {
    Stamp { event: EventId::new(ids.next()), at }
}

/// A customer with the address `name@example.com` and no user name.
pub fn user(ids: &dyn IdGenerator, name: &str) -> User {
    let email = EmailAddress::parse(&format!("{name}@example.com")).unwrap();
    let profile = NewUser {
        email,
        username: None,
        first_name: Some(name.to_owned()),
        last_name: None,
        role: Role::User,
        permissions: Permissions::NONE,
    };
    user_of(ids, profile)
}

/// A person with this profile.
pub fn user_of(ids: &dyn IdGenerator, profile: NewUser) -> User {
    let stamp = stamp_at(ids, FrozenClock::START);
    User::register(UserId::new(ids.next()), profile, "$argon2id$test".to_owned(), stamp)
}

/// A live session of `user` that began at `at`, for 30 days.
pub fn session(ids: &dyn IdGenerator, user: UserId, at: OffsetDateTime) -> Session {
    let id = ids.next();
    let mut current_hash = [1; 32];
    current_hash[..16].copy_from_slice(id.as_bytes());
    Session {
        id: SessionId::new(id),
        user,
        generation: 1,
        current_hash,
        previous_hash: None,
        rotated_at: at,
        created_at: at,
        expires_at: at + Duration::days(30),
        revoked_at: None,
        authenticated_at: at,
        device: Device { name: Some("Firefox on Linux".to_owned()), network: None },
    }
}

/// A category with this slug, named like it.
pub fn category(ids: &dyn IdGenerator, parent: Option<CategoryId>, slug: &str) -> Category {
    let stamp = stamp_at(ids, FrozenClock::START);
    let slug = Slug::parse(slug).unwrap();
    Category::create(CategoryId::new(ids.next()), parent, slug.to_string(), slug, stamp)
}

/// A post with this slug, titled like it.
pub fn post(ids: &dyn IdGenerator, author: UserId, slug: &str, status: PostStatus) -> Post {
    let parts = NewPost {
        author,
        title: slug.to_owned(),
        slug: Slug::parse(slug).unwrap(),
        body: PostBody { markdown: format!("*{slug}*"), html: format!("<p>{slug}</p>") },
        status,
    };
    Post::create(PostId::new(ids.next()), parts, stamp_at(ids, FrozenClock::START))
}

/// A product with one variant at 100.00 RUB and ten units, unless told otherwise.
pub struct ProductBuilder {
    parts: NewProduct,
    on_hand: i64,
    at: OffsetDateTime,
}

/// Begins a product with this slug, named like it.
pub fn product(slug: &str) -> ProductBuilder {
    let parts = NewProduct {
        category: None,
        owner: None,
        name: slug.to_owned(),
        slug: Slug::parse(slug).unwrap(),
        description: format!("About {slug}"),
        status: ProductStatus::Active,
        variants: Vec::new(),
    };
    ProductBuilder { parts, on_hand: 10, at: FrozenClock::START }.variant(
        "",
        true,
        &[roubles(10_000)],
    )
}

impl ProductBuilder {
    /// Where it is shown.
    #[must_use]
    pub fn in_category(mut self, category: CategoryId) -> Self {
        self.parts.category = Some(category);
        self
    }

    /// Whose listing it is.
    #[must_use]
    pub fn owned_by(mut self, owner: UserId) -> Self {
        self.parts.owner = Some(owner);
        self
    }

    /// What people read.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        self.parts.name = name.to_owned();
        self
    }

    /// What people read below the name.
    #[must_use]
    pub fn described(mut self, description: &str) -> Self {
        self.parts.description = description.to_owned();
        self
    }

    /// Whether it is shown.
    #[must_use]
    pub fn status(mut self, status: ProductStatus) -> Self {
        self.parts.status = status;
        self
    }

    /// Units on hand of each variant.
    #[must_use]
    pub fn on_hand(mut self, units: i64) -> Self {
        self.on_hand = units;
        self
    }

    /// When it was made.
    #[must_use]
    pub fn made_at(mut self, at: OffsetDateTime) -> Self {
        self.at = at;
        self
    }

    /// Prices of the default variant.
    #[must_use]
    pub fn prices(mut self, prices: &[Money]) -> Self {
        if let Some(default) = self.parts.variants.first_mut() {
            default.prices = prices.to_vec();
        }
        self
    }

    /// SKU of the default variant.
    #[must_use]
    pub fn sku(mut self, sku: &str) -> Self {
        if let Some(default) = self.parts.variants.first_mut() {
            default.sku = Sku::parse(sku).unwrap();
        }
        self
    }

    /// Stock of the default variant is not counted.
    #[must_use]
    pub fn uncounted(mut self) -> Self {
        if let Some(default) = self.parts.variants.first_mut() {
            default.track_stock = false;
        }
        self
    }

    /// One more variant; its SKU is the slug and `suffix`.
    #[must_use]
    pub fn variant(mut self, suffix: &str, track_stock: bool, prices: &[Money]) -> Self {
        let slug = self.parts.slug.as_str();
        let variant = Variant {
            id: VariantId::new(uuid::Uuid::nil()),
            sku: Sku::parse(&format!("SKU-{slug}{suffix}")).unwrap(),
            name: format!("{slug}{suffix}"),
            track_stock,
            prices: prices.to_vec(),
        };
        self.parts.variants.push(variant);
        self
    }

    /// The product, and the opening stock of its counted variants.
    pub fn build(mut self, ids: &dyn IdGenerator) -> (Product, Vec<OpeningStock>) {
        let id = ProductId::new(ids.next());
        for variant in &mut self.parts.variants {
            variant.id = VariantId::new(ids.next());
        }
        let on_hand = self.on_hand;
        let counted = self.parts.variants.iter().filter(|variant| variant.track_stock);
        let stock = counted
            .map(|variant| OpeningStock {
                level: StockLevelId::new(ids.next()),
                movement: MovementId::new(ids.next()),
                variant: variant.id,
                on_hand,
            })
            .collect();
        (Product::create(id, self.parts, stamp_at(ids, self.at)).unwrap(), stock)
    }
}

/// An offer that is sold, counted, and costs 100.00 RUB, for tests without a catalogue.
pub fn offer(ids: &dyn IdGenerator) -> Offer {
    Offer {
        product: ProductId::new(ids.next()),
        variant: VariantId::new(ids.next()),
        sku: "SKU-OFFER".to_owned(),
        name: "offer".to_owned(),
        is_sold: true,
        level: Some(StockLevelId::new(ids.next())),
        is_default: true,
        prices: vec![roubles(10_000)],
    }
}

/// A line of `quantity` units of `offer` at its first price.
pub fn line(ids: &dyn IdGenerator, offer: &Offer, quantity: u32) -> NewLine {
    NewLine {
        id: LineId::new(ids.next()),
        product: offer.product,
        variant: offer.variant,
        level: offer.level,
        name: offer.name.clone(),
        sku: offer.sku.clone(),
        quantity,
        unit_price: *offer.prices.first().unwrap(),
        discount: Money::zero(offer.prices.first().unwrap().currency),
        shipped: 0,
    }
}

/// An order of these lines, placed at `at` and reserved for 30 minutes.
pub fn order(
    ids: &dyn IdGenerator,
    customer: UserId,
    lines: Vec<NewLine>,
    at: OffsetDateTime,
) -> Order {
    order_with(ids, customer, lines, None, at)
}

/// An order as [`order`] makes it, with a coupon.
pub fn order_with(
    ids: &dyn IdGenerator,
    customer: UserId,
    lines: Vec<NewLine>,
    coupon: Option<CouponInHand>,
    at: OffsetDateTime,
) -> Order {
    let new = NewOrder {
        id: OrderId::new(ids.next()),
        customer,
        currency: lines.first().unwrap().unit_price.currency,
        lines,
        coupon,
        particulars: Particulars::default(),
        reserve_for: Duration::minutes(30),
    };
    Order::place(new, stamp_at(ids, at)).unwrap()
}

/// Where an order of `name` goes.
pub fn address(name: &str) -> PostalAddress {
    PostalAddress {
        name: name.to_owned(),
        company: None,
        line1: "1 Long Street".to_owned(),
        line2: Some("Second floor".to_owned()),
        city: "Berlin".to_owned(),
        region: None,
        postal_code: "10115".to_owned(),
        country: Country::parse("DE").unwrap(),
        phone: Some("+49 30 123456".to_owned()),
    }
}

/// A coupon that takes 10 % off, for anybody and any number of orders, unless told otherwise.
pub fn coupon(ids: &dyn IdGenerator, code: &str, change: CouponChange) -> Coupon {
    let terms = CouponTerms {
        discount: Discount::Percent(1_000),
        minimum: None,
        starts_at: None,
        ends_at: None,
        total_limit: None,
        user_limit: None,
        is_active: true,
    };
    let (id, code) = (CouponId::new(ids.next()), PromoCode::parse(code).unwrap());
    Coupon::create(id, code, change.over(terms), FrozenClock::START).unwrap()
}

/// A first attempt to pay all of `order` with the mock provider, at `at`.
pub fn payment(ids: &dyn IdGenerator, order: &Order, at: OffsetDateTime) -> Payment {
    let new = NewPayment {
        id: PaymentId::new(ids.next()),
        order: order.id(),
        provider: ProviderName::Mock,
        amount: order.total(),
        capture: CaptureMode::Automatic,
    };
    Payment::request(new, stamp_at(ids, at))
}

/// A fact about `amount`, under the key `kind`.
pub fn fact(kind: FactKind, amount: Money, at: OffsetDateTime) -> Fact {
    Fact { key: kind.as_str().to_owned(), kind, amount, reason: None, at }
}

/// An event of an aggregate of its own, not stored yet.
pub fn new_event(
    ids: &dyn IdGenerator,
    aggregate_type: AggregateType,
    event: DomainEvent,
) -> NewEvent {
    NewEvent {
        id: EventId::new(ids.next()),
        aggregate_type,
        aggregate_id: ids.next(),
        aggregate_version: 1,
        occurred_at: FrozenClock::START,
        event,
    }
}

/// A stored event of an aggregate of its own.
pub fn envelope(
    ids: &dyn IdGenerator,
    aggregate_type: AggregateType,
    event: DomainEvent,
) -> EventEnvelope {
    let new = new_event(ids, aggregate_type, event);
    EventEnvelope {
        id: new.id,
        seq: 1,
        aggregate_type: new.aggregate_type,
        aggregate_id: new.aggregate_id,
        aggregate_version: new.aggregate_version,
        occurred_at: new.occurred_at,
        provenance: Provenance {
            correlation_id: Some("request-1".to_owned()),
            ..Provenance::default()
        },
        event: new.event,
    }
}

/// A stored [`UserRegistered`].
pub fn user_registered(ids: &dyn IdGenerator) -> EventEnvelope {
    let registered = UserRegistered { user_id: UserId::new(ids.next()) };
    envelope(ids, AggregateType::User, registered.into())
}

/// A stored [`OrderPlaced`].
pub fn order_placed(ids: &dyn IdGenerator) -> EventEnvelope {
    let (order_id, user_id) = (OrderId::new(ids.next()), UserId::new(ids.next()));
    let placed = OrderPlaced { order_id, user_id, total: roubles(10_000) };
    envelope(ids, AggregateType::Order, placed.into())
}
