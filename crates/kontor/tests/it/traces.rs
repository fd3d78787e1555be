//! One trace from a request to the handlers of its events, as a collector gets it.

use std::{
    collections::HashMap,
    net::TcpListener,
    sync::{Arc, Mutex},
    thread,
};

use acceptance::{Client, Stack, Surroundings};
use actix_web::{
    App, HttpResponse, HttpServer,
    rt::System,
    web::{Bytes, Data, PayloadConfig, post},
};

use crate::{
    program::{Program, until},
    watched,
};

const TRACE: [u8; 16] = 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736_u128.to_be_bytes();
const CALLER: [u8; 8] = 0x00f0_67aa_0ba9_02b7_u64.to_be_bytes();

/// A span, as far as it matters here.
#[derive(Clone, Debug, Default)]
struct Span {
    trace: Vec<u8>,
    id: Vec<u8>,
    parent: Vec<u8>,
    name: String,
    attributes: String,
}

/// Takes what is sent by OTLP over HTTP.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<Bytes>>>);

impl Collector {
    /// On a port of its own, from a thread of its own.
    fn start(&self) -> String {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let taken = Data::new(self.clone());
        thread::spawn(move || {
            let take = async |taken: Data<Self>, body: Bytes| {
                taken.0.lock().unwrap().push(body);
                HttpResponse::Ok().finish()
            };
            let app = move || {
                App::new()
                    .app_data(taken.clone())
                    .app_data(PayloadConfig::new(16 * 1024 * 1024))
                    .route("/v1/traces", post().to(take))
            };
            let server = HttpServer::new(app).workers(1).disable_signals();
            System::new().block_on(server.listen(listener).unwrap().run()).unwrap();
        });
        format!("http://{address}")
    }

    /// Every span of the trace.
    fn spans(&self) -> Vec<Span> {
        let taken = self.0.lock().unwrap();
        // ExportTraceServiceRequest.resource_spans.scope_spans.spans
        let mut messages: Vec<&[u8]> = taken.iter().map(|body| &body[..]).collect();
        for field in [1, 2, 2] {
            messages = messages.into_iter().flat_map(|message| parts(message, field)).collect();
        }
        messages.into_iter().map(Span::read).filter(|span| span.trace == TRACE).collect()
    }
}

impl Span {
    fn read(message: &[u8]) -> Self {
        let one = |field| parts(message, field).first().map(|part| part.to_vec());
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self {
            trace: one(1).unwrap_or_default(),
            id: one(2).unwrap_or_default(),
            parent: one(4).unwrap_or_default(),
            name: text(&one(5).unwrap_or_default()),
            attributes: parts(message, 9).into_iter().map(text).collect(),
        }
    }
}

/// The parts of a message of protocol buffers under the number `field`.
fn parts(mut message: &[u8], field: u64) -> Vec<&[u8]> {
    let mut found = Vec::new();
    while !message.is_empty() {
        let tag = number(&mut message);
        let length = match tag & 7 {
            0 => {
                number(&mut message);
                0
            }
            1 => 8,
            2 => usize::try_from(number(&mut message)).unwrap(),
            5 => 4,
            other => panic!("no such kind of field: {other}"),
        };
        let (part, rest) = message.split_at(length);
        if tag >> 3 == field && tag & 7 == 2 {
            found.push(part);
        }
        message = rest;
    }
    found
}

/// A number of seven bits a byte.
fn number(message: &mut &[u8]) -> u64 {
    let mut value = 0;
    for shift in (0..).step_by(7) {
        let (first, rest) = message.split_first().unwrap();
        *message = rest;
        value |= u64::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            break;
        }
    }
    value
}

#[tokio::test]
async fn a_request_its_statements_and_the_handlers_of_its_events_are_one_trace() {
    let collector = Collector::default();
    let endpoint = collector.start();
    let surroundings = Surroundings::make(Stack::Embedded).await.unwrap();
    let program = Program::within(&surroundings).with("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint);
    let mut serving = program.start(&["serve"]);
    let anybody = Client::anonymous(&serving.url().await);
    assert_eq!(watched::register(&anybody).await, 201);
    let welcome = |span: &Span| span.name == "handle" && span.attributes.contains("welcome_mail");
    until("the handler's span is sent", async || {
        collector.spans().iter().any(welcome).then_some(())
    })
    .await;
    // What is left is sent at the end.
    serving.stop().await;
    let spans = collector.spans();
    let by_id: HashMap<_, _> = spans.iter().map(|span| (span.id.clone(), span)).collect();
    let named = |name: &str| {
        let span = spans.iter().find(|span| span.name == name);
        span.unwrap_or_else(|| panic!("{name} is not in {spans:#?}"))
    };
    let request = named("POST /api/v1/auth/register");
    assert_eq!(request.parent, CALLER, "it goes on where the caller was");
    assert!(request.attributes.contains("request_id"), "{request:?}");
    let use_case = named("identity.register_user");
    assert_eq!(use_case.parent, request.id);
    for name in ["publish", "handle"] {
        assert_eq!(named(name).parent, request.id, "{name} follows from the request");
    }
    let above = |span: &Span| {
        let mut names = Vec::new();
        let mut at = by_id.get(&span.parent);
        while let Some(span) = at {
            names.push(span.name.as_str());
            at = by_id.get(&span.parent);
        }
        names
    };
    let statements: Vec<_> = spans.iter().filter(|span| span.name == "sql").collect();
    assert!(statements.iter().any(|span| above(span).contains(&"identity.register_user")));
    assert!(statements.iter().any(|span| above(span).contains(&"handle")));
    assert!(statements.iter().all(|span| span.attributes.contains("db.query.text")));
    let all = format!("{spans:?}");
    assert!(!all.contains("ann@example.com") && !all.contains("tipperary"), "{all}");
}

#[tokio::test]
async fn a_shop_goes_on_without_its_collector() {
    let surroundings = Surroundings::make(Stack::Embedded).await.unwrap();
    let program =
        Program::within(&surroundings).with("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1");
    let mut serving = program.start(&["serve"]);
    let anybody = Client::anonymous(&serving.url().await);
    assert_eq!(watched::register(&anybody).await, 201);
    serving.stop().await;
    program.is_healthy().await;
}
