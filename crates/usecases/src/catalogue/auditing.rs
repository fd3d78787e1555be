//! What of the changes of products goes into the audit log.

use domain::{
    audit::{AuditAction, AuditEntry, AuditTargetKind},
    catalogue::{Product, ProductStatus, Side},
    shared::actor::Actor,
};
use time::OffsetDateTime;

/// What was done to a product that had the status `before`.
pub(super) fn action_of(product: &Product, before: ProductStatus, side: Side) -> AuditAction {
    let status = product.parts().status;
    match (side, status) {
        (Side::Catalogue, _) if status == before => AuditAction::ProductUpdated,
        (Side::Listing, _) if status == before => AuditAction::ItemUpdated,
        (Side::Catalogue, ProductStatus::Active) => AuditAction::ProductActivated,
        (Side::Catalogue, ProductStatus::Draft | ProductStatus::Inactive) => {
            AuditAction::ProductDeactivated
        }
        (Side::Catalogue, ProductStatus::Archived) => AuditAction::ProductArchived,
        (Side::Listing, ProductStatus::Active) => AuditAction::ItemActivated,
        (Side::Listing, ProductStatus::Draft | ProductStatus::Inactive) => AuditAction::ItemUpdated,
        (Side::Listing, ProductStatus::Archived) => AuditAction::ItemArchived,
    }
}

/// The entry for the log; none for what people do with their own listings.
pub(super) fn deed(
    actor: &Actor,
    side: Side,
    product: &Product,
    action: AuditAction,
    at: OffsetDateTime,
) -> Option<AuditEntry> {
    let kind = match side {
        Side::Catalogue => AuditTargetKind::Product,
        Side::Listing if product.parts().owner == Some(actor.user) => return None,
        Side::Listing => AuditTargetKind::Item,
    };
    Some(AuditEntry::new(*actor, action, kind, product.id().raw(), at))
}
