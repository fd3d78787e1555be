use domain::{
    messaging::{MailContent, MailError, MailId, MailRenderer, MailTemplate, SentMail},
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
    /// Parses the templates.
    ///
    /// # Errors
    /// [`MailError::Render`] when one is broken.
    pub fn new(texts: MailTexts) -> Result<Self, MailError> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        for (name, source) in [
            ("welcome.txt.j2", include_str!("../templates/welcome.txt.j2")),
            ("welcome.html.j2", include_str!("../templates/welcome.html.j2")),
            ("order_paid.txt.j2", include_str!("../templates/order_paid.txt.j2")),
            ("order_paid.html.j2", include_str!("../templates/order_paid.html.j2")),
        ] {
            environment.add_template(name, source).map_err(broken)?;
        }
        let public_url = texts.public_url.trim_end_matches('/').to_owned();
        Ok(Self { environment, texts: MailTexts { public_url, ..texts } })
    }

    fn fill(&self, name: &str, context: &Context<'_>) -> Result<String, MailError> {
        let template = self.environment.get_template(name).map_err(broken)?;
        template.render(context).map_err(broken)
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
        let (template, name, order) = match content {
            MailContent::Welcome { name } => (MailTemplate::Welcome, name, None),
            MailContent::OrderPaid { name, order } => {
                (MailTemplate::OrderPaid, name, Some(OrderContext::from(&**order)))
            }
        };
        let context = Context { shop, public_url, name, order };
        let text = self.templates.fill(&format!("{template}.txt.j2"), &context)?;
        let html = self.templates.fill(&format!("{template}.html.j2"), &context)?;
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
    order: Option<OrderContext<'a>>,
}

#[derive(Serialize)]
struct OrderContext<'a> {
    number: &'a str,
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
        identity::UserId,
        messaging::{MailContent, MailId, MailRenderer, SentMail},
        ordering::{
            FulfilmentStatus, LineId, LineView, OrderId, OrderStatus, OrderView, PaymentStatus,
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
        MinijinjaMailRenderer { templates: MailTemplates::new(texts).unwrap() }
            .render(
                MailId::new(Uuid::nil()),
                "ann@example.com",
                content,
                OffsetDateTime::UNIX_EPOCH,
            )
            .unwrap()
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
            shipped: 0,
        };
        OrderView {
            id: OrderId::new(Uuid::nil()),
            number: "K-0000ABCD".to_owned(),
            user: UserId::new(Uuid::nil()),
            status: OrderStatus::Paid,
            payment_status: PaymentStatus::Paid,
            fulfilment_status: FulfilmentStatus::Unfulfilled,
            total: rub(32_397),
            lines: vec![line("Green <b>tea</b>", 2), line("Black tea", 1)],
            created_at: OffsetDateTime::UNIX_EPOCH,
            updated_at: OffsetDateTime::UNIX_EPOCH,
            expires_at: None,
        }
    }

    #[test]
    fn a_welcome_greets_by_name_and_links_to_the_shop() {
        let mail = render(&MailContent::Welcome { name: "Ann".to_owned() });
        assert_eq!(mail.subject, "Welcome to Tea & Co");
        assert_eq!(mail.to, "ann@example.com");
        let text = "Hello Ann,\n\nyour account at Tea & Co is ready.\n\nhttps://shop.example";
        assert_eq!(mail.text, text);
        assert!(mail.html.contains("<p>Hello Ann,</p>"));
        assert!(mail.html.contains(r#">Tea &amp; Co</a>"#), "{}", mail.html);
    }

    #[test]
    fn a_paid_order_is_listed_line_by_line() {
        let content = MailContent::OrderPaid { name: "Ann".to_owned(), order: Box::new(order()) };
        let mail = render(&content);
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
    fn names_cannot_bring_markup_or_header_lines() {
        let name = "<script>alert(1)</script>\r\nBcc: eve@example.com".to_owned();
        let content = MailContent::OrderPaid { name, order: Box::new(order()) };
        let mail = render(&content);
        assert!(!mail.html.contains("<script>") && mail.html.contains("&lt;script&gt;"));
        assert!(mail.html.contains("Green &lt;b&gt;tea"), "{}", mail.html);
        assert!(!mail.subject.contains(char::is_control) && !mail.subject.contains("Bcc"));
        let mut order = order();
        order.number = "K-1\rBcc: eve@example.com".to_owned();
        let content = MailContent::OrderPaid { name: "Ann".to_owned(), order: Box::new(order) };
        assert!(!render(&content).subject.contains(char::is_control));
    }

    #[test]
    fn template_syntax_in_data_is_only_data() {
        let mail = render(&MailContent::Welcome { name: "{{ public_url }}{% raw %}".to_owned() });
        assert!(mail.text.starts_with("Hello {{ public_url }}{% raw %},"));
    }
}
