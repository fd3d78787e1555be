use std::{
    future::{Ready, ready},
    net::IpAddr,
};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header};
use domain::identity::Device;
use ipnet::IpNet;

use super::client::client_ip;
use crate::error::ApiError;

/// Longest name kept of a program nobody here knows, characters.
const MAX_PROGRAM_CHARS: usize = 40;

/// What a request was sent from, told coarsely.
pub(crate) struct ClientDevice(pub(crate) Device);

impl FromRequest for ClientDevice {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self(device_of(request))))
    }
}

pub(crate) fn device_of(request: &HttpRequest) -> Device {
    let agent = request.headers().get(header::USER_AGENT);
    let name = agent.and_then(|agent| agent.to_str().ok()).and_then(name_of);
    Device { name, network: client_ip(request).and_then(network_of) }
}

/// The first that is found counts: most browsers also claim to be an older one.
const PROGRAMS: &[(&str, &str)] = &[
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("YaBrowser/", "Yandex Browser"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("CriOS/", "Chrome"),
    ("Safari/", "Safari"),
];

const SYSTEMS: &[(&str, &str)] = &[
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
];

/// `Firefox on Linux`; of a program nobody here knows, its own name.
fn name_of(agent: &str) -> Option<String> {
    let find = |known: &[(&str, &'static str)]| {
        known.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name)
    };
    let Some(program) = find(PROGRAMS) else {
        let plain = |c: &char| c.is_ascii_alphanumeric() || "-_.".contains(*c);
        let own: String = agent.chars().take_while(plain).take(MAX_PROGRAM_CHARS).collect();
        return (!own.is_empty()).then_some(own);
    };
    Some(match find(SYSTEMS) {
        Some(system) => format!("{program} on {system}"),
        None => program.to_owned(),
    })
}

fn network_of(address: IpAddr) -> Option<String> {
    let prefix = if address.is_ipv4() { 24 } else { 48 };
    IpNet::new(address, prefix).ok().map(|network| network.trunc().to_string())
}

#[cfg(test)]
mod tests {
    use super::{name_of, network_of};

    #[test]
    fn a_browser_and_its_system_are_recognised() {
        let windows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 \
            (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36";
        for (agent, expected) in [
            (windows, "Chrome on Windows"),
            (&format!("{windows} Edg/126.0.0.0"), "Edge on Windows"),
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
                "Firefox on Linux",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 \
              (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
                "Safari on iPhone",
            ),
            ("curl/8.5.0", "curl"),
            ("Firefox/1", "Firefox"),
        ] {
            assert_eq!(name_of(agent).as_deref(), Some(expected), "{agent}");
        }
    }

    #[test]
    fn nothing_but_plain_words_is_kept_of_an_unknown_program() {
        for (agent, expected) in
            [("", None), ("<script>alert(1)</script>", None), ("shop-app<b>/1.0", Some("shop-app"))]
        {
            assert_eq!(name_of(agent).as_deref(), expected, "{agent}");
        }
        assert_eq!(name_of(&"a".repeat(500)).unwrap().len(), super::MAX_PROGRAM_CHARS);
    }

    #[test]
    fn an_address_is_cut_to_its_network() {
        for (address, expected) in
            [("203.0.113.77", "203.0.113.0/24"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48")]
        {
            assert_eq!(network_of(address.parse().unwrap()).as_deref(), Some(expected));
        }
    }
}
