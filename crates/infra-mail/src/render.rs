use std::{borrow::Cow, fs, io, path::Path};

use domain::{
    messaging::{MailContent, MailError, MailId, MailRenderer, MailSubject, SentMail},
    ordering::OrderView,
    shared::money::Money,
};
use minijinja::{Environment, UndefinedBehavior};
use serde::Serialize;
use shaku::Component;
use time::OffsetDateTime;

/// What every mail says about the shop.
#[derive(Clone, Debug)]
pub struct MailTexts {
    /// Name of the shop.
    pub shop_name: String,
    /// Where it is reached from outside.
    pub public_url: String,
}

/// The embedded templates, parsed. The first line of a text template is the subject.
#[derive(Clone)]
pub struct MailTemplates {
    environment: Environment<'static>,
    texts: MailTexts,
}

impl MailTemplates {
    /// Parses the templates; one of the same name in `dir`, such as `ru/welcome.html.j2`, takes
    /// the place of the embedded one.
    ///
    /// # Errors
    /// [`MailError::Render`] when one is broken, or cannot be read.
    pub fn new(texts: MailTexts, dir: Option<&Path>) -> Result<Self, MailError> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        for (name, source) in EMBEDDED {
            let own = dir.map(|dir| own(&dir.join(name))).transpose()?.flatten();
            let source = own.map_or(Cow::Borrowed(*source), Cow::Owned);
            environment.add_template_owned(*name, source).map_err(broken)?;
        }
        let public_url = texts.public_url.trim_end_matches('/').to_owned();
        Ok(Self { environment, texts: MailTexts { public_url, ..texts } })
    }

    fn fill(&self, name: &str, context: &Context<'_>) -> Result<String, MailError> {
        let template = self.environment.get_template(name).map_err(broken)?;
        template.render(context).map_err(broken)
    }
}

macro_rules! embedded {
    ($($name:literal),+ $(,)?) => {
        &[$(
            embedded!(@in "en", $name, ".txt.j2"),
            embedded!(@in "en", $name, ".html.j2"),
            embedded!(@in "ru", $name, ".txt.j2"),
            embedded!(@in "ru", $name, ".html.j2"),
        )+]
    };
    (@in $locale:literal, $name:literal, $kind:literal) => {
        (
            concat!($locale, "/", $name, $kind),
            include_str!(concat!("../templates/", $locale, "/", $name, $kind)),
        )
    };
}

/// Every template, by its language and the name of its
/// [`MailTemplate`](domain::messaging::MailTemplate).
const EMBEDDED: &[(&str, &str)] = embedded![
    "welcome",
    "verify_email",
    "reset_password",
    "confirm_email",
    "email_changed",
    "order_paid",
    "order_shipped",
    "order_cancelled",
    "order_refunded",
    "payment_failed",
];

/// The text at `path`, unless there is none.
fn own(path: &Path) -> Result<Option<String>, MailError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(MailError::Render(format!("{}: {error}", path.display()).into())),
    }
}

fn broken(error: minijinja::Error) -> MailError {
    MailError::Render(error.into())
}

/// Renders mails with minijinja; HTML is escaped.
#[derive(Component)]
#[shaku(interface = MailRenderer)]
pub struct MinijinjaMailRenderer {
    /// The templates.
    pub templates: MailTemplates,
}

impl MailRenderer for MinijinjaMailRenderer {
    fn render(
        &self,
        id: MailId,
        to: &str,
        content: &MailContent,
        now: OffsetDateTime,
    ) -> Result<SentMail, MailError> {
        let MailTexts { shop_name: shop, public_url } = &self.templates.texts;
        let MailContent { template, locale, name, about } = content;
        let (token, order) = match about {
            MailSubject::Account => (None, None),
            MailSubject::Token(token) => (Some(token.0.as_str()), None),
            MailSubject::Order(order) => (None, Some(OrderContext::from(&**order))),
        };
        let context = Context { shop, public_url, name, token, order };
        let text = self.templates.fill(&format!("{locale}/{template}.txt.j2"), &context)?;
        let html = self.templates.fill(&format!("{locale}/{template}.html.j2"), &context)?;
        let (subject, text) = text.split_once('\n').unwrap_or((&text, ""));
        // A subject is one line of a header.
        let subject = subject.replace(char::is_control, " ");
        let text = text.trim_start().to_owned();
        Ok(SentMail { id, to: to.to_owned(), subject, text, html, created_at: now })
    }
}

#[derive(Serialize)]
struct Context<'a> {
    shop: &'a str,
    public_url: &'a str,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<OrderContext<'a>>,
}

#[derive(Serialize)]
struct OrderContext<'a> {
    number: &'a str,
    subtotal: String,
    /// What is taken off; none when that is nothing.
    discount: Option<String>,
    promo_code: Option<&'a str>,
    total: String,
    lines: Vec<LineContext<'a>>,
}

#[derive(Serialize)]
struct LineContext<'a> {
    name: &'a str,
    sku: &'a str,
    quantity: u32,
    price: String,
}

impl<'a> From<&'a OrderView> for OrderContext<'a> {
    fn from(order: &'a OrderView) -> Self {
        let line = |line: &'a domain::ordering::LineView| LineContext {
            name: &line.name,
            sku: &line.sku,
            quantity: line.quantity,
            price: with_currency(line.unit_price),
        };
        Self {
            number: &order.number,
            subtotal: with_currency(order.subtotal),
            discount: (order.discount.minor > 0).then(|| with_currency(order.discount)),
            promo_code: order.promo_code.as_deref(),
            total: with_currency(order.total),
            lines: order.lines.iter().map(line).collect(),
        }
    }
}

fn with_currency(money: Money) -> String {
    format!("{money} {}", money.currency)
}

#[cfg(test)]
mod tests {
    use domain::{
        catalogue::{ProductId, VariantId},
        identity::{Locale, Secret, UserId},
        messaging::{MailContent, MailId, MailRenderer, MailSubject, MailTemplate, SentMail},
        ordering::{
            FulfilmentStatus, LineId, LineView, OrderId, OrderStatus, OrderView, Particulars,
            PaymentStatus,
        },
        shared::money::{Currency, Money},
    };
    use time::OffsetDateTime;
    use uuid::Uuid;

    use super::{MailTemplates, MailTexts, MinijinjaMailRenderer};

    fn render(content: &MailContent) -> SentMail {
        let texts = MailTexts {
            shop_name: "Tea & Co".to_owned(),
            public_url: "https://shop.example/".to_owned(),
        };
        MinijinjaMailRenderer { templates: MailTemplates::new(texts, None).unwrap() }
            .render(
                MailId::new(Uuid::nil()),
                "ann@example.com",
                content,
                OffsetDateTime::UNIX_EPOCH,
            )
            .unwrap()
    }

    fn welcome(name: &str) -> MailContent {
        let about = MailSubject::Account;
        MailContent {
            template: MailTemplate::Welcome,
            locale: Locale::En,
            name: name.to_owned(),
            about,
        }
    }

    fn paid(name: &str, order: OrderView) -> MailContent {
        let about = MailSubject::Order(Box::new(order));
        MailContent {
            template: MailTemplate::OrderPaid,
            locale: Locale::En,
            name: name.to_owned(),
            about,
        }
    }

    fn about(template: MailTemplate) -> MailSubject {
        match template {
            MailTemplate::VerifyEmail
            | MailTemplate::ResetPassword
            | MailTemplate::ConfirmEmail => MailSubject::Token(Secret("t0-k_n".to_owned())),
            MailTemplate::Welcome | MailTemplate::EmailChanged => MailSubject::Account,
            _ => MailSubject::Order(Box::new(order())),
        }
    }

    #[test]
    fn every_template_there_is_can_be_filled_in_every_language() {
        let mut subjects = std::collections::BTreeSet::new();
        for template in MailTemplate::ALL {
            for (locale, hello) in [(Locale::En, "Hello Ann,"), (Locale::Ru, "Здравствуйте, Ann!")]
            {
                let (template, name) = (*template, "Ann".to_owned());
                let about = about(template);
                let is_token = matches!(about, MailSubject::Token(_));
                let mail = render(&MailContent { template, locale, name, about });
                assert!(mail.text.starts_with(hello), "{template}: {}", mail.text);
                assert!(mail.html.contains(&format!("<html lang=\"{locale}\">")), "{template}");
                assert!(subjects.insert(mail.subject.clone()), "{template}: {}", mail.subject);
                // Quoted, a slash is another spelling of itself.
                for body in [mail.text, mail.html.replace("&#x2f;", "/")] {
                    assert!(body.contains("https://shop.example"), "{template}");
                    assert_eq!(body.contains("?token=t0-k_n"), is_token, "{template}: {body}");
                }
            }
        }
    }

    #[test]
    fn a_template_of_the_shop_takes_the_place_of_ours() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("en")).unwrap();
        let file = dir.path().join("en/welcome.txt.j2");
        std::fs::write(&file, "Ahoy\n\n{{ name }} is aboard").unwrap();
        let texts = MailTexts { shop_name: "Tea".to_owned(), public_url: "http://x".to_owned() };
        let made = || MailTemplates::new(texts.clone(), Some(dir.path()));
        let (id, to, now) = (MailId::new(Uuid::nil()), "a@b.example", OffsetDateTime::UNIX_EPOCH);
        let renderer = MinijinjaMailRenderer { templates: made().unwrap() };
        let mail = renderer.render(id, to, &welcome("Ann"), now).unwrap();
        assert_eq!((mail.subject.as_str(), mail.text.as_str()), ("Ahoy", "Ann is aboard"));
        assert!(mail.html.contains("<p>Hello Ann,</p>"), "the others stay");
        std::fs::write(&file, "{% if %}").unwrap();
        assert!(made().is_err(), "a broken one is found at the start");
    }

    fn order() -> OrderView {
        let rub = |minor| Money::new(minor, Currency::parse("RUB").unwrap());
        let line = |name: &str, quantity| LineView {
            id: LineId::new(Uuid::nil()),
            product: ProductId::new(Uuid::nil()),
            variant: VariantId::new(Uuid::nil()),
            name: name.to_owned(),
            sku: "TEA-1".to_owned(),
            quantity,
            unit_price: rub(10_799),
            discount: rub(0),
            shipped: 0,
        };
        OrderView {
            id: OrderId::new(Uuid::nil()),
            number: "K-0000ABCD".to_owned(),
            user: UserId::new(Uuid::nil()),
            status: OrderStatus::Paid,
            payment_status: PaymentStatus::Paid,
            fulfilment_status: FulfilmentStatus::Unfulfilled,
            subtotal: rub(32_397),
            discount: rub(0),
            total: rub(32_397),
            promo_code: None,
            lines: vec![line("Green <b>tea</b>", 2), line("Black tea", 1)],
            particulars: Particulars::default(),
            created_at: OffsetDateTime::UNIX_EPOCH,
            updated_at: OffsetDateTime::UNIX_EPOCH,
            expires_at: None,
        }
    }

    #[test]
    fn a_welcome_greets_by_name_and_links_to_the_shop() {
        let mail = render(&welcome("Ann"));
        assert_eq!(mail.subject, "Welcome to Tea & Co");
        assert_eq!(mail.to, "ann@example.com");
        let text =
            "Hello Ann,\n\nyour account at Tea & Co is ready.\n\nTea & Co\nhttps://shop.example";
        assert_eq!(mail.text, text);
        assert!(mail.html.contains("<p>Hello Ann,</p>"));
        assert!(mail.html.contains(r#">Tea &amp; Co</a>"#), "{}", mail.html);
    }

    #[test]
    fn a_paid_order_is_listed_line_by_line() {
        let mail = render(&paid("Ann", order()));
        assert_eq!(mail.subject, "Order K-0000ABCD is paid");
        for part in [
            "we have received 323.97 RUB for order K-0000ABCD.\n",
            "\n2 x Green <b>tea</b> (TEA-1), 107.99 RUB each\n",
            "\n1 x Black tea (TEA-1), 107.99 RUB each\n",
        ] {
            assert!(mail.text.contains(part), "{part:?} in {}", mail.text);
        }
        for part in ["<strong>323.97 RUB</strong>", "<td>2</td>", "<td>Black tea</td>"] {
            assert!(mail.html.contains(part), "{part:?} in {}", mail.html);
        }
    }

    #[test]
    fn what_was_taken_off_a_paid_order_is_told_between_its_subtotal_and_its_total() {
        let mut order = order();
        let plain = render(&paid("Ann", order.clone()));
        assert!(plain.text.contains("\nTotal: 323.97 RUB\n"), "{}", plain.text);
        assert!(!plain.text.contains("Discount") && !plain.html.contains("Discount"));
        order.discount.minor = 3_240;
        order.total.minor = 29_157;
        order.promo_code = Some("TEA-10".to_owned());
        let mut content = paid("Ann", order);
        let mail = render(&content);
        let sums = "\n\nSubtotal: 323.97 RUB\nDiscount (TEA-10): -32.40 RUB\nTotal: 291.57 RUB\n\n";
        assert!(mail.text.contains(sums), "{}", mail.text);
        for part in [
            "<td>Subtotal</td><td>323.97 RUB</td>",
            "<td>Discount (TEA-10)</td><td>-32.40 RUB</td>",
            "<td><strong>Total</strong></td><td><strong>291.57 RUB</strong></td>",
        ] {
            assert!(mail.html.contains(part), "{part:?} in {}", mail.html);
        }
        content.locale = Locale::Ru;
        let mail = render(&content);
        let sums = "\n\nСумма: 323.97 RUB\nСкидка (TEA-10): -32.40 RUB\nИтого: 291.57 RUB\n\n";
        assert!(mail.text.contains(sums), "{}", mail.text);
        for part in ["<td>Скидка (TEA-10)</td>", "<strong>Итого</strong>"] {
            assert!(mail.html.contains(part), "{part:?} in {}", mail.html);
        }
    }

    #[test]
    fn names_cannot_bring_markup_or_header_lines() {
        let name = "<script>alert(1)</script>\r\nBcc: eve@example.com";
        let mail = render(&paid(name, order()));
        assert!(!mail.html.contains("<script>") && mail.html.contains("&lt;script&gt;"));
        assert!(mail.html.contains("Green &lt;b&gt;tea"), "{}", mail.html);
        assert!(!mail.subject.contains(char::is_control) && !mail.subject.contains("Bcc"));
        let mut order = order();
        order.number = "K-1\rBcc: eve@example.com".to_owned();
        assert!(!render(&paid("Ann", order)).subject.contains(char::is_control));
    }

    #[test]
    fn template_syntax_in_data_is_only_data() {
        let mail = render(&welcome("{{ public_url }}{% raw %}"));
        assert!(mail.text.starts_with("Hello {{ public_url }}{% raw %},"));
    }
}
