use std::io;

use tokio::{
    runtime::{Builder, Handle, Runtime},
    task::JoinHandle,
};

/// How far hashing stands back: a thread that serves requests has about ten times its weight.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 10;

/// Threads of their own for hashing, which let every other thread of the process go first: a hash
/// takes tens of milliseconds of a core, and whoever looks at the catalogue must not wait for it.
pub(crate) struct HashingThreads {
    handle: Handle,
    /// There until it is dropped.
    runtime: Option<Runtime>,
}

impl HashingThreads {
    pub(crate) fn new(count: usize) -> io::Result<Self> {
        let runtime = Builder::new_current_thread()
            .max_blocking_threads(count)
            .thread_name("hash")
            .on_thread_start(stand_back)
            .build()?;
        Ok(Self { handle: runtime.handle().clone(), runtime: Some(runtime) })
    }

    pub(crate) fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> JoinHandle<T> {
        self.handle.spawn_blocking(work)
    }
}

impl Drop for HashingThreads {
    /// Does not wait for a hash nobody asks for any more; a runtime may not be waited for here.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// On Linux niceness belongs to a thread; elsewhere to the whole process, which keeps its own. Who
/// may not lower it hashes as before.
fn stand_back() {
    #[cfg(target_os = "linux")]
    let _lowered = rustix::process::nice(NICENESS);
}
