use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// Why a request was not fulfilled (RFC 9457).
///
/// `code` is stable; further members depend on it: `out_of_stock` has `shortages`, `invalid_transition` has `allowed`, `payment_active` has
/// `payment`, `step_up_required` has `max_age` and `step_up`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Problem {
    /// Identifies the kind of problem.
    #[serde(rename = "type")]
    #[schema(example = "urn:kontor:problem:order_not_found")]
    pub kind: String,
    /// The status in words.
    #[schema(example = "Not Found")]
    pub title: String,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599, example = 404)]
    pub status: u16,
    /// Stable and documented; never translated.
    #[schema(example = "order_not_found")]
    pub code: String,
    /// For people.
    #[schema(example = "no such order")]
    pub detail: String,
    /// Path of the request.
    #[schema(example = "/api/v1/orders/01890a5d-ac96-774b-bcce-b302099a8057")]
    pub instance: String,
    /// Also in the header `X-Request-ID` and in every log line.
    #[schema(example = "01890a5d-ac96-774b-bcce-b302099a8057")]
    pub request_id: String,
    /// What is wrong where; empty when it is not about one field.
    pub errors: Vec<FieldError>,
    /// Further members of this `code`.
    #[serde(flatten)]
    #[schema(ignore)]
    pub members: Map<String, Value>,
}

impl Problem {
    /// Media type of a problem.
    pub const MEDIA_TYPE: &'static str = "application/problem+json";
}

/// One thing that is wrong with the input.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FieldError {
    /// JSON pointer into the body (RFC 6901), or `?name` for a query parameter.
    #[schema(example = "/items/0/quantity")]
    pub pointer: String,
    /// Stable name of the rule.
    #[schema(example = "out_of_range")]
    pub code: String,
    /// For people.
    #[schema(example = "a quantity is 1 to 1000")]
    pub detail: String,
}
