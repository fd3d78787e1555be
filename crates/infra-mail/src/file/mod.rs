//! Mails as files, one JSON document each, for development and tests.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use async_trait::async_trait;
use domain::{
    messaging::{DevMailbox, MailError, MailTransport, SentMail},
    shared::error::Cause,
};
use shaku::Component;
use uuid::Uuid;

/// Writes each mail to a file named by its id. Sending one again replaces it.
#[derive(Component)]
#[shaku(interface = MailTransport)]
pub struct FileMailTransport {
    /// Where the files are; made when it does not exist.
    pub dir: PathBuf,
}

#[async_trait]
impl MailTransport for FileMailTransport {
    async fn send(&self, mail: &SentMail) -> Result<(), MailError> {
        let (dir, mail) = (self.dir.clone(), mail.clone());
        blocking(move || write(&dir, &mail)).await
    }
}

/// Shows what [`FileMailTransport`] wrote.
#[derive(Component)]
#[shaku(interface = DevMailbox)]
pub struct FileDevMailbox {
    /// Where the files are.
    pub dir: PathBuf,
}

#[async_trait]
impl DevMailbox for FileDevMailbox {
    async fn list(&self, limit: usize) -> Result<Option<Vec<SentMail>>, MailError> {
        let dir = self.dir.clone();
        blocking(move || newest(&dir, limit)).await.map(Some)
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Cause> + Send + 'static,
) -> Result<T, MailError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|gone| MailError::Transport(gone.into()))?
        .map_err(MailError::Transport)
}

/// A reader never sees half a mail: it is renamed into place when it is complete.
fn write(dir: &Path, mail: &SentMail) -> Result<(), Cause> {
    static ATTEMPT: AtomicU64 = AtomicU64::new(0);
    make_private_dir(dir)?;
    let attempt = ATTEMPT.fetch_add(1, Ordering::Relaxed);
    let unfinished = dir.join(format!(".{}.{}-{attempt}.tmp", mail.id, std::process::id()));
    let mut file = private().open(&unfinished)?;
    serde_json::to_writer_pretty(&mut file, mail)?;
    file.sync_all()?;
    fs::rename(unfinished, dir.join(format!("{}.json", mail.id)))?;
    Ok(())
}

/// Mails carry links that sign in: nobody else on the machine reads them.
fn make_private_dir(dir: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

fn private() -> fs::OpenOptions {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn newest(dir: &Path, limit: usize) -> Result<Vec<SentMail>, Cause> {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    };
    let mut ids = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let stem = path.file_stem().and_then(|stem| stem.to_str());
        let is_mail = path.extension().is_some_and(|extension| extension == "json");
        if let Some(id) = stem.filter(|_| is_mail).and_then(|stem| Uuid::try_parse(stem).ok()) {
            ids.push(id);
        }
    }
    // Ids grow with time: only the files that are shown are read.
    ids.sort_unstable_by(|a, b| b.cmp(a));
    ids.truncate(limit);
    let mut mails = Vec::with_capacity(ids.len());
    for id in ids {
        match fs::read(dir.join(format!("{id}.json"))) {
            Ok(bytes) => mails.push(serde_json::from_slice::<SentMail>(&bytes)?),
            // Somebody cleaned up meanwhile.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
    }
    mails.sort_by_key(|mail| std::cmp::Reverse((mail.created_at, mail.id)));
    Ok(mails)
}

#[cfg(test)]
mod tests;
