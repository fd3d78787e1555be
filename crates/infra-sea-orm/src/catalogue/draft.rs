use sea_orm::Value;

/// The values of a statement whose text is made as it is asked for.
#[derive(Default)]
pub(super) struct Binds {
    pub(super) values: Vec<Value>,
}

impl Binds {
    /// Binds `value`: its placeholder.
    pub(super) fn add(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("${}", self.values.len())
    }
}
