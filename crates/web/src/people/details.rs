use std::collections::HashMap;

use domain::{
    identity::{Permission, UserId, UserView},
    shared::actor::Actor,
};

use super::dto::UserDetails;
use crate::{
    error::ApiError, extract::Query, identity::dto::User, ordering::dto::Order, services::App,
};

/// Orders told with each person.
const RECENT_ORDERS: u32 = 20;

/// People with what the query asks for by `include`: one statement for each kind of thing.
///
/// # Errors
/// 403 when somebody else's orders are asked for without the permission to see them.
pub(super) async fn with_details(
    app: &App,
    actor: &Actor,
    query: &Query,
    people: Vec<UserView>,
) -> Result<Vec<UserDetails>, ApiError> {
    let wanted = query.words("include", &["orders"])?;
    let ids: Vec<UserId> = people.iter().map(|user| user.id).collect();
    let mut orders = None;
    if wanted.contains(&"orders") {
        if ids.iter().any(|id| *id != actor.user) {
            actor.require(Permission::OrdersRead)?;
        }
        let mut of_each: HashMap<UserId, Vec<Order>> = HashMap::new();
        for order in app.services.orders.recent(&ids, RECENT_ORDERS).await? {
            of_each.entry(order.user).or_default().push(Order::from(&order));
        }
        orders = Some(of_each);
    }
    let detailed = |user: UserView| UserDetails {
        orders: orders.as_mut().map(|orders| orders.remove(&user.id).unwrap_or_default()),
        user: User::from(user),
    };
    Ok(people.into_iter().map(detailed).collect())
}

/// One person with what the query asks for.
pub(crate) async fn one_with_details(
    app: &App,
    actor: &Actor,
    query: &Query,
    user: UserView,
) -> Result<UserDetails, ApiError> {
    let mut detailed = with_details(app, actor, query, vec![user]).await?;
    detailed.pop().ok_or_else(|| ApiError::internal("a person was lost on the way"))
}
