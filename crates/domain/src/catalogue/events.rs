use serde::{Deserialize, Serialize};

use super::{CategoryId, ProductId};

/// A category was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CategoryCreated {
    /// The category.
    pub category_id: CategoryId,
}

/// A product was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductCreated {
    /// The product.
    pub product_id: ProductId,
}
