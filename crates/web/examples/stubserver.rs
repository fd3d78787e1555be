#[path = "../tests/it/stubs.rs"]
mod stubs;
fn main() {
    std::fs::write("/tmp/webex/openapi.json", web::openapi_json()).unwrap();
    let listener = std::net::TcpListener::bind(("127.0.0.1", 18099)).unwrap();
    let stub = std::sync::Arc::new(stubs::Stub::default());
    actix_web::rt::System::new()
        .block_on(web::serve(
            stub.services(),
            web::HttpSettings { rate_limit_enabled: false, workers: Some(1), ..Default::default() },
            listener,
            std::future::pending(),
        ))
        .unwrap();
}
