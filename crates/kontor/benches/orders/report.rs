use std::fmt;

use comfy_table::{Table, presets::UTF8_BORDERS_ONLY};

/// What is aimed at.
#[derive(Clone, Copy)]
pub(crate) enum Target {
    AtMost(f64),
    AtLeast(f64),
}

impl Target {
    fn is_met(self, value: f64) -> bool {
        match self {
            Self::AtMost(limit) => value <= limit,
            Self::AtLeast(limit) => value >= limit,
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtMost(limit) => write!(f, "<= {limit}"),
            Self::AtLeast(limit) => write!(f, ">= {limit}"),
        }
    }
}

/// The figures, and whether they are good enough.
#[derive(Default)]
pub(crate) struct Report {
    rows: Vec<[String; 4]>,
    missed: usize,
}

impl Report {
    /// A figure that explains others.
    pub(crate) fn note(&mut self, what: &str, value: impl fmt::Display) {
        self.rows.push([what.to_owned(), value.to_string(), String::new(), String::new()]);
    }

    /// A figure with a target.
    pub(crate) fn figure(&mut self, what: &str, value: f64, unit: &str, target: Target) {
        let is_met = target.is_met(value);
        self.missed += usize::from(!is_met);
        let verdict = if is_met { "met" } else { "MISSED" };
        self.rows.push([
            what.to_owned(),
            format!("{value:.2} {unit}"),
            format!("{target} {unit}"),
            verdict.to_owned(),
        ]);
    }

    pub(crate) const fn is_met(&self) -> bool {
        self.missed == 0
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new();
        table.load_preset(UTF8_BORDERS_ONLY).set_header(["figure", "measured", "target", ""]);
        for row in &self.rows {
            table.add_row(row);
        }
        write!(f, "{table}")
    }
}

/// The middle of `values`; 0 of nothing.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let at = |index: usize| values.get(index).copied().unwrap_or_default();
    if values.len().is_multiple_of(2) && middle > 0 {
        f64::midpoint(at(middle - 1), at(middle))
    } else {
        at(middle)
    }
}
