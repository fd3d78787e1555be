//! Problems in Russian. Codes are never translated; `docs/errors.md` lists them.

use actix_web::http::StatusCode;

use super::FieldError;

/// The status in words.
pub(super) fn title(status: StatusCode) -> Option<&'static str> {
    Some(match status.as_u16() {
        400 => "Неверный запрос",
        401 => "Нужно войти",
        403 => "Доступ запрещён",
        404 => "Не найдено",
        405 => "Метод не поддерживается",
        408 => "Запрос шёл слишком долго",
        409 => "Конфликт",
        412 => "Данные изменились",
        413 => "Слишком большой запрос",
        415 => "Тип данных не поддерживается",
        422 => "Данные не приняты",
        428 => "Не хватает условия",
        429 => "Слишком много запросов",
        500 => "Внутренняя ошибка",
        503 => "Сервис временно недоступен",
        _ => return None,
    })
}

const BY_CODE: &[(&str, &str)] = &[
    ("already_exists", "Такое значение уже есть, а оно должно быть единственным."),
    ("amount_too_large", "Слишком большая сумма."),
    ("api_key_limit", "Ключей для программ может быть не больше 20."),
    ("api_key_not_found", "Такого ключа нет."),
    ("api_key_scope", "Ключ не может давать больше прав, чем есть у владельца."),
    ("bad_body", "Не удалось прочитать тело запроса."),
    ("bad_request", "Не удалось прочитать запрос."),
    ("body_too_large", "Тело запроса слишком велико."),
    ("busy", "Эти данные сейчас меняют другие. Попробуйте ещё раз."),
    ("capture_unsupported", "Эта платёжная система только списывает деньги сразу."),
    ("category_ambiguous", "Категорий с таким названием несколько, укажите category_id."),
    ("category_cycle", "Категория не может стоять под самой собой."),
    ("category_in_use", "В категории ещё есть товары или другие категории."),
    ("category_not_found", "Такой категории нет."),
    ("category_too_deep", "Категории вкладываются не глубже чем на 8 уровней."),
    ("cross_site", "Запрос пришёл с другого сайта."),
    ("csrf_token_invalid", "Страница устарела. Обновите её и попробуйте ещё раз."),
    ("currency_mismatch", "Суммы в разных валютах нельзя сложить."),
    ("currency_required", "Укажите валюту цены."),
    ("current_password_wrong", "Текущий пароль неверен."),
    ("dead_letter_not_found", "Такого недоставленного сообщения нет, или с ним уже разобрались."),
    ("deadline_exceeded", "Сервис сейчас не может ответить. Попробуйте позже."),
    ("email_taken", "Этот адрес почты уже занят."),
    ("forbidden", "У вас нет на это прав."),
    ("hashing_busy", "Сервис сейчас не может ответить. Попробуйте позже."),
    ("idempotency_key_in_progress", "Первый запрос с этим ключом ещё выполняется."),
    (
        "idempotency_key_malformed",
        "Idempotency-Key — от 1 до 255 видимых знаков ASCII, отправленных один раз.",
    ),
    ("idempotency_key_mismatch", "Этот ключ уже был у запроса с другим содержанием."),
    ("idempotency_key_required", "Здесь нужен Idempotency-Key."),
    ("internal", "У нас что-то сломалось."),
    ("invalid_body", "Запрос заполнен неверно."),
    ("invalid_id", "В адресе неверный идентификатор."),
    ("invalid_query", "Параметры запроса неверны."),
    ("invalid_transition", "В этом состоянии с заказом так поступить нельзя."),
    ("item_not_found", "Такого объявления нет."),
    ("last_super_admin", "Последний главный администратор не может уйти."),
    ("line_not_found", "Такой строки в заказе нет."),
    ("line_quantity_left", "Столько единиц отправить уже нельзя."),
    ("login_bad_credentials", "Имя или пароль неверны."),
    (
        "login_blocked",
        "Слишком много неверных паролей подряд. Поможет новый пароль или сотрудник магазина.",
    ),
    ("login_deactivated", "Эта учётная запись отключена."),
    ("mailbox_unavailable", "Сервис сейчас не может ответить. Попробуйте позже."),
    ("malformed_amount", "Это не сумма в указанной валюте."),
    ("malformed_form", "Не удалось прочитать форму."),
    ("malformed_json", "Тело запроса — не JSON."),
    ("malformed_query", "Не удалось прочитать параметры запроса."),
    ("method_not_allowed", "Этот адрес не принимает такой метод."),
    ("not_found", "По этому адресу ничего нет."),
    ("not_on_hand", "Товары под заказ ещё не поступили."),
    ("order_being_paid", "Этот заказ уже оплачивают, сейчас его менять нельзя."),
    ("order_line_count", "В заказе должно быть от 1 до 100 строк."),
    ("order_not_found", "Такого заказа нет."),
    ("order_not_payable", "Этот заказ не ждёт оплаты."),
    ("order_quantity", "Количество — от 1 до 1000."),
    ("out_of_stock", "Столько товара не осталось."),
    ("outcome_unknown", "Неизвестно, выполнен ли запрос. Повторите его с тем же ключом."),
    ("overloaded", "Сервис сейчас не может ответить. Попробуйте позже."),
    ("parent_not_found", "Такой родительской категории нет."),
    ("password_same_as_email", "Пароль совпадает с адресом почты."),
    ("password_same_as_username", "Пароль совпадает с именем пользователя."),
    ("password_too_common", "Этот пароль слишком легко угадать."),
    (
        "password_too_few_kinds",
        "Добавьте в пароль строчные и прописные буквы, цифры и другие знаки.",
    ),
    ("password_too_long", "Пароль слишком длинный."),
    ("password_too_short", "Пароль слишком короткий."),
    ("payment_active", "Этот заказ уже оплачивают."),
    ("payment_not_found", "Такого платежа нет."),
    ("payment_not_ready", "Платёжная система ещё не ответила."),
    ("payment_refused", "Платёжная система отказала."),
    ("payment_wrong_state", "В этом состоянии с платежом так поступить нельзя."),
    ("permissions_not_on_staff", "Права бывают только у сотрудников."),
    ("post_not_found", "Такой записи нет."),
    ("post_too_complex", "Разметка текста слишком сложна."),
    ("precondition_failed", "Кто-то изменил эти данные раньше вас."),
    ("price_negative", "Цена не может быть отрицательной."),
    ("product_archived", "Товар в архиве и больше не меняется."),
    ("product_no_price", "У товара нет цены в этой валюте."),
    ("product_not_found", "Такого товара нет."),
    ("product_not_priced", "Товар без цены нельзя показать."),
    ("product_not_sold", "Этот товар сейчас не продаётся."),
    ("product_without_price", "Товару нужна цена."),
    ("product_without_variant", "Товару нужен хотя бы один вариант."),
    ("promo_code_amount", "Скидка должна быть больше нуля."),
    ("promo_code_changed", "Промокод только что изменился или закончился. Попробуйте ещё раз."),
    ("promo_code_currency", "Этот промокод для заказов в другой валюте."),
    ("promo_code_exhausted", "Этот промокод уже закончился."),
    ("promo_code_expired", "Срок промокода истёк."),
    ("promo_code_inactive", "Этот промокод больше не действует."),
    ("promo_code_limit", "Промокод должен годиться хотя бы на один заказ."),
    ("promo_code_limit_below_used", "Заказов с этим промокодом уже больше."),
    ("promo_code_minimum", "Сумма заказа меньше той, с которой действует промокод."),
    (
        "promo_code_minimum_invalid",
        "Наименьшая сумма заказа отрицательна или в другой валюте, чем скидка.",
    ),
    ("promo_code_not_found", "Такого промокода нет."),
    ("promo_code_not_started", "Этот промокод ещё не действует."),
    ("promo_code_percent", "Скидка — от 0,01 до 100 процентов."),
    ("promo_code_taken", "Такой промокод уже есть."),
    ("promo_code_used_up", "Вы уже использовали этот промокод."),
    ("promo_code_window", "Промокод должен начинаться раньше, чем кончается."),
    ("rate_limited", "Слишком много запросов. Попробуйте позже."),
    ("refresh_bad_token", "Этот токен обновления не годится."),
    ("refund_exceeds_payment", "Столько вернуть нельзя: осталось меньше."),
    ("register_email_taken", "Этот адрес почты уже зарегистрирован."),
    ("register_username_taken", "Это имя пользователя уже занято."),
    ("request_timeout", "Запрос шёл слишком долго."),
    ("reset_password_bad_token", "Эта ссылка не годится: она устарела или уже использована."),
    ("session_not_found", "Такого сеанса нет."),
    ("session_revoked", "Сеанс завершён, войдите снова."),
    ("sku_taken", "Такой артикул уже есть."),
    ("slug_taken", "Такой адрес уже занят."),
    ("step_up_bad_password", "Пароль неверен."),
    ("step_up_required", "Введите пароль ещё раз."),
    ("stock_promised", "Часть этого товара уже обещана покупателям."),
    ("stopping", "Сервис сейчас не может ответить. Попробуйте позже."),
    ("store_unavailable", "Сервис сейчас не может ответить. Попробуйте позже."),
    ("token_invalid", "Токен доступа не годится."),
    ("token_missing", "Нужен токен доступа: Authorization: Bearer <токен>."),
    ("too_many_streams", "Открыто слишком много потоков событий. Закройте один из них."),
    ("unavailable", "Сервис сейчас не может ответить. Попробуйте позже."),
    ("unknown_currency", "Такой валюты нет."),
    ("unknown_provider", "Такой платёжной системы нет."),
    ("unsupported_media_type", "Такой тип данных или сжатое тело здесь не принимаются."),
    ("user_not_found", "Такого пользователя нет."),
    ("username_taken", "Это имя пользователя уже занято."),
    ("verify_user_already_verified", "Этот адрес уже подтверждён."),
    ("verify_user_bad_token", "Эта ссылка не годится: она устарела или уже использована."),
    ("webhook_malformed", "Не удалось прочитать уведомление."),
    ("webhook_signature", "Подпись уведомления неверна."),
];

/// What went wrong, by its code.
pub(super) fn detail(code: &str) -> Option<&'static str> {
    BY_CODE.iter().find(|(known, _)| *known == code).map(|(_, text)| *text)
}

/// What is said of fields has numbers and names in it: where the English has `{}`, the Russian has
/// the same.
const BY_TEXT: &[(&str, &str)] = &[
    ("{} to {} characters are wanted", "нужно от {} до {} знаков"),
    ("up to {} characters are wanted", "нужно не больше {} знаков"),
    ("{} to {} visible ASCII characters are wanted", "нужно от {} до {} видимых знаков ASCII"),
    ("{} to {} days are wanted", "нужно от {} до {} дней"),
    ("{} to {} ids are wanted", "нужно от {} до {} идентификаторов"),
    ("{} to {} products are wanted", "нужно от {} до {} товаров"),
    ("a whole number from {} to {} is wanted", "нужно целое число от {} до {}"),
    ("a whole number in range is wanted: {}", "нужно целое число в допустимых пределах"),
    ("control characters are not taken", "управляющие знаки не принимаются"),
    ("not an e-mail address", "это не адрес почты"),
    ("not a user name of {} to {} characters", "это не имя пользователя из {}–{} знаков"),
    ("not a cursor of this list", "это не курсор этого списка"),
    ("not a slug", "это не часть адреса из латинских букв, цифр и дефисов"),
    ("neither a UUID nor a slug", "это не UUID и не часть адреса"),
    ("given more than once", "указано больше одного раза"),
    ("less than price_min", "меньше, чем price_min"),
    ("at most {}", "не больше {}"),
    ("more than nothing is wanted", "нужно больше нуля"),
    ("a currency needs an amount", "валюте нужна сумма"),
    ("a decimal amount is wanted", "нужна десятичная сумма"),
    ("an ISO 4217 code is wanted", "нужен код валюты по ISO 4217"),
    ("only the grant `password` is taken here", "здесь принимается только grant_type `password`"),
    (
        "a refresh token is wanted, here or in a cookie",
        "нужен токен обновления, здесь или в cookie",
    ),
    ("exactly one of {} is wanted", "нужно ровно одно из {}"),
    ("one of {} is wanted", "нужно одно из {}"),
    ("missing field {}", "не хватает поля {}"),
    ("duplicate field {}", "поле {} указано дважды"),
    ("unknown field {}, expected {}", "неизвестное поле {}"),
    ("unknown variant {}, expected {}", "неизвестное значение {}"),
    ("invalid type: {}, expected {}", "неверный тип значения"),
    ("invalid value: {}, expected {}", "недопустимое значение"),
    ("invalid length {}, expected {}", "неверная длина"),
    ("UUID parsing failed: {}", "это не UUID"),
    ("{} is wanted", "ожидается {}"),
];

/// What is wrong with a field.
pub(super) fn field(error: &FieldError) -> FieldError {
    let by_text = || {
        let fits = |(english, russian): &(&str, &str)| {
            gaps(english, &error.detail).map(|gaps| fill(russian, &gaps))
        };
        BY_TEXT.iter().find_map(fits)
    };
    let detail = match detail(&error.code) {
        Some(known) => known.to_owned(),
        None => by_text().unwrap_or_else(|| "недопустимое значение".to_owned()),
    };
    FieldError { pointer: error.pointer.clone(), code: error.code.clone(), detail }
}

/// What stands in `text` where `pattern` has `{}`.
fn gaps<'a>(pattern: &str, text: &'a str) -> Option<Vec<&'a str>> {
    let mut parts = pattern.split("{}");
    let mut rest = text.strip_prefix(parts.next()?)?;
    let mut gaps = Vec::new();
    for part in parts {
        let end = if part.is_empty() { rest.len() } else { rest.find(part)? };
        gaps.push(rest.get(..end)?);
        rest = rest.get(end + part.len()..)?;
    }
    rest.is_empty().then_some(gaps)
}

fn fill(pattern: &str, gaps: &[&str]) -> String {
    let mut parts = pattern.split("{}");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for (part, gap) in parts.zip(gaps) {
        text.push_str(gap);
        text.push_str(part);
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{BY_CODE, BY_TEXT, field, title};
    use crate::error::FieldError;

    fn documented() -> impl Iterator<Item = (&'static str, u16)> {
        let lines = include_str!("../../../../docs/errors.md").lines();
        let row = |line: &'static str| {
            let mut cells = line.split('|').map(str::trim).skip(1);
            let code = cells.next()?.strip_prefix('`')?.strip_suffix('`')?;
            Some((code, cells.next()?))
        };
        lines.filter_map(row).flat_map(|(code, statuses)| {
            let numbers = statuses.split(|c: char| !c.is_ascii_digit());
            numbers.filter_map(|text| text.parse().ok()).map(move |status| (code, status))
        })
    }

    #[test]
    fn every_documented_code_and_status_is_said_in_russian() {
        let known: BTreeSet<_> = BY_CODE.iter().map(|(code, _)| *code).collect();
        let codes: BTreeSet<_> = documented().map(|(code, _)| code).collect();
        assert!(codes.len() > 80, "docs/errors.md was read");
        assert_eq!(known, codes);
        assert_eq!(known.len(), BY_CODE.len(), "each code once");
        for (code, status) in documented() {
            assert!(title(status.try_into().unwrap()).is_some(), "{code}: {status}");
        }
        for (code, text) in BY_CODE {
            assert!(text.chars().any(|c| matches!(c, 'а'..='я')), "{code}");
        }
    }

    #[test]
    fn what_is_said_of_fields_keeps_its_numbers() {
        let said = |code: &str, detail: &str| {
            let (pointer, code, detail) = ("/a".into(), code.into(), detail.into());
            field(&FieldError { pointer, code, detail }).detail
        };
        for (code, english, russian) in [
            ("length", "1 to 100 characters are wanted", "нужно от 1 до 100 знаков"),
            ("malformed", "not an e-mail address", "это не адрес почты"),
            (
                "malformed",
                "not a user name of 3 to 50 characters",
                "это не имя пользователя из 3–50 знаков",
            ),
            ("invalid", "missing field `email`", "не хватает поля `email`"),
            ("invalid", "unknown field `a`, expected `b` or `c`", "неизвестное поле `a`"),
            ("invalid", "one of newest, price is wanted", "нужно одно из newest, price"),
            ("invalid", "true or false is wanted", "ожидается true or false"),
            ("register_email_taken", "whatever", "Этот адрес почты уже зарегистрирован."),
            ("other", "something new", "недопустимое значение"),
        ] {
            assert_eq!(said(code, english), russian);
        }
    }

    #[test]
    fn no_gap_is_filled_that_the_english_does_not_have() {
        for (english, russian) in BY_TEXT {
            assert!(english.matches("{}").count() >= russian.matches("{}").count(), "{english}");
        }
    }
}
