use std::{fs, path::Path};

use anyhow::Context;
use domain::{
    identity::{
        Device, EmailAddress, RegisterError, RegisterUser, RegisterUserCommand, Role, Secret,
    },
    shared::event::Provenance,
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

/// Makes the accounts, once; those that exist stay as they are.
pub(crate) async fn seed_accounts(
    register: &dyn RegisterUser,
    accounts: &DemoAccounts,
) -> anyhow::Result<()> {
    let both = [(&accounts.admin, Role::SuperAdmin), (&accounts.customer, Role::User)];
    for ((email, password), role) in both {
        let command = RegisterUserCommand {
            email: EmailAddress::parse(email).context("a demo account has a bad address")?,
            username: None,
            first_name: Some("Demo".to_owned()),
            last_name: Some(if role == Role::User { "Customer" } else { "Admin" }.to_owned()),
            password: Secret(password.clone()),
            role,
            device: Device::default(),
            provenance: Provenance::default(),
        };
        match register.execute(command).await {
            Ok(_) | Err(RegisterError::EmailTaken) => {}
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
