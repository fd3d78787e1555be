use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use domain::messaging::{MailError, MailId, MailTransport, SentMail};
use time::macros::datetime;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};
use uuid::Uuid;

use super::{InvalidSmtpSettings, SmtpMailTransport, SmtpServer, SmtpSettings};

/// What a server was told, and what it says to `RCPT`.
#[derive(Clone, Default)]
struct Sink {
    commands: Arc<Mutex<Vec<String>>>,
    letters: Arc<Mutex<Vec<String>>>,
    refusal: Arc<Mutex<Option<&'static str>>>,
}

impl Sink {
    /// Serves on a port of its own; answers its address.
    async fn open(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let sink = self.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(sink.clone().serve(stream));
            }
        });
        format!("smtp://{address}")
    }

    async fn serve(self, stream: TcpStream) {
        let mut stream = BufReader::new(stream);
        stream.write_all(b"220 sink\r\n").await.unwrap();
        let mut line = String::new();
        while stream.read_line(&mut line).await.is_ok_and(|read| read > 0) {
            let command = line.trim_end().to_owned();
            line.clear();
            let verb = command.split([' ', ':']).next().unwrap().to_ascii_uppercase();
            self.commands.lock().unwrap().push(command);
            let refusal = *self.refusal.lock().unwrap();
            let answer = match (verb.as_str(), refusal) {
                ("RCPT", Some(refusal)) => refusal,
                ("EHLO", _) => "250-sink\r\n250-8BITMIME\r\n250-AUTH PLAIN\r\n250 SMTPUTF8\r\n",
                ("AUTH", _) => "235 welcome\r\n",
                ("DATA", _) => {
                    stream.write_all(b"354 go on\r\n").await.unwrap();
                    let mut letter = String::new();
                    while !letter.ends_with("\r\n.\r\n") {
                        assert!(stream.read_line(&mut letter).await.unwrap() > 0, "cut off");
                    }
                    self.letters.lock().unwrap().push(letter);
                    "250 taken\r\n"
                }
                _ => "250 fine\r\n",
            };
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    }

    fn told(&self, command: &str) -> bool {
        self.commands.lock().unwrap().iter().any(|told| told.starts_with(command))
    }
}

fn transport(url: &str) -> SmtpMailTransport {
    let server = SmtpServer::new(&SmtpSettings {
        url: url.to_owned(),
        from: "shop@shop.example".to_owned(),
        from_name: "Чай & Co".to_owned(),
        timeout: Duration::from_secs(5),
    });
    SmtpMailTransport { server: server.unwrap() }
}

fn mail() -> SentMail {
    SentMail {
        id: MailId::new(Uuid::from_u128(7)),
        to: "ann@example.com".to_owned(),
        subject: "Заказ оплачен".to_owned(),
        text: "Спасибо\n.\nfor your order".to_owned(),
        html: "<p>Спасибо</p>".to_owned(),
        created_at: datetime!(2026-11-20 12:00 UTC),
    }
}

#[tokio::test]
async fn a_mail_reaches_the_server_with_both_its_bodies() {
    let sink = Sink::default();
    let transport = transport(&sink.open().await);
    for _ in 0..2 {
        transport.send(&mail()).await.unwrap();
    }
    assert!(sink.told("EHLO shop.example"));
    assert!(sink.told("MAIL FROM:<shop@shop.example>"));
    assert!(sink.told("RCPT TO:<ann@example.com>"));
    let letters = sink.letters.lock().unwrap().clone();
    assert_eq!(letters.len(), 2);
    for part in [
        "Message-ID: <00000000-0000-0000-0000-000000000007@shop.example>\r\n",
        "Date: Fri, 20 Nov 2026 12:00:00 +0000\r\n",
        "To: ann@example.com\r\n",
        "Content-Type: multipart/alternative;",
        "Content-Type: text/plain; charset=utf-8\r\n",
        "Content-Type: text/html; charset=utf-8\r\n",
    ] {
        assert!(letters[0].contains(part), "{part} in {}", letters[0]);
    }
    assert!(!letters[0].contains("Bcc"), "{}", letters[0]);
}

#[tokio::test]
async fn who_signs_in_is_taken_from_the_address() {
    let sink = Sink::default();
    let url = sink.open().await.replace("smtp://", "smtp://shop:p%40ss@");
    transport(&url).send(&mail()).await.unwrap();
    // "\0shop\0p@ss"
    assert!(sink.told("AUTH PLAIN AHNob3AAcEBzcw=="), "{:?}", sink.commands.lock().unwrap());
}

#[tokio::test]
async fn a_refusal_is_told_without_the_address() {
    let sink = Sink::default();
    *sink.refusal.lock().unwrap() = Some("550 no such user ann@example.com\r\n");
    let refused = transport(&sink.open().await).send(&mail()).await.unwrap_err();
    let MailError::Transport(cause) = refused else { panic!("{refused:?}") };
    assert_eq!(cause.to_string(), "the mail server answered 550");
}

#[tokio::test]
async fn a_server_that_is_away_is_a_failure_of_the_transport() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    drop(listener);
    let refused = transport(&url).send(&mail()).await;
    assert!(matches!(refused, Err(MailError::Transport(_))), "{refused:?}");
}

#[tokio::test]
async fn a_server_that_cannot_encrypt_gets_nothing_where_that_is_wanted() {
    let sink = Sink::default();
    let url = format!("{}?tls=required", sink.open().await);
    let refused = transport(&url).send(&mail()).await;
    assert!(matches!(refused, Err(MailError::Transport(_))), "{refused:?}");
    assert!(!sink.told("MAIL"), "nothing was sent in plain");
}

#[tokio::test]
async fn settings_that_name_nobody_are_refused_without_their_secret() {
    let settings = |url: &str, from: &str| SmtpSettings {
        url: url.to_owned(),
        from: from.to_owned(),
        from_name: String::new(),
        timeout: Duration::from_secs(1),
    };
    let refused = SmtpServer::new(&settings("smtp://x:secret@[", "a@b.example")).err().unwrap();
    assert!(matches!(refused, InvalidSmtpSettings::Url), "{refused:?}");
    assert!(!format!("{refused:?} {refused}").contains("secret"));
    let refused = SmtpServer::new(&settings("smtp://localhost", "nobody")).err().unwrap();
    assert!(matches!(refused, InvalidSmtpSettings::From(_)), "{refused:?}");
}
