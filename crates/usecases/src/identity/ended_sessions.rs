//! Telling every process that sessions were ended.

use domain::{
    identity::SessionId,
    shared::announcements::{Announcements, Topic},
};

/// Has every process forget that `sessions` were live; this one before it returns.
pub(crate) async fn announce_ended(announcements: &dyn Announcements, sessions: &[SessionId]) {
    // No keys would stand for all sessions there are.
    if sessions.is_empty() {
        return;
    }
    let keys: Vec<_> = sessions.iter().map(ToString::to_string).collect();
    announcements.announce(Topic::Sessions, &keys).await;
}
