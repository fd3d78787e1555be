use crate::{commands::Ending, print::line};

pub(super) fn run() -> anyhow::Result<Ending> {
    line(web::openapi_json())?;
    Ok(Ending::Done)
}
