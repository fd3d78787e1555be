//! Output of commands. A closed pipe is not a failure worth a trace.

use std::io::{self, Write};

/// Prints one line to standard output.
pub(crate) fn line(text: impl AsRef<str>) -> io::Result<()> {
    writeln!(io::stdout().lock(), "{}", text.as_ref())
}
