//! Writing the catalogue.

mod auditing;
mod create_category;
mod create_product;
mod delete_category;
mod delete_product;
mod edit_category;
mod edit_product;
mod naming;
pub(crate) mod on_user_deleted;

pub use create_category::{CreateCategoryUseCase, CreateCategoryUseCaseParameters};
pub use create_product::{CreateProductUseCase, CreateProductUseCaseParameters};
pub use delete_category::{DeleteCategoryUseCase, DeleteCategoryUseCaseParameters};
pub use delete_product::{DeleteProductUseCase, DeleteProductUseCaseParameters};
pub use edit_category::{EditCategoryUseCase, EditCategoryUseCaseParameters};
pub use edit_product::{EditProductUseCase, EditProductUseCaseParameters};
pub use on_user_deleted::{WithdrawListings, WithdrawListingsParameters};
