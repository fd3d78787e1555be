//! No copies shared with other processes: what one process keeps is all there is.

use async_trait::async_trait;
use domain::shared::copies::{CopiesError, KeeperTime, LookUp, SharedCopies};
use shaku::Component;

/// Keeps nothing.
#[derive(Component, Default)]
#[shaku(interface = SharedCopies)]
pub struct NoSharedCopies {}

#[async_trait]
impl SharedCopies for NoSharedCopies {
    async fn look_up(&self, _key: &str) -> Result<LookUp, CopiesError> {
        Ok(LookUp::Absent { now: KeeperTime(0) })
    }

    async fn keep(&self, _key: &str, _copy: &[u8], _until: KeeperTime) -> Result<(), CopiesError> {
        Ok(())
    }
}
