//! What the operating system tells of this process.

use std::{
    fs,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use metrics::{counter, gauge};

/// Ticks of processor time a second; Linux tells user space no other number.
const TICKS: u64 = 100;

/// Takes note of the start.
pub(super) fn started() {
    #[expect(clippy::disallowed_methods, reason = "the process begins before there is a clock")]
    let now = SystemTime::now();
    let age = now.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    gauge!("process_start_time_seconds").set(age.as_secs_f64());
    gauge!("kontor_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1);
}

/// Looks at the process now. What the system does not tell is left out.
pub(super) fn sample() {
    if let Some(kib) = resident_kib() {
        gauge!("process_resident_memory_bytes").set(f64::from(kib) * 1_024.0);
    }
    if let Some(seconds) = processor_seconds() {
        counter!("process_cpu_seconds_total").absolute(seconds);
    }
    if let Ok(files) = fs::read_dir("/proc/self/fd") {
        gauge!("process_open_fds").set(f64::from(u32::try_from(files.count()).unwrap_or(u32::MAX)));
    }
}

fn resident_kib() -> Option<u32> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse().ok()
}

fn processor_seconds() -> Option<u64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The name of the program, in parentheses, may hold anything.
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(11);
    let (user, system): (u64, u64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some(user.saturating_add(system) / TICKS)
}
