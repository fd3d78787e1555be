use comfy_table::{Table, presets::UTF8_BORDERS_ONLY};
use config::Settings;
use domain::{
    identity::{PeopleFilter, PeopleReads, PeopleSort, UserView},
    shared::page::Window,
};
use serde_json::{Value, json};
use shaku::HasComponent;

use super::{create_user::as_json, look_at_store, moment};
use crate::{cli::ListUsersArgs, commands::Ending, print::line};

const WINDOW: u32 = 100;

/// Shows the accounts of a store, also of one that is in use: nothing is written.
pub(super) async fn run(args: ListUsersArgs, settings: Settings) -> anyhow::Result<Ending> {
    let application = look_at_store(settings).await?;
    let people: &dyn PeopleReads = application.module.resolve_ref();
    let filter =
        PeopleFilter { role: args.role, text: args.search.clone(), ..PeopleFilter::default() };
    let mut found = Vec::new();
    let first = Window::Offset { limit: WINDOW, offset: 0 };
    let mut page = people.people(&filter, PeopleSort::Newest, first).await?;
    let total = page.total.unwrap_or_default();
    loop {
        found.append(&mut page.items);
        let Some(after) = page.next.filter(|_| found.len() < args.limit) else { break };
        let window = Window::After { limit: WINDOW, after };
        page = people.people(&filter, PeopleSort::Newest, window).await?;
    }
    found.truncate(args.limit);
    application.close().await;
    if args.output.json {
        let items: Vec<Value> = found.iter().map(as_json).collect();
        line(json!({ "items": items, "total": total }).to_string())?;
    } else {
        line(as_table(&found))?;
        line(format!("{} of {total}", found.len()))?;
    }
    Ok(Ending::Done)
}

fn as_table(people: &[UserView]) -> String {
    let mut table = Table::new();
    let head = ["id", "e-mail", "user name", "role", "may sign in", "verified", "since"];
    table.load_preset(UTF8_BORDERS_ONLY).set_header(head);
    let yes = |is: bool| if is { "yes" } else { "no" }.to_owned();
    for user in people {
        table.add_row([
            user.id.to_string(),
            user.email.clone(),
            user.username.clone().unwrap_or_default(),
            user.role.to_string(),
            yes(user.is_active),
            yes(user.is_verified),
            moment(user.created_at),
        ]);
    }
    table.to_string()
}
