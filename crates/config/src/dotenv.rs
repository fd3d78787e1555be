use crate::{ConfigError, Layer};

/// Reads `KEY=value` lines: comments, `export`, single quotes (as is) and double quotes (with
/// `\n`, `\"`, `\\`). Nothing is substituted.
pub(crate) fn parse(text: &str) -> Result<Vec<(String, String)>, ConfigError> {
    let mut given = Vec::new();
    for (line, number) in text.trim_start_matches('\u{feff}').lines().zip(1_usize..) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        // The line itself stays out of the message: it may be a secret.
        let bad = || ConfigError::Syntax { layer: Layer::DotEnv, place: format!("line {number}") };
        let line = line.strip_prefix("export ").unwrap_or(line);
        let (key, value) = line.split_once('=').ok_or_else(bad)?;
        let key = key.trim_end();
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if key.is_empty() || !key.chars().all(is_name) {
            return Err(bad());
        }
        given.push((key.to_owned(), unquote(value.trim()).ok_or_else(bad)?));
    }
    Ok(given)
}

fn unquote(value: &str) -> Option<String> {
    let (text, rest) = if let Some(quoted) = value.strip_prefix('\'') {
        let (text, rest) = quoted.split_once('\'')?;
        (text.to_owned(), rest)
    } else if let Some(quoted) = value.strip_prefix('"') {
        escaped(quoted)?
    } else {
        let end = value.find(" #").unwrap_or(value.len());
        let text = if value.starts_with('#') { "" } else { value.split_at(end).0.trim_end() };
        (text.to_owned(), "")
    };
    let rest = rest.trim_start();
    (rest.is_empty() || rest.starts_with('#')).then_some(text)
}

fn escaped(quoted: &str) -> Option<(String, &str)> {
    let mut text = String::new();
    let mut chars = quoted.chars();
    loop {
        match chars.next()? {
            '"' => return Some((text, chars.as_str())),
            '\\' => text.push(match chars.next()? {
                'n' => '\n',
                't' => '\t',
                other => other,
            }),
            other => text.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn values_are_read_as_they_are_written() {
        let text = "\u{feff}# comment\n\nA=1\n export B = two words # note \nC='a # \"b\" \\n'\n\
                    D=\"x\\n\\\"y\\\" # z\" # note\nE=\nF=00123\nG=a#b=c\nH= # only a note\nI=p$Q{R}\r\n";
        let expected = [
            ("A", "1"),
            ("B", "two words"),
            ("C", "a # \"b\" \\n"),
            ("D", "x\n\"y\" # z"),
            ("E", ""),
            ("F", "00123"),
            ("G", "a#b=c"),
            ("H", ""),
            ("I", "p$Q{R}"),
        ];
        let given = parse(text).unwrap();
        let given: Vec<_> =
            given.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        assert_eq!(given, expected);
    }

    #[test]
    fn a_broken_line_is_named_by_its_number_and_not_shown() {
        for text in [
            "A=1\nhunter2",
            "A=1\n=hunter2",
            "A=1\nB='hunter2",
            "A=1\nB=\"hunter2",
            "A=1\nB C=hunter2",
            "A=1\nB='hunter2' x",
        ] {
            let message = parse(text).unwrap_err().to_string();
            assert_eq!(message, ".env is not well-formed: line 2", "{text}");
        }
    }
}
