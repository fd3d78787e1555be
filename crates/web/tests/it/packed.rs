use std::{io::Read, sync::Arc};

use actix_web::{http::Method, test::TestRequest};
use flate2::read::GzDecoder;
use web::HttpSettings;

use crate::{Answer, site, site_with, stubs::*};

fn asking(path: &str, accepted: &'static str) -> TestRequest {
    TestRequest::get().uri(path).insert_header(("accept-encoding", accepted))
}

fn unpacked(answer: &Answer) -> Vec<u8> {
    assert_eq!(answer.header("content-encoding"), "gzip");
    let mut body = Vec::new();
    GzDecoder::new(&*answer.body).read_to_end(&mut body).unwrap();
    body
}

#[actix_web::test]
async fn what_is_large_is_packed_for_those_who_take_it() {
    let site = site().await;
    let plain = site.get("/openapi.json").await;
    assert_eq!((plain.status, plain.header("content-encoding")), (200, ""));
    assert!(plain.headers("vary").contains(&"accept-encoding"));
    // The second is the one that was kept.
    for _ in 0..2 {
        let packed = site.send(asking("/openapi.json", "br, gzip;q=0.8")).await;
        assert!(packed.body.len() * 4 < plain.body.len(), "{}", packed.body.len());
        assert_eq!(unpacked(&packed), plain.body);
        assert!(packed.headers("vary").contains(&"accept-encoding"));
        assert_eq!(packed.header("content-type"), "application/json");
        assert_ne!(packed.header("etag"), plain.header("etag"), "other bytes, another validator");
    }
    for other in ["identity", "br", "gzip;q=0"] {
        let answer = site.send(asking("/openapi.json", other)).await;
        assert_eq!(answer.body, plain.body, "{other}");
        assert_eq!(answer.header("etag"), plain.header("etag"), "{other}");
    }
}

#[actix_web::test]
async fn a_validator_is_good_whichever_way_the_body_came() {
    let site = site().await;
    let plain = site.get("/openapi.json").await.header("etag").to_owned();
    let packed = site.send(asking("/openapi.json", "gzip")).await.header("etag").to_owned();
    for (known, accepted) in
        [(&plain, "gzip"), (&plain, "identity"), (&packed, "gzip"), (&packed, "identity")]
    {
        let request = asking("/openapi.json", accepted).insert_header(("if-none-match", &**known));
        let answer = site.send(request).await;
        assert_eq!((answer.status, answer.body.len()), (304, 0), "{known} {accepted}");
        assert_eq!(answer.header("etag"), known, "its own again");
        assert_eq!(answer.header("content-encoding"), "");
        assert!(answer.headers("vary").contains(&"accept-encoding"));
    }
    let stranger = asking("/openapi.json", "gzip").insert_header(("if-none-match", "\"x-gzip\""));
    assert_eq!(site.send(stranger).await.status, 200);
}

#[actix_web::test]
async fn a_head_tells_what_the_body_would_be() {
    let site = site().await;
    let packed = site.send(asking("/openapi.json", "gzip")).await;
    let head = site.send(asking("/openapi.json", "gzip").method(Method::HEAD)).await;
    for name in ["etag", "content-encoding", "content-type"] {
        assert_eq!(head.header(name), packed.header(name), "{name}");
    }
}

#[actix_web::test]
async fn small_answers_and_pages_and_what_is_packed_already_stay_as_they_are() {
    let site = site_with(&Arc::new(Stub::default()), HttpSettings::default()).await;
    for path in ["/health", "/api/v1/products/assam", "/login", "/api/v1/nothing"] {
        let answer = site.send(asking(path, "gzip")).await;
        assert_eq!(answer.header("content-encoding"), "", "{path}");
        assert!(std::str::from_utf8(&answer.body).is_ok(), "{path}");
    }
    let script = site.send(asking("/assets/redoc.standalone.js", "gzip")).await;

    assert!(!unpacked(&script).starts_with(&[0x1f, 0x8b]), "packed once");
    let style = site.send(asking("/assets/pages.css", "gzip")).await;
    assert!(!unpacked(&style).is_empty());
}
