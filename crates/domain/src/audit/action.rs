use crate::text_enum;

text_enum!(
    /// What was done. The names are kept for ever: old entries are read by them.
    AuditAction {
        /// An account was made by somebody else, or at the command line.
        UserCreated = "user.created",
        /// Fields of an account were changed by somebody else.
        UserUpdated = "user.updated",
        /// What a person is to the shop, or what somebody on the staff may do.
        UserRoleChanged = "user.role_changed",
        /// An account may not be used any more.
        UserDeactivated = "user.deactivated",
        /// An account may be used again.
        UserActivated = "user.activated",
        /// A person is no longer known.
        UserErased = "user.erased",
        /// Everything known of a person was handed out.
        UserExported = "user.exported",
        /// Somebody changed their own password.
        PasswordChanged = "password.changed",
        /// A password was set by a mailed token.
        PasswordReset = "password.reset",
        /// Mail goes to another address.
        EmailChanged = "email.changed",
        /// Sessions were ended by somebody.
        SessionRevoked = "session.revoked",
        /// A session was ended because a spent token came back.
        SessionFamilyRevoked = "session.family_revoked",
        /// The failures of an account were forgotten.
        LoginUnblocked = "login.unblocked",
        /// A key for programs was made.
        ApiKeyCreated = "api_key.created",
        /// A key for programs was ended.
        ApiKeyRevoked = "api_key.revoked",
        /// A category was made.
        CategoryCreated = "category.created",
        /// Fields of a category were changed.
        CategoryUpdated = "category.updated",
        /// A category is shown again.
        CategoryActivated = "category.activated",
        /// A category is not shown any more.
        CategoryDeactivated = "category.deactivated",
        /// A category is gone.
        CategoryDeleted = "category.deleted",
        /// A product was made.
        ProductCreated = "product.created",
        /// Fields, variants or images of a product were changed.
        ProductUpdated = "product.updated",
        /// A product is sold.
        ProductActivated = "product.activated",
        /// A product is not sold for now.
        ProductDeactivated = "product.deactivated",
        /// A product is kept for its orders alone.
        ProductArchived = "product.archived",
        /// A product is gone.
        ProductDeleted = "product.deleted",
        /// Units were counted anew.
        StockAdjusted = "stock.adjusted",
        /// Somebody else's listing was changed.
        ItemUpdated = "item.updated",
        /// Somebody else's listing is shown.
        ItemActivated = "item.activated",
        /// Somebody else's listing is not shown any more.
        ItemArchived = "item.archived",
        /// Somebody else's listing is gone.
        ItemDeleted = "item.deleted",
        /// A post was written.
        PostCreated = "post.created",
        /// A post was changed.
        PostUpdated = "post.updated",
        /// A post is gone.
        PostDeleted = "post.deleted",
        /// An order was edited by staff.
        OrderUpdated = "order.updated",
        /// An order was called off by staff.
        OrderCancelled = "order.cancelled",
        /// An order is being packed.
        OrderStarted = "order.started",
        /// An order left.
        OrderShipped = "order.shipped",
        /// An order arrived.
        OrderDelivered = "order.delivered",
        /// An order is done.
        OrderCompleted = "order.completed",
        /// An order is paid back.
        OrderRefunded = "order.refunded",
        /// Reserved money was taken.
        PaymentCaptured = "payment.captured",
        /// Reserved money was let go.
        PaymentVoided = "payment.voided",
        /// Money was paid back.
        PaymentRefunded = "payment.refunded",
        /// What a provider told of a payment nobody knows was thrown away.
        ProviderNoticeDropped = "provider_notice.dropped",
        /// A promo code was made.
        PromoCodeCreated = "promo_code.created",
        /// A promo code was changed.
        PromoCodeUpdated = "promo_code.updated",
        /// A derived counter was computed anew.
        CounterRepaired = "counter.repaired",
        /// A message nobody could handle was sent again.
        DeadLetterReplayed = "dead_letter.replayed",
        /// A message nobody could handle was thrown away.
        DeadLetterDropped = "dead_letter.dropped",
    }
);

text_enum!(
    /// What kind of thing something was done to.
    AuditTargetKind {
        /// A person with an account.
        User = "user",
        /// A signed-in device.
        Session = "session",
        /// A key for programs.
        ApiKey = "api_key",
        /// A category.
        Category = "category",
        /// A product.
        Product = "product",
        /// A variant of a product.
        Variant = "variant",
        /// A listing.
        Item = "item",
        /// A post.
        Post = "post",
        /// An order.
        Order = "order",
        /// An attempt to pay.
        Payment = "payment",
        /// A refund.
        Refund = "refund",
        /// What a payment provider told.
        ProviderNotice = "provider_notice",
        /// A promo code.
        PromoCode = "promo_code",
        /// A message nobody could handle.
        DeadLetter = "dead_letter",
    }
);
