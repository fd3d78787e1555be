//! Passwords, access tokens and refresh tokens.
//!
//! Every key is derived from one root secret for one purpose; no key does two things.

mod access;
mod api_key;
mod bcrypt;
mod csrf;
mod derive;
mod device;
mod email_token;
mod hashing_threads;
mod password;
mod refresh;
mod signing;
mod strength;

pub use access::{JwtAccessTokens, JwtAccessTokensParameters, JwtKeys, JwtSettings};
pub use api_key::PrefixedApiKeyTokens;
pub use csrf::{HmacCsrfTokens, HmacCsrfTokensParameters};
pub use derive::derive_key;
pub use device::{DeviceKey, HmacDeviceTokens, HmacDeviceTokensParameters};
pub use email_token::{HmacEmailTokens, HmacEmailTokensParameters};
pub use password::{
    Argon2Engine, Argon2PasswordHasher, Argon2PasswordHasherParameters, Argon2Settings,
    InvalidArgon2Settings,
};
pub use refresh::{HmacRefreshTokens, HmacRefreshTokensParameters, RefreshKeys};
pub use signing::{CheckingKey, InvalidKey, SigningKey};
pub use strength::{ZxcvbnStrength, ZxcvbnStrengthParameters};
