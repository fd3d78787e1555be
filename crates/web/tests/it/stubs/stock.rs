//! Stock: one product with five units of which two are promised.

use super::*;

fn stock(key: StockKey) -> Option<VariantStock> {
    let variant = VariantId::new(Uuid::from_u128(31));
    let (product, named) = match key {
        StockKey::Product(product) => (product, variant),
        StockKey::Variant(product, named) => (product, named),
    };
    (product.raw() == PRODUCT && named == variant).then(|| VariantStock {
        product,
        variant,
        sku: "A-1".into(),
        name: "Assam".into(),
        is_counted: true,
        level: Some(StockLevelId::new(Uuid::from_u128(32))),
        counters: StockCounters {
            on_hand: 5,
            reserved: 2,
            low_stock_threshold: Some(1),
            ..StockCounters::default()
        },
    })
}

#[async_trait]
impl InventoryReads for Stub {
    async fn stock(&self, key: StockKey) -> Result<Option<VariantStock>, StoreError> {
        Ok(stock(key))
    }
    async fn stock_of(&self, variant: VariantId) -> Result<Option<VariantStock>, StoreError> {
        Ok(stock(StockKey::Variant(ProductId::new(PRODUCT), variant)))
    }
    async fn movements(
        &self,
        key: StockKey,
        _: Window,
    ) -> Result<Option<Page<MovementView>>, StoreError> {
        let moved = MovementView {
            id: MovementId::new(Uuid::from_u128(33)),
            kind: MovementKind::Adjust,
            on_hand: -2,
            reserved: 0,
            allocated: 0,
            order: None,
            reason: Some("Broken".into()),
            at: NOW,
        };
        let next = Some(moved.id.raw());
        Ok(stock(key).map(|_| Page { items: vec![moved], total: Some(7), next }))
    }
}

#[async_trait]
impl SetStock for Stub {
    async fn execute(&self, command: SetStockCommand) -> Result<VariantStock, SetStockError> {
        let mut stock = stock(command.key).ok_or(SetStockError::NotFound)?;
        let id = Uuid::from_u128(34);
        let recount =
            stock.recount(&command.counted, StockLevelId::new(id), MovementId::new(id), NOW)?;
        *self.counted.lock().unwrap() = Some((command.key, command.counted));
        if let Some(recount) = recount {
            stock.counters = recount.after;
            stock.is_counted = recount.is_counted;
        }
        Ok(stock)
    }
}
