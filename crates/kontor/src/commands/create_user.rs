use std::io::{BufRead, IsTerminal};

use anyhow::Context;
use config::Settings;
use dialoguer::{Input, Password};
use domain::{
    identity::{
        CreateUser, CreateUserCommand, EmailAddress, NewUser, Permissions, Role, Secret, UserView,
        Username,
    },
    shared::event::Provenance,
};
use serde_json::{Value, json};
use shaku::HasComponent;
use unicode_normalization::UnicodeNormalization;

use crate::{
    cli::CreateUserArgs,
    commands::{Ending, Misuse},
    print::line,
};

/// Makes an account by the rules everybody registers by, without a session.
pub(super) async fn run(args: CreateUserArgs, settings: &Settings) -> anyhow::Result<Ending> {
    let profile = profile(&args)?;
    let password = password(&args)?;
    let application = container::assemble(settings).await?;
    let create: &dyn CreateUser = application.module.resolve_ref();
    let command = CreateUserCommand {
        by: None,
        profile,
        password,
        is_active: true,
        // Whoever runs the command line answers for the address.
        is_verified: true,
        provenance: Provenance::default(),
    };
    let created = create.execute(command).await;
    application.close().await;
    let user = created.context("no account was made")?;
    line(if args.output.json {
        as_json(&user).to_string()
    } else {
        format!("made {} {} ({})", user.role, user.email, user.id)
    })?;
    Ok(Ending::Done)
}

fn profile(args: &CreateUserArgs) -> anyhow::Result<NewUser> {
    let is_asked = args.email.is_none();
    let email = given_or(args.email.as_deref(), "--email", || Input::new().with_prompt("E-mail"))?;
    let username = match &args.username {
        None if is_asked => {
            let input = Input::<String>::new().with_prompt("User name, if any").allow_empty(true);
            Some(input.interact_text()?).filter(|name| !name.is_empty())
        }
        given => given.clone(),
    };
    let role = if args.admin { Role::SuperAdmin } else { args.role };
    let permissions = args.permissions.clone().map(Permissions::from);
    Ok(NewUser {
        email: EmailAddress::parse(&nfc(&email))
            .ok_or_else(|| Misuse(format!("not an e-mail address: {email}")))?,
        username: username.as_deref().map(read_username).transpose()?,
        first_name: args.first_name.as_deref().map(nfc),
        last_name: args.last_name.as_deref().map(nfc),
        role,
        permissions: permissions.unwrap_or_else(|| Permissions::of_new(role)),
    })
}

fn read_username(text: &str) -> Result<Username, Misuse> {
    Username::parse(&nfc(text)).ok_or_else(|| Misuse(format!("not a user name: {text}")))
}

fn given_or<'a>(
    given: Option<&str>,
    flag: &str,
    ask: impl FnOnce() -> Input<'a, String>,
) -> anyhow::Result<String> {
    match given {
        Some(text) => Ok(text.to_owned()),
        None if is_a_person() => Ok(ask().interact_text()?),
        None => Err(Misuse(format!("{flag} is missing")).into()),
    }
}

fn password(args: &CreateUserArgs) -> anyhow::Result<Secret> {
    let text = if args.password_stdin {
        let mut text = String::new();
        std::io::stdin().lock().read_line(&mut text).context("no password was read")?;
        text.trim_end_matches(['\r', '\n']).to_owned()
    } else if is_a_person() {
        let ask = Password::new().with_prompt("Password");
        ask.with_confirmation("Once more", "They differ").interact()?
    } else {
        return Err(Misuse("--password-stdin is missing".to_owned()).into());
    };
    Ok(Secret(nfc(&text)))
}

/// Whether somebody is there to answer.
fn is_a_person() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

fn nfc(text: &str) -> String {
    text.trim().nfc().collect()
}

/// An account as programs read it.
pub(super) fn as_json(user: &UserView) -> Value {
    json!({
        "id": user.id,
        "email": user.email,
        "username": user.username,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "role": user.role,
        "permissions": user.permissions,
        "is_active": user.is_active,
        "is_verified": user.is_verified,
        "created_at": super::moment(user.created_at),
        "updated_at": super::moment(user.updated_at),
    })
}
