//! Where an order goes, as it is asked for and shown.

use domain::ordering::{Country, MAX_NOTE, Particulars, ParticularsChange, PostalAddress};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    error::ApiError,
    extract::{long_text, plain_text},
};

const MAX_LINE: usize = 200;
const MAX_CITY: usize = 100;
const MAX_POSTAL_CODE: usize = 20;
const PHONE: std::ops::RangeInclusive<usize> = 5..=32;

/// Where goods or a bill go.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddressRequest {
    /// The person.
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = "^[^\\x00-\\x1f\\x7f-\\x9f]*[^\\s\\x00-\\x1f\\x7f-\\x9f][^\\x00-\\x1f\\x7f-\\x9f]*$",
        example = "Ann Lee"
    )]
    name: String,
    /// The firm.
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = "^[^\\x00-\\x1f\\x7f-\\x9f]*[^\\s\\x00-\\x1f\\x7f-\\x9f][^\\x00-\\x1f\\x7f-\\x9f]*$",
        example = "Lee & Sons"
    )]
    company: Option<String>,
    /// Street and house.
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = "^[^\\x00-\\x1f\\x7f-\\x9f]*[^\\s\\x00-\\x1f\\x7f-\\x9f][^\\x00-\\x1f\\x7f-\\x9f]*$",
        example = "1 Long Street"
    )]
    line1: String,
    /// What else helps to find the door.
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = "^[^\\x00-\\x1f\\x7f-\\x9f]*[^\\s\\x00-\\x1f\\x7f-\\x9f][^\\x00-\\x1f\\x7f-\\x9f]*$",
        example = "Second floor"
    )]
    line2: Option<String>,
    /// City or village.
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = "^[^\\x00-\\x1f\\x7f-\\x9f]*[^\\s\\x00-\\x1f\\x7f-\\x9f][^\\x00-\\x1f\\x7f-\\x9f]*$",
        example = "Berlin"
    )]
    city: String,
    /// State, province or the like.
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = "^[^\\x00-\\x1f\\x7f-\\x9f]*[^\\s\\x00-\\x1f\\x7f-\\x9f][^\\x00-\\x1f\\x7f-\\x9f]*$",
        example = "Brandenburg"
    )]
    region: Option<String>,
    /// Postal code.
    #[schema(
        min_length = 1,
        max_length = 20,
        pattern = "^[^\\x00-\\x1f\\x7f-\\x9f]*[^\\s\\x00-\\x1f\\x7f-\\x9f][^\\x00-\\x1f\\x7f-\\x9f]*$",
        example = "10115"
    )]
    postal_code: String,
    /// ISO 3166-1 code of the country.
    #[schema(pattern = "^[A-Z]{2}$", min_length = 2, max_length = 2, example = "DE")]
    country: String,
    /// Where the carrier may call.
    #[schema(
        min_length = 5,
        max_length = 32,
        pattern = "^[0-9+(][0-9 ()./-]*[0-9)]$",
        example = "+49 30 123456"
    )]
    phone: Option<String>,
}

impl AddressRequest {
    /// The address, which stands at `pointer` of the body.
    ///
    /// # Errors
    /// 422 at the field that is not valid.
    fn read(self, pointer: &str) -> Result<PostalAddress, ApiError> {
        let at = |field: &str| format!("{pointer}/{field}");
        let text = |field: &str, text: &str, most| plain_text(&at(field), text, most);
        let maybe = |field: &str, given: Option<String>, most| {
            given.map(|given| text(field, &given, most)).transpose()
        };
        let country = Country::parse(&self.country).ok_or_else(|| {
            let detail = "a code of ISO 3166-1 like DE is wanted";
            ApiError::invalid_body(at("country"), "unknown_country", detail)
        })?;
        if self.phone.as_deref().is_some_and(|phone| !is_phone(phone)) {
            let detail = "5 to 32 digits, spaces and + - ( ) . / are wanted";
            return Err(ApiError::invalid_body(at("phone"), "characters", detail));
        }
        Ok(PostalAddress {
            name: text("name", &self.name, MAX_LINE)?,
            company: maybe("company", self.company, MAX_LINE)?,
            line1: text("line1", &self.line1, MAX_LINE)?,
            line2: maybe("line2", self.line2, MAX_LINE)?,
            city: text("city", &self.city, MAX_CITY)?,
            region: maybe("region", self.region, MAX_CITY)?,
            postal_code: text("postal_code", &self.postal_code, MAX_POSTAL_CODE)?,
            country,
            phone: self.phone,
        })
    }
}

fn is_phone(text: &str) -> bool {
    let inside = |c: char| c.is_ascii_digit() || " ()./-".contains(c);
    PHONE.contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_digit() || c == '+' || c == '(')
        && text.ends_with(|c: char| c.is_ascii_digit() || c == ')')
        && text.chars().skip(1).all(inside)
}

/// The address of the field `name`.
///
/// # Errors
/// 422 at what of it is not valid.
fn address(name: &str, given: Option<AddressRequest>) -> Result<Option<PostalAddress>, ApiError> {
    given.map(|address| address.read(&format!("/{name}"))).transpose()
}

/// The field `note`; what is blank is none.
///
/// # Errors
/// 422 when it is too long, or not a text.
fn note(given: Option<&str>) -> Result<Option<String>, ApiError> {
    let Some(given) = given else { return Ok(None) };
    let text = long_text("/note", given, MAX_NOTE)?;
    Ok((!text.is_empty()).then_some(text))
}

/// What a new order is to have.
///
/// # Errors
/// 422 at the field that is not valid.
pub(super) fn given(
    shipping_address: Option<AddressRequest>,
    billing_address: Option<AddressRequest>,
    text: Option<&str>,
) -> Result<Particulars, ApiError> {
    Ok(Particulars {
        shipping_address: address("shipping_address", shipping_address)?,
        billing_address: address("billing_address", billing_address)?,
        note: note(text)?,
    })
}

/// What an order is to have from now on.
///
/// # Errors
/// 422 at the field that is not valid.
pub(super) fn changed(
    shipping_address: Option<Option<AddressRequest>>,
    billing_address: Option<Option<AddressRequest>>,
    text: Option<Option<String>>,
) -> Result<ParticularsChange, ApiError> {
    let change = |name, given: Option<Option<AddressRequest>>| {
        given.map(|given| address(name, given)).transpose()
    };
    Ok(ParticularsChange {
        shipping_address: change("shipping_address", shipping_address)?,
        billing_address: change("billing_address", billing_address)?,
        note: text.map(|text| note(text.as_deref())).transpose()?,
    })
}

/// Where goods or a bill go, as it was given.
#[derive(Serialize, ToSchema)]
pub(crate) struct Address {
    /// The person.
    #[schema(example = "Ann Lee")]
    name: String,
    /// The firm.
    #[schema(example = "Lee & Sons")]
    company: Option<String>,
    /// Street and house.
    #[schema(example = "1 Long Street")]
    line1: String,
    /// What else helps to find the door.
    #[schema(example = "Second floor")]
    line2: Option<String>,
    /// City or village.
    #[schema(example = "Berlin")]
    city: String,
    /// State, province or the like.
    #[schema(example = "Brandenburg")]
    region: Option<String>,
    /// Postal code.
    #[schema(example = "10115")]
    postal_code: String,
    /// ISO 3166-1 code of the country.
    #[schema(example = "DE")]
    country: String,
    /// Where the carrier may call.
    #[schema(example = "+49 30 123456")]
    phone: Option<String>,
}

impl From<&PostalAddress> for Address {
    fn from(address: &PostalAddress) -> Self {
        let PostalAddress {
            name,
            company,
            line1,
            line2,
            city,
            region,
            postal_code,
            country,
            phone,
        } = address.clone();
        let country = country.to_string();
        Self { name, company, line1, line2, city, region, postal_code, country, phone }
    }
}
