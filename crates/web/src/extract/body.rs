use std::{fmt, marker::PhantomData, time::Duration};

use actix_web::{
    FromRequest, HttpMessage, HttpRequest,
    dev::Payload,
    http::{StatusCode, header},
};
use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, future::LocalBoxFuture};
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, IgnoredAny, MapAccess, Visitor, value::MapAccessDeserializer},
};
use tokio::time::{Instant, timeout_at};

use crate::{
    error::{ApiError, by_status},
    services::state_of,
    settings::HttpSettings,
};

/// The raw body, within the limits of size and time.
pub(crate) struct Body(pub(crate) Bytes);

impl FromRequest for Body {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move { read(&request, payload).await.map(Self) })
    }
}

async fn read(request: &HttpRequest, mut payload: Payload) -> Result<Bytes, ApiError> {
    let Some(app) = state_of(request) else {
        return Err(ApiError::internal("the application has no state"));
    };
    if is_coded(request) {
        return Err(by_status(StatusCode::UNSUPPORTED_MEDIA_TYPE).accept_encoding("identity"));
    }
    let limit = app.settings.body_limit;
    let announced = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.parse::<usize>().ok());
    if announced.is_some_and(|length| length > limit) {
        return Err(by_status(StatusCode::PAYLOAD_TOO_LARGE));
    }
    let began = Instant::now();
    let mut body = BytesMut::with_capacity(announced.unwrap_or(0).min(limit));
    loop {
        let chunk = match timeout_at(began + time_for(&app.settings, body.len()), payload.next())
            .await
        {
            Ok(Some(chunk)) => chunk.map_err(|error| {
                ApiError::malformed("bad_body", "The request body cannot be read.").caused_by(error)
            })?,
            Ok(None) => return Ok(body.freeze()),
            Err(late) => return Err(by_status(StatusCode::REQUEST_TIMEOUT).caused_by(late)),
        };
        if body.len() + chunk.len() > limit {
            return Err(by_status(StatusCode::PAYLOAD_TOO_LARGE));
        }
        body.extend_from_slice(&chunk);
    }
}

/// Whether the body is packed. Nothing here unpacks: a few bytes could become as many as one likes.
fn is_coded(request: &HttpRequest) -> bool {
    let codings = request.headers().get_all(header::CONTENT_ENCODING);
    codings.into_iter().any(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity"))
}

/// How long after its beginning a body has to go on, of which `received` bytes are there. Whoever
/// sends a byte now and then would else keep a place for as long as the slowest line needs.
fn time_for(settings: &HttpSettings, received: usize) -> Duration {
    let received = u32::try_from(received).unwrap_or(u32::MAX);
    let earned = Duration::from_secs(received.into()) / settings.body_rate.max(1);
    settings.body_deadline.min(settings.body_grace + earned)
}

/// A JSON body, and the bytes it was read from.
pub(crate) struct Json<T> {
    pub(crate) value: T,
    pub(crate) raw: Bytes,
}

impl<T: DeserializeOwned + 'static> FromRequest for Json<T> {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            if !is_json(&request) {
                return Err(by_status(StatusCode::UNSUPPORTED_MEDIA_TYPE));
            }
            let raw = read(&request, payload).await?;
            Ok(Self { value: parse_json(&raw)?, raw })
        })
    }
}

/// A JSON body that may be left out, and the bytes it was read from.
pub(crate) struct MaybeJson<T> {
    pub(crate) value: T,
    pub(crate) raw: Bytes,
}

impl<T: DeserializeOwned + Default + 'static> FromRequest for MaybeJson<T> {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let raw = read(&request, payload).await?;
            if raw.is_empty() {
                return Ok(Self { value: T::default(), raw });
            }
            if !is_json(&request) {
                return Err(by_status(StatusCode::UNSUPPORTED_MEDIA_TYPE));
            }
            Ok(Self { value: parse_json(&raw)?, raw })
        })
    }
}

fn is_json(request: &HttpRequest) -> bool {
    let kind = request.content_type().trim().to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

/// Reads JSON, telling what cannot be read (400) from what is not wanted (422).
pub(crate) fn parse_json<T: DeserializeOwned>(raw: &[u8]) -> Result<T, ApiError> {
    let mut reader = serde_json::Deserializer::from_slice(raw);
    let unwanted = match serde_path_to_error::deserialize::<_, Object<T>>(&mut reader) {
        Ok(Object(value)) => match reader.end() {
            Ok(()) => return Ok(value),
            Err(error) => return Err(malformed(error)),
        },
        Err(unwanted) => unwanted,
    };
    // Reading stopped at the first thing that is not wanted; the rest has to be JSON all the same.
    if let Err(error) = serde_json::from_slice::<IgnoredAny>(raw) {
        return Err(malformed(error));
    }
    let pointer = pointer_to(unwanted.path());
    let text = unwanted.into_inner().to_string();
    let detail = text.split(" at line ").next().unwrap_or_default();
    Err(ApiError::invalid_body(pointer, "invalid", detail))
}

/// A JSON object. What serde derives for a struct would take an array of its fields as well.
pub(crate) struct Object<T>(pub(crate) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Fields<T> {
            type Value = Object<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Object)
            }
        }

        deserializer.deserialize_map(Fields(PhantomData))
    }
}

/// Reads a list of objects.
pub(crate) fn objects<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    let all = Vec::<Object<T>>::deserialize(deserializer)?;
    Ok(all.into_iter().map(|Object(value)| value).collect())
}

/// Reads a list of objects that may be absent and may not be null.
pub(crate) fn present_objects<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Vec<T>>, D::Error> {
    objects(deserializer).map(Some)
}

fn malformed(error: serde_json::Error) -> ApiError {
    let detail = format!("The body is not JSON: line {}, column {}.", error.line(), error.column());
    ApiError::malformed("malformed_json", detail).caused_by(error)
}

fn pointer_to(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let mut pointer = String::new();
    for segment in path {
        let step = match segment {
            Segment::Seq { index } => index.to_string(),
            Segment::Map { key } => key.replace('~', "~0").replace('/', "~1"),
            Segment::Enum { variant } => variant.clone(),
            Segment::Unknown => continue,
        };
        pointer.push('/');
        pointer.push_str(&step);
    }
    pointer
}

/// Reads an optional field that may be absent and may not be null.
pub(crate) fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Reads an optional field that may be absent, or null to clear it.
pub(crate) fn clearable<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// Reads a whole number, also when a client writes it as `2.0`.
pub(crate) fn present_whole_number<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<u32, D::Error> {
    let number = serde_json::Number::deserialize(deserializer)?;
    let text = match number.as_f64() {
        Some(float) if number.is_f64() && float.fract() == 0.0 => format!("{float:.0}"),
        _ => number.to_string(),
    };
    text.parse().map_err(|error| {
        serde::de::Error::custom(format!("a whole number in range is wanted: {error}"))
    })
}
