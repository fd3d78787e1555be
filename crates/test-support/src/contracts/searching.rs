//! Contract of full-text search: the same rows in the same order from every database. The
//! reference store takes no part in it.

use std::collections::HashMap;

use domain::{
    catalogue::{
        CatalogueReads, CategoryKey, ProductEdit, ProductFilter, ProductId, ProductKey,
        ProductSort, ProductStatus, SearchText,
    },
    shared::page::Window,
};

use super::StoreFixture;
use crate::builders::{self, product, roubles, stamp_at};

/// Slug, name and description; the oldest first.
pub const CORPUS: [(&str, &str, &str); 18] = [
    ("cup", "Кружка «Ёлочка»", "Фарфоровая кружка для чая, 300 мл."),
    ("green-tea", "Зелёный чай", "Китайский листовой чай. Loose leaf green tea."),
    ("black-tea", "Чёрный чай", "Крепкий индийский чай с бергамотом."),
    ("teapot", "Чайник заварочный", "Стеклянный чайник для зелёного чая."),
    ("earl-grey", "Earl Grey Tea", "Black tea with bergamot; tastes of home."),
    ("teacups", "Teacups, set of 4", "Porcelain cups for tea and coffee."),
    ("headphones", "Wireless Headphones", "Over-ear headphones, 30 hours."),
    ("earphones", "Наушники", "Беспроводные наушники с микрофоном."),
    ("lamp", "Desk Lamp", "A lamp for a desk."),
    ("lamps", "Лампа настольная", "Светодиодная лампа, тёплый свет."),
    ("cotton", "100% Cotton Towel", "Полотенце: хлопок 100%, мягкое."),
    ("snake", "snake_case notebook", "For people who write a_b and c%d."),
    ("quotes", "O'Reilly's \"Rust\" book", "It's about 'ownership'."),
    ("gift", "🎁 Gift box 🎉", "Emoji inside: 🎁."),
    ("cafe", "Café crème", "Coffee, naïve and sweet."),
    ("model", "Чайник ПН-7000/а", "Модель 7000."),
    ("candle", "Soy Candles", "Свеча из соевого воска."),
    ("symbols", "★★★", "Only stars in its name."),
];

/// What is asked, and the slugs of what is found, the most relevant first.
const ASKED: [(&str, &[&str]); 44] = [
    // Forms of a word, in both languages; the name before the description, and the newest first.
    ("чай", &["black-tea", "green-tea", "model", "teapot", "cup"]),
    ("чая", &["black-tea", "green-tea", "teapot", "cup"]),
    ("ЧАЙНИКИ", &["model", "teapot"]),
    ("кружки", &["cup"]),
    ("tea", &["earl-grey", "teacups", "green-tea"]),
    ("candle", &["candle"]),
    ("свечи", &["candle"]),
    ("елочка", &["cup"]),
    ("ЁЛОЧКА", &["cup"]),
    ("cafe", &["cafe"]),
    ("CAFÉ", &["cafe"]),
    // Every word is wanted, in any order, wherever it is.
    ("зелёный чай", &["green-tea", "teapot"]),
    ("чай зеленый", &["green-tea", "teapot"]),
    ("чай бергамот", &["black-tea"]),
    ("tea чай", &["green-tea"]),
    ("tea headphones", &[]),
    ("black tea", &["earl-grey"]),
    // The last word may be a beginning.
    ("head", &["headphones"]),
    ("wireless hea", &["headphones"]),
    ("hea wireless", &[]),
    ("науш", &["earphones"]),
    ("teacu", &["teacups"]),
    ("t", &[]),
    // Small mistakes are seen through.
    ("haedphones", &["headphones"]),
    ("headfones", &["headphones"]),
    ("wirelss headphons", &["headphones"]),
    ("чайнек", &["model", "teapot"]),
    ("кружак", &["cup"]),
    ("нашуники", &["earphones"]),
    ("настольнаа лмапа", &["lamps"]),
    ("bergamto", &["earl-grey"]),
    ("xyzzy", &[]),
    // What is no letter and no digit is no part of a word, and nothing by itself.
    ("100%", &["cotton"]),
    ("%", &[]),
    ("_", &[]),
    ("100% хлопок", &["cotton"]),
    ("snake_case", &["snake"]),
    ("oreillys", &["quotes"]),
    ("\"rust\"", &["quotes"]),
    ("🎁", &[]),
    ("🎁 gift", &["gift"]),
    ("пн-7000", &["model"]),
    ("★★★", &[]),
    ("7000", &["model"]),
];

/// Taken for what they are: text.
const HOSTILE: [&str; 16] = [
    "'; DROP TABLE products; --",
    "\" OR \"\"=\"",
    "words:tea",
    "tea NOT cup",
    "tea AND",
    "tea OR",
    "NEAR(tea cup)",
    "tea*",
    "^tea",
    "{words}: tea",
    "tea & !cup",
    "'tea':*",
    "tea <-> cup",
    "\\",
    "a\u{0}b",
    "((((((((",
];

async fn stock(f: &StoreFixture) -> HashMap<ProductId, &'static str> {
    let mut slugs = HashMap::new();
    for (slug, name, description) in CORPUS {
        let builder = product(slug).named(name).described(description);
        slugs.insert(f.stock_up(builder).await, slug);
    }
    slugs
}

fn about(text: &str) -> ProductFilter {
    ProductFilter { text: SearchText::parse(text), ..ProductFilter::default() }
}

/// All that is found, the most relevant first, by offset and by place in windows of two.
async fn search(reads: &dyn CatalogueReads, filter: &ProductFilter) -> Vec<ProductId> {
    let sort = ProductSort::Relevance;
    let whole = Window::Offset { limit: 100, offset: 0 };
    let page = reads.products(filter, sort, whole).await.unwrap();
    let ids: Vec<_> = page.items.iter().map(|product| product.id).collect();
    assert_eq!(page.total, Some(u64::try_from(ids.len()).unwrap()));
    let mut walked = Vec::new();
    let mut window = Window::Offset { limit: 2, offset: 0 };
    loop {
        let page = reads.products(filter, sort, window).await.unwrap();
        walked.extend(page.items.iter().map(|product| product.id));
        let Some(after) = page.next else { break };
        assert!(after.is_of(sort));
        window = Window::After { limit: 2, after };
    }
    assert_eq!(walked, ids, "{filter:?}");
    let beyond = Window::Offset { limit: 5, offset: 50 };
    let page = reads.products(filter, sort, beyond).await.unwrap();
    assert_eq!((page.items.len(), page.total), (0, u64::try_from(ids.len()).ok()));
    ids
}

/// Words are found in all their forms, mistyped and unfinished, in Russian and in English.
pub async fn words_are_found_in_the_same_order_everywhere(f: StoreFixture) {
    let slugs = stock(&f).await;
    for (text, expected) in ASKED {
        let found = search(&*f.catalogue_reads, &about(text)).await;
        let found: Vec<_> = found.iter().map(|id| slugs[id]).collect();
        assert_eq!(found, expected, "{text}");
    }
}

/// Nothing in a text means anything to a database.
pub async fn a_text_is_never_a_question_in_another_language(f: StoreFixture) {
    stock(&f).await;
    for text in HOSTILE {
        search(&*f.catalogue_reads, &about(text)).await;
    }
    let tea = search(&*f.catalogue_reads, &about("tea")).await;
    for same in ["tea*", "^tea", "'tea':*", "tea!", "(tea)", "+tea", "-tea"] {
        assert_eq!(search(&*f.catalogue_reads, &about(same)).await, tea, "{same}");
    }
    let long = "ж ".repeat(100);
    assert_eq!(search(&*f.catalogue_reads, &about(long.trim())).await, []);
    let longest: String = "абвгдежз ".chars().cycle().take(200).collect();
    assert_eq!(search(&*f.catalogue_reads, &about(&longest)).await, []);
}

/// A search is narrowed and ordered like any other list.
pub async fn what_is_found_is_narrowed_and_ordered(f: StoreFixture) {
    let tea = builders::category(&f.ids, None, "tea");
    let mut uow = f.catalogue.begin(&StoreFixture::provenance()).await.unwrap();
    uow.categories().insert_all(std::slice::from_ref(&tea)).await.unwrap();
    uow.commit().await.unwrap();
    let add = async |slug: &str, minor: i64| {
        let builder = product(slug).prices(&[roubles(minor)]);
        f.stock_up(if slug.ends_with("in") { builder.in_category(tea.id) } else { builder }).await
    };
    let (a, b) = (add("mug-a-in", 300).await, add("mug-b-in", 100).await);
    let c = add("mug-c", 200).await;
    let draft = f.stock_up(product("mug-d").status(ProductStatus::Draft)).await;
    let ids = async |filter: &ProductFilter, sort| {
        let window = Window::Offset { limit: 100, offset: 0 };
        let page = f.catalogue_reads.products(filter, sort, window).await.unwrap();
        page.items.iter().map(|product| product.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(&about("mug"), ProductSort::Relevance).await, [c, b, a]);
    assert_eq!(ids(&about("mug"), ProductSort::Newest).await, [c, b, a]);
    assert_eq!(ids(&about("mug"), ProductSort::Cheapest).await, [b, c, a]);
    assert_eq!(ids(&about("mug"), ProductSort::Dearest).await, [a, c, b]);
    assert_eq!(ids(&about("mug"), ProductSort::Name).await, [a, b, c]);
    let inside = ProductFilter { category: Some(CategoryKey::Id(tea.id)), ..about("mug") };
    assert_eq!(ids(&inside, ProductSort::Relevance).await, [b, a]);
    let drafts = ProductFilter { status: Some(ProductStatus::Draft), ..about("mug") };
    assert_eq!(ids(&drafts, ProductSort::Relevance).await, [draft]);
    let facets = f.catalogue_reads.facets(&about("mug")).await.unwrap();
    assert_eq!(facets.iter().map(|facet| facet.products).sum::<u64>(), 3);
    assert!(f.catalogue_reads.facets(&about("%")).await.unwrap().is_empty());
}

/// What is searched is what was last written, and nothing that was rolled back or taken away.
pub async fn the_index_follows_the_products(f: StoreFixture) {
    let id = f.stock_up(product("kettle").named("Чайник").described("Красный")).await;
    let found = async |text: &str| search(&*f.catalogue_reads, &about(text)).await;
    assert_eq!(found("чайник").await, [id]);
    let change = async |name: &str, description: &str, commit: bool| {
        let mut uow = f.catalogue.begin(&StoreFixture::provenance()).await.unwrap();
        let mut kettle = uow.products().find(&ProductKey::Id(id)).await.unwrap().unwrap();
        let edit = ProductEdit {
            name: Some(name.to_owned()),
            description: Some(description.to_owned()),
            ..ProductEdit::default()
        };
        kettle.edit(edit, stamp_at(&f.ids, super::store::at(9))).unwrap();
        uow.products().update(&kettle).await.unwrap();
        if commit {
            uow.commit().await.unwrap();
        }
    };
    change("Самовар", "Медный", false).await;
    assert_eq!((found("чайник").await, found("самовар").await), (vec![id], vec![]));
    change("Лампа", "Синяя", true).await;
    assert_eq!((found("чайник").await, found("красный").await), (vec![], vec![]));
    for text in ["лампа", "синий", "лмапа"] {
        assert_eq!(found(text).await, [id], "{text}");
    }

    let gone = f.stock_up(product("samovar").named("Самовар").uncounted()).await;
    assert_eq!(found("самовар").await, [gone]);
    let mut uow = f.catalogue.begin(&StoreFixture::provenance()).await.unwrap();
    let mut samovar = uow.products().find(&ProductKey::Id(gone)).await.unwrap().unwrap();
    samovar.delete(stamp_at(&f.ids, super::store::at(10)));
    assert!(uow.products().delete(&samovar).await.unwrap());
    uow.commit().await.unwrap();
    assert_eq!(found("самовар").await, []);
    assert_eq!(found("лампа").await, [id]);
}

/// One test for each clause.
#[macro_export]
macro_rules! searching_contract {
    ($fixture:expr) => {
        $crate::contract_tests!(searching, $fixture;
            words_are_found_in_the_same_order_everywhere,
            a_text_is_never_a_question_in_another_language,
            what_is_found_is_narrowed_and_ordered,
            the_index_follows_the_products,
        );
    };
}
