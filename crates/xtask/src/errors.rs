//! Error codes are public: the document lists every one.

use std::{collections::BTreeSet, fs};

use crate::workspace::{root, rust_files};

/// Fails unless `docs/errors.md` names every code in the code, and no other.
pub(crate) fn check() -> Result<(), String> {
    let in_code = codes_in_code().map_err(|error| error.to_string())?;
    let text = fs::read_to_string(root().join("docs/errors.md"))
        .map_err(|error| format!("docs/errors.md: {error}"))?;
    let documented: BTreeSet<String> = text
        .lines()
        .filter_map(|line| line.strip_prefix("| `"))
        .filter_map(|line| line.split_once('`'))
        .map(|(code, _)| code.to_owned())
        .collect();
    let missing: Vec<_> = in_code.difference(&documented).cloned().collect();
    let stale: Vec<_> = documented.difference(&in_code).cloned().collect();
    if missing.is_empty() && stale.is_empty() {
        return Ok(());
    }
    Err(format!("docs/errors.md: missing {missing:?}, not in the code any more {stale:?}"))
}

/// Codes of `fn code` in the domain, and those `web` makes itself.
fn codes_in_code() -> std::io::Result<BTreeSet<String>> {
    let mut codes = BTreeSet::new();
    for path in rust_files(&root().join("crates/domain/src"))? {
        let found = codes_of_functions(&fs::read_to_string(path)?);
        codes.extend(found.into_iter().filter(|text| is_code(text)));
    }
    for path in rust_files(&root().join("crates/web/src"))? {
        codes.extend(codes_after_makers(&fs::read_to_string(path)?));
    }
    Ok(codes)
}

/// String literals that directly follow what makes a problem in `web`.
fn codes_after_makers(source: &str) -> Vec<String> {
    const MAKERS: [&str; 6] =
        ["StatusCode::", "not_found(", "malformed(", "forbidden(", "Self::invalid(", "unready("];
    let mut codes = Vec::new();
    for maker in MAKERS {
        for after in source.split(maker).skip(1) {
            let Some((between, rest)) = after.split_once('"') else { continue };
            let Some((code, _)) = rest.split_once('"') else { continue };
            let direct =
                |c: char| c.is_ascii_uppercase() || c.is_whitespace() || "_,(=>{".contains(c);
            if between.chars().all(direct) && is_code(code) {
                codes.push(code.to_owned());
            }
        }
    }
    codes
}

fn is_code(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_lowercase() || c == '_')
}

/// String literals inside bodies of `fn code(&self)`.
fn codes_of_functions(source: &str) -> Vec<String> {
    let mut codes = Vec::new();
    for body in source.split("fn code(").skip(1) {
        // The body ends where the next function or implementation begins.
        let end = body.find("\n    }\n").unwrap_or(body.len());
        let (body, _) = body.split_at(end);
        codes.extend(body.split('"').skip(1).step_by(2).map(str::to_owned));
    }
    codes
}
