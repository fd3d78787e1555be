use std::net::{IpAddr, Ipv6Addr};

use actix_web::HttpRequest;
use ipnet::IpNet;

use crate::services::state_of;

/// What callers are counted by who are not signed in: the address, or the network of IPv6.
pub(crate) fn address_of(request: &HttpRequest) -> String {
    client_ip(request).map_or_else(|| "unknown".to_owned(), bucket)
}

/// The rightmost address that is not one of our proxies.
pub(crate) fn client_ip(request: &HttpRequest) -> Option<IpAddr> {
    let trusted = state_of(request).map_or(&[][..], |app| &app.settings.trusted_proxies);
    let peer = request.peer_addr()?.ip().to_canonical();
    let forwarded: Vec<&str> = request
        .headers()
        .get_all("x-forwarded-for")
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .collect();
    Some(client_behind(peer, &forwarded, trusted))
}

fn client_behind(peer: IpAddr, forwarded: &[&str], trusted: &[IpNet]) -> IpAddr {
    let mut client = peer;
    for hop in forwarded.iter().rev() {
        if !trusted.iter().any(|network| network.contains(&client)) {
            break;
        }
        match hop.trim().parse::<IpAddr>() {
            Ok(address) => client = address.to_canonical(),
            Err(_) => break,
        }
    }
    client
}

fn bucket(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).to_string()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{bucket, client_behind};
    use crate::settings::trusted_proxies;

    #[test]
    fn a_forwarded_address_counts_only_from_a_trusted_proxy() {
        let proxy = "10.0.0.1".parse().unwrap();
        let trusted = trusted_proxies(&["10.0.0.0/8".to_owned(), "::1".to_owned()]).unwrap();
        let client = "203.0.113.9".parse().unwrap();
        let forwarded = ["198.51.100.1", " 203.0.113.9"];
        assert_eq!(client_behind(proxy, &forwarded, &trusted), client);
        assert_eq!(client_behind(proxy, &forwarded, &[]), proxy);
        assert_eq!(client_behind(client, &forwarded, &trusted), client);
    }

    #[test]
    fn all_addresses_of_an_ipv6_network_are_one_client() {
        assert_eq!(bucket("2001:db8:1:2:3:4:5:6".parse().unwrap()), "2001:db8:1:2::");
    }
}
