use std::{fs, path::Path};

use anyhow::Context;
use domain::{
    identity::{
        EmailAddress, IdentityStore, NewUser, PasswordHasher, Permissions, Role, Secret, User,
        UserId,
    },
    shared::{
        error::StoreError,
        event::Provenance,
        ports::{Clock, IdGenerator, stamp},
    },
};
use serde::{Deserialize, Serialize};

/// Signs in as the one who runs the demo shop.
const ADMIN: &str = "admin@example.com";

/// Signs in as a customer.
const CUSTOMER: &str = "test@example.com";

/// The accounts of a demo shop, kept beside its database for the person at the keyboard.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct DemoAccounts {
    /// Address and password of the one who runs the shop.
    pub(crate) admin: (String, String),
    /// Address and password of a customer.
    pub(crate) customer: (String, String),
}

impl DemoAccounts {
    /// The accounts kept in `file`, or new ones with the given or generated passwords.
    pub(crate) fn load_or_make(
        file: &Path,
        admin: Option<&str>,
        customer: Option<&str>,
        generate: impl Fn() -> String,
    ) -> anyhow::Result<Self> {
        if file.exists() {
            let text = fs::read_to_string(file).context("the demo accounts cannot be read")?;
            return serde_json::from_str(&text).context("the demo accounts are damaged");
        }
        let password = |given: Option<&str>| given.map_or_else(&generate, str::to_owned);
        let accounts = Self {
            admin: (ADMIN.to_owned(), password(admin)),
            customer: (CUSTOMER.to_owned(), password(customer)),
        };
        write_private(file, &serde_json::to_string_pretty(&accounts)?)?;
        Ok(accounts)
    }
}

/// What accounts are made with.
#[derive(Clone, Copy)]
pub(crate) struct AccountPorts<'a> {
    pub(crate) store: &'a dyn IdentityStore,
    pub(crate) hasher: &'a dyn PasswordHasher,
    pub(crate) clock: &'a dyn Clock,
    pub(crate) ids: &'a dyn IdGenerator,
}

/// Makes the accounts, once; those that exist stay as they are. Passwords are taken as they were
/// given: they are for the person at the keyboard.
pub(crate) async fn seed_accounts(
    ports: AccountPorts<'_>,
    accounts: &DemoAccounts,
) -> anyhow::Result<()> {
    let AccountPorts { store, hasher, clock, ids } = ports;
    let both = [(&accounts.admin, Role::SuperAdmin), (&accounts.customer, Role::User)];
    for ((email, password), role) in both {
        let profile = NewUser {
            email: EmailAddress::parse(email).context("a demo account has a bad address")?,
            username: None,
            first_name: Some("Demo".to_owned()),
            last_name: Some(if role == Role::User { "Customer" } else { "Admin" }.to_owned()),
            role,
            permissions: Permissions::NONE,
        };
        let hash = hasher.hash(&Secret(password.clone())).await?;
        let user = User::register(UserId::new(ids.next()), profile, hash, stamp(clock, ids));
        let mut uow = store.begin(&Provenance::default()).await?;
        match uow.users().insert(&user).await {
            Ok(()) => uow.commit().await.context("a demo account could not be kept")?,
            Err(StoreError::AlreadyExists { .. }) => {}
            Err(error) => return Err(error).context("a demo account could not be made"),
        }
    }
    Ok(())
}

/// Writes a file only its owner can read.
fn write_private(file: &Path, text: &str) -> anyhow::Result<()> {
    use std::{io::Write, os::unix::fs::OpenOptionsExt};

    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    let mut open = options.open(file).context("the demo accounts cannot be written")?;
    open.write_all(text.as_bytes())?;
    Ok(())
}
