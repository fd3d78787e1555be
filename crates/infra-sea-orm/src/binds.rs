use sea_orm::Value;

/// The values of a statement whose text is made as it is asked for: what is not asked for is not in
/// it, so that a plan that is made once for any values still takes the right index.
#[derive(Default)]
pub(crate) struct Binds {
    pub(crate) values: Vec<Value>,
}

impl Binds {
    /// Binds `value`: its placeholder.
    pub(crate) fn add(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("${}", self.values.len())
    }

    /// The conditions whose value is asked for, in which `{}` stands for it.
    pub(crate) fn all<const N: usize>(&mut self, asked: [(&str, Option<Value>); N]) -> String {
        let given = asked.into_iter().filter_map(|(condition, value)| Some((condition, value?)));
        let all: Vec<_> =
            given.map(|(condition, value)| condition.replace("{}", &self.add(value))).collect();
        if all.is_empty() { "true".to_owned() } else { all.join(" AND ") }
    }
}

#[cfg(test)]
mod tests {
    use super::Binds;

    #[test]
    fn what_is_not_asked_for_is_not_in_the_text() {
        let mut binds = Binds::default();
        let asked = [
            ("a = {}", None),
            ("(b LIKE {} OR c LIKE {})", Some("x".into())),
            ("d > {}", Some(1_i64.into())),
        ];
        assert_eq!(binds.all(asked), "(b LIKE $1 OR c LIKE $1) AND d > $2");
        assert_eq!(binds.add(2_i64), "$3");
        assert_eq!(binds.values.len(), 3);
        assert_eq!(Binds::default().all([("a = {}", None)]), "true");
    }
}
