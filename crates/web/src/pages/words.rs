//! What pages say, in every language.

use std::{collections::BTreeMap, sync::LazyLock};

use crate::lang::Lang;

/// Name, English, Russian.
#[rustfmt::skip]
const WORDS: &[(&str, &str, &str)] = &[
    ("skip", "Skip to content", "Перейти к содержанию"),
    ("main_menu", "Main menu", "Главное меню"),
    ("language", "Language", "Язык"),
    ("shop", "Shop", "Магазин"),
    ("account", "Account", "Кабинет"),
    ("sessions_admin", "Sessions", "Сеансы"),
    ("log_in", "Log in", "Войти"),
    ("log_out", "Log out", "Выйти"),
    ("register", "Create an account", "Создать учётную запись"),
    ("register_short", "Sign up", "Регистрация"),
    ("api_docs", "API documentation", "Документация API"),
    ("footer", "An online store you can trust with money.", "Интернет-магазин, которому можно доверить деньги."),

    ("home_title", "Shop", "Магазин"),
    ("home_heading", "What would you like today?", "Что ищете сегодня?"),
    ("search", "Search", "Поиск"),
    ("search_hint", "For example: green tea", "Например: зелёный чай"),
    ("find", "Find", "Найти"),
    ("categories", "Categories", "Категории"),
    ("everything", "Everything", "Всё"),
    ("sort", "Sort by", "Порядок"),
    ("sort_newest", "Newest", "Сначала новые"),
    ("sort_price", "Price, low to high", "Сначала дешёвые"),
    ("sort_-price", "Price, high to low", "Сначала дорогие"),
    ("sort_name", "Name", "По названию"),
    ("sort_relevance", "Relevance", "По соответствию"),
    ("found", "Products found:", "Найдено товаров:"),
    ("nothing_found", "Nothing was found. Try other words or another category.", "Ничего не нашлось. Попробуйте другие слова или другую категорию."),
    ("in_stock", "In stock", "Есть в наличии"),
    ("out_of_stock", "Out of stock", "Нет в наличии"),
    ("no_price", "Not for sale now", "Сейчас не продаётся"),
    ("previous", "Previous page", "Предыдущая страница"),
    ("next_page", "Next page", "Следующая страница"),
    ("pages", "Pages", "Страницы"),
    ("page_of", "Page", "Страница"),

    ("sku", "SKU", "Артикул"),
    ("quantity", "Quantity", "Количество"),
    ("variant", "Variant", "Вариант"),
    ("buy", "Order", "Заказать"),
    ("log_in_to_buy", "Log in to order", "Войдите, чтобы заказать"),
    ("back_to_shop", "Back to the shop", "Назад в магазин"),

    ("login_title", "Log in", "Вход"),
    ("login", "E-mail or user name", "Почта или имя пользователя"),
    ("password", "Password", "Пароль"),
    ("new_here", "New here?", "Впервые у нас?"),
    ("register_title", "Create an account", "Регистрация"),
    ("email", "E-mail", "Почта"),
    ("username", "User name", "Имя пользователя"),
    ("first_name", "First name", "Имя"),
    ("last_name", "Last name", "Фамилия"),
    ("optional", "optional", "необязательно"),
    ("password_hint", "8 characters or more; a few words are easy to remember.", "Не короче 8 знаков; несколько слов легко запомнить."),
    ("forgot_password", "Forgot the password?", "Забыли пароль?"),
    ("forgot_title", "Set a new password", "Новый пароль"),
    ("forgot_text", "Give the e-mail of your account. If we know it, a mail will bring a link to set a new password.", "Укажите почту вашей учётной записи. Если она у нас есть, в письме придёт ссылка, по которой можно задать новый пароль."),
    ("send_link", "Send the link", "Прислать ссылку"),
    ("set_password", "Set the password", "Задать пароль"),
    ("another_link", "Have another link sent", "Прислать другую ссылку"),
    ("verify_title", "Confirm your e-mail", "Подтверждение почты"),
    ("verify_text", "Press the button to confirm that this address is yours.", "Нажмите кнопку, чтобы подтвердить, что этот адрес ваш."),
    ("verify", "Confirm the address", "Подтвердить адрес"),
    ("have_account", "Have an account already?", "Уже есть учётная запись?"),
    ("not_accepted", "That did not work", "Не получилось"),

    ("account_title", "Your account", "Личный кабинет"),
    ("on_this_page", "On this page", "На этой странице"),
    ("profile", "Profile", "Профиль"),
    ("save", "Save", "Сохранить"),
    ("verified", "confirmed", "подтверждена"),
    ("unverified", "not confirmed", "не подтверждена"),
    ("orders", "Orders", "Заказы"),
    ("no_orders", "You have not ordered anything yet.", "Вы ещё ничего не заказывали."),
    ("order", "Order", "Заказ"),
    ("pay", "Pay", "Оплатить"),
    ("cancel_order", "Cancel", "Отменить"),
    ("pay_title", "Payment", "Оплата"),
    ("pay_text", "You pay on the page of the payment provider.", "Оплата проходит на странице платёжной системы."),
    ("pay_go", "Go to payment", "Перейти к оплате"),
    ("amount", "Amount", "Сумма"),
    ("sessions", "Sessions", "Сеансы"),
    ("sessions_text", "Devices you are signed in on. End those you do not recognise.", "Устройства, на которых вы вошли. Завершите незнакомые."),
    ("this_device", "this device", "это устройство"),
    ("unknown_device", "Unknown device", "Неизвестное устройство"),
    ("last_used", "Last used", "Последний вход"),
    ("since", "Since", "Открыт"),
    ("network", "Network", "Сеть"),
    ("end_session", "End", "Завершить"),
    ("end_all", "End all sessions", "Завершить все сеансы"),
    ("change_password", "Change password", "Сменить пароль"),
    ("change_password_text", "All other sessions end.", "Все остальные сеансы завершатся."),
    ("current_password", "Current password", "Текущий пароль"),
    ("new_password", "New password", "Новый пароль"),
    ("newer", "Newer", "Новее"),
    ("older", "Older", "Старше"),

    ("done_profile", "Your profile is saved.", "Профиль сохранён."),
    ("done_password", "Your password is changed; all other sessions have ended.", "Пароль изменён, остальные сеансы завершены."),
    ("done_session", "The session has ended.", "Сеанс завершён."),
    ("done_order", "Thank you! Your order is placed; it waits for payment.", "Спасибо! Заказ оформлен и ждёт оплаты."),
    ("done_cancel", "The order is cancelled.", "Заказ отменён."),
    ("done_all", "All sessions have ended.", "Все сеансы завершены."),
    ("done_verified", "Your e-mail is confirmed.", "Почта подтверждена."),
    ("done_reset", "Your password is changed and every session has ended. Log in with the new one.", "Пароль изменён, все сеансы завершены. Войдите с новым."),
    ("done_mailed", "A mail tells how to go on.", "Что делать дальше, написано в письме."),

    ("admin_title", "Sessions of a person", "Сеансы пользователя"),
    ("admin_text", "Find somebody by e-mail, user name or id, and end sessions at once, everywhere.", "Найдите человека по почте, имени или идентификатору и завершите сеансы сразу везде."),
    ("who", "E-mail, user name or id", "Почта, имя или идентификатор"),
    ("nobody", "There is no such person.", "Такого пользователя нет."),
    ("no_sessions", "Not signed in anywhere.", "Нет открытых сеансов."),
    ("not_yours", "Sessions of this person are ended by a super admin.", "Сеансы этого человека завершает главный администратор."),
    ("role_user", "customer", "покупатель"),
    ("role_staff", "staff", "сотрудник"),
    ("role_super_admin", "super admin", "главный администратор"),
    ("deactivated", "switched off", "отключён"),

    ("mock_title", "Mock checkout", "Учебная оплата"),
    ("mock_text", "This is the mock payment provider. No money moves here.", "Это учебная платёжная система. Настоящие деньги здесь не списываются."),
    ("mock_payment", "Payment", "Платёж"),
    ("mock_status", "Status", "Состояние"),
    ("mock_reason", "Reason", "Причина"),
    ("mock_bank", "This is the bank of the customer. Is it really you who pays?", "Это банк покупателя. Это действительно вы платите?"),
    ("mock_yes", "Yes, pay", "Да, оплатить"),
    ("mock_no", "No", "Нет"),
    ("mock_pay", "Pay", "Оплатить"),
    ("mock_decline", "Decline", "Отклонить"),
    ("mock_challenge", "3-D Secure", "Проверка 3-D Secure"),
    ("mock_duplicate", "Pay, reported twice", "Оплатить, сообщить дважды"),
    ("mock_late", "Pay, reported only when asked", "Оплатить, сообщить только по запросу"),
    ("mock_reordered", "Pay, reported in the wrong order", "Оплатить, сообщить в другом порядке"),
    ("mock_wrong_amount", "Pay, reported with another amount", "Оплатить, сообщить другую сумму"),
    ("mock_settled", "This payment is settled; you can close this page.", "С этим платежом всё решено, страницу можно закрыть."),
    ("mock_told", "The store was told.", "Магазину сообщено."),
    ("mock_told_again", "The store was told; what it knew already changed nothing.", "Магазину сообщено; то, что он уже знал, ничего не изменило."),
    ("mock_not_told", "The store was not told.", "Магазину не сообщено."),
    ("attempt_created", "begun", "начат"),
    ("attempt_pending", "waits for the customer", "ждёт покупателя"),
    ("attempt_requires_action", "waits for the bank", "ждёт подтверждения банка"),
    ("attempt_authorized", "money reserved", "деньги зарезервированы"),
    ("attempt_succeeded", "paid", "оплачен"),
    ("attempt_failed", "declined", "отклонён"),
    ("attempt_canceled", "cancelled", "отменён"),
    ("attempt_expired", "expired", "истёк"),
    ("attempt_conflicted", "contradictory", "противоречив"),

    ("mailbox_title", "Mailbox", "Почтовый ящик"),
    ("mailbox_text", "Mails the store would have sent, newest first. Only in development.", "Письма, которые отправил бы магазин, новые сверху. Только при разработке."),
    ("mailbox_to", "to", "кому:"),
    ("mailbox_empty", "No mail yet.", "Писем пока нет."),

    ("failed_home", "To the shop", "В магазин"),
    ("failed_id", "If you ask us about it, name this number:", "Если обратитесь к нам, назовите этот номер:"),

    ("status_pending", "waits for payment", "ждёт оплаты"),
    ("status_paid", "paid", "оплачен"),
    ("status_processing", "being packed", "собирается"),
    ("status_partially_shipped", "partly sent", "отправлен частично"),
    ("status_shipped", "sent", "отправлен"),
    ("status_delivered", "delivered", "доставлен"),
    ("status_completed", "completed", "завершён"),
    ("status_cancelled", "cancelled", "отменён"),
    ("status_expired", "expired", "истёк"),
    ("payment_none", "not paid", "не оплачен"),
    ("payment_authorized", "money reserved", "деньги зарезервированы"),
    ("payment_partially_paid", "partly paid", "оплачен частично"),
    ("payment_paid", "paid", "оплачен"),
    ("payment_partially_refunded", "partly refunded", "возвращён частично"),
    ("payment_refunded", "refunded", "деньги возвращены"),
    ("payment_overpaid", "overpaid", "переплата"),
    ("payment_voided", "payment voided", "оплата отменена"),
    ("payment_disputed", "payment disputed", "оплата оспорена"),
];

type Words = BTreeMap<&'static str, &'static str>;

static ENGLISH: LazyLock<Words> =
    LazyLock::new(|| WORDS.iter().map(|(name, english, _)| (*name, *english)).collect());
static RUSSIAN: LazyLock<Words> =
    LazyLock::new(|| WORDS.iter().map(|(name, _, russian)| (*name, *russian)).collect());

/// Everything pages say, by name.
pub(super) fn in_language(lang: Lang) -> &'static Words {
    match lang {
        Lang::En => &ENGLISH,
        Lang::Ru => &RUSSIAN,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use domain::{
        identity::Role,
        ordering::{OrderStatus, PaymentStatus},
        payments::AttemptStatus,
    };

    use super::{WORDS, in_language};
    use crate::{lang::Lang, pages::SOURCES};

    #[test]
    fn everything_templates_say_is_said_in_every_language() {
        let names: BTreeSet<_> = WORDS.iter().map(|(name, ..)| *name).collect();
        assert_eq!(names.len(), WORDS.len(), "each name once");
        for (name, english, russian) in WORDS {
            assert!(!english.is_empty(), "{name}");
            assert!(russian.chars().any(|c| matches!(c, 'а'..='я' | 'А'..='Я')), "{name}");
        }
        for (template, source) in SOURCES {
            let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
            for said in source.split(|c| !is_name(c)).filter_map(|word| word.strip_prefix("t.")) {
                assert!(names.contains(said), "{template}: {said}");
            }
        }
    }

    #[test]
    fn every_state_has_a_word() {
        let words = in_language(Lang::Ru);
        for status in OrderStatus::ALL {
            assert!(words.contains_key(format!("status_{status}").as_str()), "{status}");
        }
        for status in PaymentStatus::ALL {
            assert!(words.contains_key(format!("payment_{status}").as_str()), "{status}");
        }
        for status in AttemptStatus::ALL {
            assert!(words.contains_key(format!("attempt_{status}").as_str()), "{status}");
        }
        for role in Role::ALL {
            assert!(words.contains_key(format!("role_{role}").as_str()), "{role}");
        }
    }
}
