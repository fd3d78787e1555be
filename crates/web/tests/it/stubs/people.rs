//! People, and those who look after them.

use super::{posts::post, *};

fn ann() -> UserView {
    UserView {
        email: "Ann@example.com".into(),
        username: Some("ann".into()),
        ..user_view(CUSTOMER, Role::User)
    }
}

#[async_trait]
impl PeopleReads for Stub {
    async fn people(
        &self,
        filter: &PeopleFilter,
        sort: PeopleSort,
        window: Window,
    ) -> Result<Page<UserView>, StoreError> {
        *self.sought.lock().unwrap() = Some((filter.clone(), sort, window));
        let items = vec![ann(), user_view(OTHER, Role::User)];
        let total = matches!(window, Window::Offset { .. }).then_some(50);
        Ok(Page { items, total, next: Some(OTHER) })
    }
    async fn batch(&self, ids: &[UserId]) -> Result<Vec<UserView>, StoreError> {
        let known = ids.iter().rev().filter(|id| id.raw() != UNKNOWN);
        Ok(known.map(|id| user_view(id.raw(), Role::User)).collect())
    }
    async fn by_email(&self, email_key: &str) -> Result<Option<UserView>, StoreError> {
        Ok((email_key == "ann@example.com").then(ann))
    }
    async fn by_username(&self, username_key: &str) -> Result<Option<UserView>, StoreError> {
        Ok((username_key == "ann").then(ann))
    }
}

#[async_trait]
impl CreateUser for Stub {
    async fn execute(&self, command: CreateUserCommand) -> Result<UserView, UserError> {
        if command.profile.email.as_str() == "taken@example.com" {
            return Err(UserError::EmailTaken);
        }
        let role = command.profile.role;
        *self.created.lock().unwrap() = Some(command);
        Ok(user_view(OTHER, role))
    }
}

#[async_trait]
impl EditUser for Stub {
    async fn execute(&self, command: EditUserCommand) -> Result<UserView, UserError> {
        let (user, is_own) = (command.user.raw(), command.user == command.actor.user);
        let role = command.edit.role;
        *self.edited.lock().unwrap() = Some(command);
        match (user, role) {
            (UNKNOWN, _) => Err(UserError::NotFound),
            (ADMIN, Some(_)) => Err(UserError::LastSuperAdmin),
            (_, Some(Role::SuperAdmin)) => Err(UserError::NotOnStaff),
            (STAFF, None) if !is_own => Err(UserError::UsernameTaken),
            _ => Ok(user_view(user, role.unwrap_or(Role::User))),
        }
    }
}

#[async_trait]
impl EraseUser for Stub {
    async fn execute(&self, command: EraseUserCommand) -> Result<(), UserError> {
        let is_unknown = command.user.raw() == UNKNOWN;
        *self.erased.lock().unwrap() = Some(command);
        if is_unknown { Err(UserError::NotFound) } else { Ok(()) }
    }
}

#[async_trait]
impl ChangePassword for Stub {
    async fn execute(&self, command: ChangePasswordCommand) -> Result<(), UserError> {
        let is_wrong = command.current.0 == "wrong";
        *self.password.lock().unwrap() = Some(command);
        if is_wrong { Err(UserError::WrongPassword) } else { Ok(()) }
    }
}

#[async_trait]
impl ExportPerson for Stub {
    async fn execute(
        &self,
        actor: Actor,
        _: &Provenance,
    ) -> Result<Option<PersonExport>, StoreError> {
        let orders = OrderReads::recent(self, &[actor.user], u32::MAX).await?;
        let payments = self.payments_by(actor.user).await?;
        Ok(Some(PersonExport {
            user: ann(),
            orders,
            payments,
            posts: vec![post(PostStatus::Draft)],
            listings: Vec::new(),
        }))
    }
}
