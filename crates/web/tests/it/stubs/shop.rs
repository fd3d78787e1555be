//! Orders and payments.

use super::*;

fn order(id: Uuid, status: OrderStatus) -> OrderView {
    OrderView {
        id: OrderId::new(id),
        number: "K-00000001".into(),
        user: UserId::new(CUSTOMER),
        status,
        payment_status: PaymentStatus::None,
        fulfilment_status: FulfilmentStatus::Unfulfilled,
        subtotal: rub(21_598),
        discount: rub(0),
        total: rub(21_598),
        promo_code: None,
        lines: vec![LineView {
            id: LineId::new(Uuid::from_u128(50)),
            product: ProductId::new(PRODUCT),
            variant: VariantId::new(Uuid::from_u128(31)),
            name: "Assam".into(),
            sku: "A-1".into(),
            quantity: 2,
            unit_price: rub(10_799),
            discount: rub(0),
            shipped: 0,
        }],
        particulars: Particulars {
            shipping_address: Some(PostalAddress {
                name: "Ann Lee".into(),
                company: None,
                line1: "1 Long Street".into(),
                line2: None,
                city: "Berlin".into(),
                region: None,
                postal_code: "10115".into(),
                country: Country::parse("DE").unwrap(),
                phone: None,
            }),
            ..Particulars::default()
        },
        created_at: NOW,
        updated_at: NOW,
        expires_at: Some(NOW),
    }
}

#[async_trait]
impl PlaceOrder for Stub {
    async fn execute(
        &self,
        command: PlaceOrderCommand,
    ) -> Result<Outcome<OrderView>, PlaceOrderError> {
        let key = command.idempotency.as_ref().map(|request| request.key.clone());
        *self.wanted.lock().unwrap() = Some((command.wanted.clone(), key.clone()));
        *self.particulars.lock().unwrap() = Some(command.particulars.clone());
        match key.as_ref().map(|key| key.key.as_str()) {
            Some("seen") => {
                return Ok(Outcome::Replayed(StoredResponse {
                    status: 201,
                    location: Some("/api/v1/orders/before".into()),
                    body: r#"{"id":"before"}"#.into(),
                }));
            }
            Some("other") => return Err(IdempotencyError::Mismatch.into()),
            Some("running") => return Err(IdempotencyError::InProgress.into()),
            _ => {}
        }
        match command.promo_code.as_ref().map(PromoCode::as_str) {
            Some("GONE") => return Err(CouponRefused::Exhausted.into()),
            Some("SMALL") => return Err(CouponRefused::Minimum { minimum: rub(50_000) }.into()),
            _ => (*self.promo_code.lock().unwrap()).clone_from(&command.promo_code),
        }
        if command.wanted.is_empty() {
            return Err(PlaceOrderError::LineCount);
        }
        for (line, wanted) in command.wanted.iter().enumerate() {
            if wanted.quantity == 0 || wanted.quantity > MAX_QUANTITY {
                return Err(PlaceOrderError::Quantity { line });
            }
            if wanted.what == OfferKey::Product(ProductId::new(UNKNOWN)) {
                return Err(PlaceOrderError::UnknownProduct { line, id: UNKNOWN });
            }
        }
        if command.wanted.iter().any(|wanted| wanted.quantity == 999) {
            let short = |id, left| Shortage { variant: VariantId::new(id), wanted: 999, left };
            return Err(PlaceOrderError::OutOfStock(vec![short(PRODUCT, 5), short(UNKNOWN, 0)]));
        }
        Ok(Outcome::Done(order(ORDER, OrderStatus::Pending)))
    }
}

fn owned(id: OrderId, owner: Option<UserId>) -> Option<OrderView> {
    let status = match id.raw() {
        ORDER => OrderStatus::Pending,
        PAID_ORDER => OrderStatus::Shipped,
        _ => return None,
    };
    owner.is_none_or(|owner| owner.raw() == CUSTOMER).then(|| order(id.raw(), status))
}

#[async_trait]
impl EditOrder for Stub {
    async fn execute(&self, command: EditOrderCommand) -> Result<OrderView, EditOrderError> {
        let order = owned(command.order, None).ok_or(EditOrderError::NotFound)?;
        *self.order_edited.lock().unwrap() = Some(command.clone());
        let quantity = |wanted: &Wanted| wanted.first().map(|line| line.quantity);
        match command.wanted.as_ref().map_or(Some(1), quantity) {
            None => Err(PlaceOrderError::LineCount.into()),
            Some(999) => Err(EditOrderError::BeingPaid),
            _ => match order.status.after(OrderCommand::Edit) {
                Some(_) => Ok(order),
                None => {
                    let (from, command) = (order.status, OrderCommand::Edit);
                    Err(InvalidTransition { from, command }.into())
                }
            },
        }
    }
}

#[async_trait]
impl CancelOrder for Stub {
    async fn execute(&self, command: CancelOrderCommand) -> Result<OrderView, CancelOrderError> {
        let order = owned(command.order, command.actor.scope(Permission::OrdersWrite))
            .ok_or(CancelOrderError::NotFound)?;
        match order.status.after(OrderCommand::Cancel) {
            Some(status) => Ok(OrderView { status, ..order }),
            None => {
                Err(InvalidTransition { from: order.status, command: OrderCommand::Cancel }.into())
            }
        }
    }
}

#[async_trait]
impl FulfilOrder for Stub {
    async fn execute(&self, command: FulfilOrderCommand) -> Result<OrderView, FulfilOrderError> {
        let order = owned(command.order, None).ok_or(FulfilOrderError::NotFound)?;
        let command = match command.step {
            FulfilmentStep::Start => OrderCommand::Start,
            FulfilmentStep::Deliver => OrderCommand::Deliver,
            FulfilmentStep::Complete => OrderCommand::Complete,
            FulfilmentStep::Ship(parcels) => match parcels.first() {
                None => OrderCommand::Ship,
                Some(parcel) if parcel.line.raw() == UNKNOWN => {
                    return Err(ShipRefused::UnknownLine { at: 0 }.into());
                }
                Some(parcel) => {
                    let variant = VariantId::new(PRODUCT);
                    let wanted = i64::from(parcel.quantity);
                    let short = Shortage { variant, wanted, left: 0 };
                    return Err(FulfilOrderError::NotOnHand(vec![short]));
                }
            },
        };
        match order.status.after(command) {
            Some(status) => Ok(OrderView { status, ..order }),
            None => Err(InvalidTransition { from: order.status, command }.into()),
        }
    }
}

#[async_trait]
impl RefundOrder for Stub {
    async fn execute(
        &self,
        command: RefundOrderCommand,
    ) -> Result<Outcome<OrderView>, RefundOrderError> {
        match command.amount {
            Some(amount) if amount.minor > 21_598 => {
                Err(RefundOrderError::Amount { left: rub(21_598) })
            }
            _ => Ok(Outcome::Done(order(PAID_ORDER, OrderStatus::Delivered))),
        }
    }
}

#[async_trait]
impl OrderReads for Stub {
    async fn offers(&self, _: &[OfferKey]) -> Result<Vec<Offer>, StoreError> {
        Ok(Vec::new())
    }
    async fn order(
        &self,
        id: OrderId,
        owner: Option<UserId>,
    ) -> Result<Option<OrderView>, StoreError> {
        Ok(owned(id, owner))
    }
    async fn timeline(&self, _: OrderId) -> Result<Vec<TimelineView>, StoreError> {
        Ok(vec![TimelineView {
            version: 1,
            event: "ordering.order_placed.v1".into(),
            status: OrderStatus::Pending,
            at: NOW,
        }])
    }
    async fn steps_after(
        &self,
        _: &[(OrderId, i64)],
    ) -> Result<Vec<(OrderId, TimelineView)>, StoreError> {
        Ok(Vec::new())
    }
    async fn search(
        &self,
        filter: &OrderFilter,
        window: Window,
    ) -> Result<Page<OrderView>, StoreError> {
        *self.order_filter.lock().unwrap() = Some(filter.clone());
        self.orders(filter.owner, window).await
    }
    async fn orders(
        &self,
        owner: Option<UserId>,
        _: Window,
    ) -> Result<Page<OrderView>, StoreError> {
        let items: Vec<_> = owned(OrderId::new(ORDER), owner).into_iter().collect();
        Ok(Page { total: u64::try_from(items.len()).ok(), items, next: None })
    }
    async fn recent(&self, customers: &[UserId], each: u32) -> Result<Vec<OrderView>, StoreError> {
        self.recent.lock().unwrap().push((customers.to_vec(), each));
        Ok(vec![order(PAID_ORDER, OrderStatus::Shipped), order(ORDER, OrderStatus::Pending)])
    }
    async fn due_to_expire(&self, _: OffsetDateTime, _: u32) -> Result<Vec<OrderId>, StoreError> {
        Ok(Vec::new())
    }
}

fn payment() -> PaymentView {
    PaymentView {
        id: PaymentId::new(PAYMENT),
        order: OrderId::new(ORDER),
        amount: rub(21_598),
        provider: ProviderName::Mock,
        capture: CaptureMode::Automatic,
        status: AttemptStatus::Pending,
        provider_payment_id: Some("mock_<script>".into()),
        checkout_url: Some(format!("http://127.0.0.1:8000/mock-pay/{PAYMENT}")),
        fail_reason: Some("<script>alert(1)</script>".into()),
        captured: rub(0),
        refunded: rub(0),
        created_at: NOW,
        updated_at: NOW,
    }
}

#[async_trait]
impl CreatePayment for Stub {
    async fn execute(
        &self,
        command: CreatePaymentCommand,
    ) -> Result<Outcome<PaymentView>, CreatePaymentError> {
        match owned(command.order, command.actor.scope(Permission::OrdersWrite)) {
            None => Err(CreatePaymentError::OrderNotFound),
            Some(order) if order.status != OrderStatus::Pending => {
                Err(CreatePaymentError::AlreadyActive(Box::new(payment())))
            }
            Some(_) => Ok(Outcome::Done(payment())),
        }
    }
}

#[async_trait]
impl PaymentReads for Stub {
    async fn payment(
        &self,
        id: PaymentId,
        owner: Option<UserId>,
    ) -> Result<Option<PaymentView>, StoreError> {
        let visible = owner.is_none_or(|owner| owner.raw() == CUSTOMER);
        Ok((visible && id.raw() == PAYMENT).then(payment))
    }
    async fn payments_of(
        &self,
        _: OrderId,
        _: Option<UserId>,
    ) -> Result<Vec<PaymentView>, StoreError> {
        Ok(vec![payment()])
    }
    async fn payments_by(&self, _: UserId) -> Result<Vec<PaymentView>, StoreError> {
        Ok(vec![payment()])
    }
}

#[async_trait]
impl ReceiveWebhook for Stub {
    async fn execute(
        &self,
        command: ReceiveWebhookCommand,
    ) -> Result<WebhookReceipt, WebhookError> {
        if command.provider != "mock" {
            return Err(WebhookError::UnknownProvider);
        }
        if command.request.header("webhook-signature").is_none() {
            return Err(SignatureError::Missing.into());
        }
        let body = command.request.body.clone();
        let mut seen = self.webhooks.lock().unwrap();
        let before = seen.iter().any(|earlier| earlier.request == command.request);
        seen.push(command);
        match body.as_slice() {
            b"garbage" => Err(MalformedNotice(cause("not JSON")).into()),
            b"unknown" => Err(WebhookError::UnknownPayment),
            _ if before => Ok(WebhookReceipt::Duplicate),
            _ => Ok(WebhookReceipt::Noted),
        }
    }
}

#[async_trait]
impl OperatePayment for Stub {
    async fn execute(
        &self,
        command: OperatePaymentCommand,
    ) -> Result<Outcome<PaymentView>, OperatePaymentError> {
        if command.payment.raw() != PAYMENT {
            return Err(OperatePaymentError::NotFound);
        }
        let status = match command.kind {
            OperationKind::Capture => AttemptStatus::Succeeded,
            OperationKind::Void => AttemptStatus::Canceled,
        };
        Ok(Outcome::Done(PaymentView { status, ..payment() }))
    }
}

#[async_trait]
impl MockCheckout for Stub {
    async fn choose(
        &self,
        choice: CheckoutChoice,
        payment: &PaymentView,
        now: OffsetDateTime,
    ) -> Result<Vec<WebhookRequest>, GatewayError> {
        let name = payment.provider_payment_id.as_deref().unwrap();
        Ok(self.report(choice, name, payment.amount, now))
    }
    fn report(
        &self,
        choice: CheckoutChoice,
        provider_payment_id: &str,
        _: Money,
        _: OffsetDateTime,
    ) -> Vec<WebhookRequest> {
        let report = WebhookRequest {
            headers: vec![("webhook-signature".into(), "v1,x".into())],
            body: format!("{choice} {provider_payment_id}").into_bytes(),
        };
        let times = if choice == CheckoutChoice::Duplicate { 2 } else { 1 };
        vec![report; times]
    }
}
