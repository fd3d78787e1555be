use domain::{
    audit::{AuditAction, AuditFilter, AuditTargetKind},
    identity::UserId,
};
use std::sync::Arc;
use time::macros::datetime;
use web::HttpSettings;

use crate::{site, site_with, stubs::*};

#[actix_web::test]
async fn the_log_is_asked_for_what_the_query_names() {
    let stub = Arc::new(Stub::default());
    let site = site_with(&stub, HttpSettings::default()).await;
    let path = format!(
        "/api/v1/admin/audit-log?actor={STAFF}&action=product.updated&target_type=product\
         &target={PRODUCT}&from=2026-11-20T00:00:00Z&to=2026-11-21T03:00:00%2B03:00"
    );
    let answer = site.get_as("staff", &path).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let expected = AuditFilter {
        actor: Some(UserId::new(STAFF)),
        action: Some(AuditAction::ProductUpdated),
        target_kind: Some(AuditTargetKind::Product),
        target: Some(PRODUCT),
        from: Some(datetime!(2026-11-20 0:00 UTC)),
        to: Some(datetime!(2026-11-21 0:00 UTC)),
    };
    assert_eq!(*stub.audit_filter.lock().unwrap(), Some(expected));
    let entry = &answer.json()["items"][0];
    assert_eq!(entry["action"], "product.updated");
    assert_eq!(entry["details"]["fields"], "name,price");
    assert_eq!(entry["details"]["to"], "active");
    assert_eq!(entry["actor_type"], "system");
    assert_eq!(entry["hash"].as_str().unwrap().len(), 64);
}

#[actix_web::test]
async fn what_no_entry_can_have_is_not_asked_for() {
    let site = site().await;
    for query in [
        "actor=ann",
        "action=product.stolen",
        "target_type=planet",
        "target=1",
        "from=yesterday",
        "to=2026-11-21",
        "action=product.updated&action=product.deleted",
        "cursor=1",
    ] {
        let answer = site.get_as("staff", &format!("/api/v1/admin/audit-log?{query}")).await;
        assert_eq!(answer.problem(422), "invalid_query", "{query}");
    }
}
