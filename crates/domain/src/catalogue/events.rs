use serde::{Deserialize, Serialize};

use super::{CategoryId, ProductId};

/// A category was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CategoryCreated {
    /// The category.
    pub category_id: CategoryId,
}

/// Name, slug or place of a category changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CategoryUpdated {
    /// The category.
    pub category_id: CategoryId,
}

/// A category is shown again, as far as those above it are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CategoryActivated {
    /// The category.
    pub category_id: CategoryId,
}

/// A category and everything below it is hidden.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CategoryDeactivated {
    /// The category.
    pub category_id: CategoryId,
}

/// A category that nothing used is gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CategoryDeleted {
    /// The category.
    pub category_id: CategoryId,
}

/// A product was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductCreated {
    /// The product.
    pub product_id: ProductId,
}

/// Texts, price, place or names of a product changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductUpdated {
    /// The product.
    pub product_id: ProductId,
}

/// A product is shown and sold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductActivated {
    /// The product.
    pub product_id: ProductId,
}

/// A product is hidden for now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductDeactivated {
    /// The product.
    pub product_id: ProductId,
}

/// A product is hidden for good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductArchived {
    /// The product.
    pub product_id: ProductId,
}

/// A product that nothing referred to is gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductDeleted {
    /// The product.
    pub product_id: ProductId,
}
