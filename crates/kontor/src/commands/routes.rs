use comfy_table::{Table, presets::UTF8_BORDERS_ONLY};
use serde_json::{Value, json};
use web::{Access, operations};

use crate::{cli::OutputArgs, commands::Ending, print::line};

pub(super) fn run(args: OutputArgs) -> anyhow::Result<Ending> {
    line(if args.json { as_json() } else { as_table() })?;
    Ok(Ending::Done)
}

/// Who may use an operation.
fn who(access: Access) -> String {
    match access {
        Access::Public => "everybody".to_owned(),
        Access::SignedIn => "signed in".to_owned(),
        Access::May(permission) => permission.to_string(),
    }
}

fn as_json() -> String {
    let one = |operation: &web::Operation| {
        json!({
            "method": operation.method,
            "path": operation.path,
            "operation_id": operation.operation_id,
            "access": who(operation.access),
        })
    };
    Value::from(operations().map(one).collect::<Vec<_>>()).to_string()
}

fn as_table() -> String {
    let mut table = Table::new();
    table.load_preset(UTF8_BORDERS_ONLY).set_header(["method", "path", "name", "who"]);
    for operation in operations() {
        let who = who(operation.access);
        table.add_row([operation.method, operation.path, operation.operation_id, &who]);
    }
    table.to_string()
}
