use std::collections::HashMap;

use domain::{
    identity::{Permission, UserId, UserView},
    shared::actor::{Actor, Viewer},
};

use super::dto::UserDetails;
use crate::{
    error::ApiError, extract::Query, identity::dto::User, ordering::dto::Order, posts::dto::Post,
    services::App,
};

/// Orders, or posts, told with each person.
const RECENT: u32 = 20;

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
    let wanted = query.words("include", &["orders", "posts"])?;
    let ids: Vec<UserId> = people.iter().map(|user| user.id).collect();
    let mut orders = None;
    if wanted.contains(&"orders") {
        if ids.iter().any(|id| *id != actor.user) {
            actor.require(Permission::OrdersRead)?;
        }
        let mut of_each: HashMap<UserId, Vec<Order>> = HashMap::new();
        for order in app.services.orders.recent(&ids, RECENT).await? {
            of_each.entry(order.user).or_default().push(Order::from(&order));
        }
        orders = Some(of_each);
    }
    let mut posts = None;
    if wanted.contains(&"posts") {
        let viewer = Viewer::of(Some(actor), Permission::ContentWrite);
        let mut of_each: HashMap<UserId, Vec<Post>> = HashMap::new();
        for post in app.services.posts.recent(&ids, RECENT, viewer).await? {
            of_each.entry(post.author).or_default().push(Post::from(post));
        }
        posts = Some(of_each);
    }
    let detailed = |user: UserView| UserDetails {
        orders: orders.as_mut().map(|orders| orders.remove(&user.id).unwrap_or_default()),
        posts: posts.as_mut().map(|posts| posts.remove(&user.id).unwrap_or_default()),
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
