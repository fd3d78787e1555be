use std::{fs::File, os::unix::fs::FileExt, path::Path, time::Instant};

const TRIES: u32 = 100;

/// Milliseconds it takes this disk to make 8 KiB durable.
pub(crate) fn sync_millis(dir: &Path) -> anyhow::Result<f64> {
    let path = dir.join("sync");
    let file = File::create(&path)?;
    let began = Instant::now();
    for at in 0..TRIES {
        file.write_all_at(&[1; 8_192], u64::from(at % 4) * 8_192)?;
        file.sync_data()?;
    }
    let millis = began.elapsed().as_secs_f64() * 1_000.0 / f64::from(TRIES);
    std::fs::remove_file(path)?;
    Ok(millis)
}
