use std::io;

use clap::CommandFactory;
use clap_complete::{Shell, generate};

use crate::{cli::Cli, commands::Ending};

pub(super) fn run(shell: Shell) -> anyhow::Result<Ending> {
    // Into memory first: a closed pipe must not end in a panic.
    let mut script = Vec::new();
    generate(shell, &mut Cli::command(), "kontor", &mut script);
    io::Write::write_all(&mut io::stdout().lock(), &script)?;
    Ok(Ending::Done)
}
