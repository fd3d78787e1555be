use std::sync::{Arc, atomic::Ordering};

use actix_web::test::TestRequest;
use domain::{
    catalogue::{
        CatalogueChanges, CategoryKey, PriceLevel, ProductFilter, ProductSort, ProductStatus,
        SearchText,
    },
    shared::{money::Currency, page::Window},
};
use futures_util::future::join_all;
use serde_json::Value;
use web::HttpSettings;

use crate::{json, signed, site, site_with, stubs::*};

#[actix_web::test]
async fn a_product_is_shown_by_id_and_by_slug() {
    let site = site().await;
    let by_slug = site.get("/api/v1/products/assam").await;
    let by_id = site.get(&format!("/api/v1/products/{PRODUCT}")).await;
    assert_eq!(by_slug.body, by_id.body);
    let product = by_id.json();
    assert_eq!(product["price"], "107.99");
    assert_eq!(product["currency"], "RUB");
    assert_eq!(product["available"], 5);
    assert_eq!(product["in_stock"], true);
    assert_eq!(product["is_active"], true);
    assert_eq!(product["status"], "active");
    assert_eq!(product["variants"][0]["sku"], "A-1");
    assert_eq!(product["media"], serde_json::json!([]));
}

#[actix_web::test]
async fn what_the_client_has_already_is_not_sent_again() {
    let site = site().await;
    for path in [
        "/api/v1/products/assam",
        "/api/v1/products",
        "/api/v1/categories",
        "/api/v1/categories/all",
        "/api/v1/categories/tea-0",
        "/openapi.json",
        "/assets/swagger-ui.css",
    ] {
        let first = site.get(path).await;
        assert_eq!(first.status, 200, "{path}");
        let tag = first.header("etag").to_owned();
        for known in [tag.clone(), format!("\"x\", W/{tag}"), "*".to_owned()] {
            let request = TestRequest::get().uri(path).insert_header(("if-none-match", known));
            let answer = site.send(request).await;
            assert_eq!((answer.status, answer.body.len()), (304, 0), "{path}");
            assert_eq!(answer.header("etag"), tag);
        }
        let other = TestRequest::get().uri(path).insert_header(("if-none-match", "\"other\""));
        assert_eq!(site.send(other).await.status, 200, "{path}");
    }
}

#[actix_web::test]
async fn products_are_listed_in_windows_with_links() {
    let stub = Arc::new(Stub::default());
    let site = site_with(&stub, HttpSettings::default()).await;
    let answer = site.get("/api/v1/products?category=tea&limit=10&offset=20").await;
    assert_eq!(answer.json()["total"], 50);
    assert_eq!(
        answer.header("link"),
        "</api/v1/products?category=tea&limit=10&offset=30>; rel=\"next\", \
         </api/v1/products?category=tea&limit=10&offset=10>; rel=\"prev\", \
         </api/v1/products?category=tea&limit=10&offset=0>; rel=\"first\", \
         </api/v1/products?category=tea&limit=10&offset=40>; rel=\"last\""
    );
    let (filter, sort, window) = stub.filter.lock().unwrap().take().unwrap();
    assert_eq!(filter.category, Some(CategoryKey::Slug("tea".into())));
    assert_eq!((sort, window), (ProductSort::Newest, Window::Offset { limit: 10, offset: 20 }));

    let answer = site.get("/api/v1/products?page=3&size=20").await;
    assert_eq!(
        answer.header("link"),
        "</api/v1/products?page=2&per_page=20>; rel=\"prev\", \
         </api/v1/products?page=1&per_page=20>; rel=\"first\", \
         </api/v1/products?page=3&per_page=20>; rel=\"last\""
    );
    let window = stub.filter.lock().unwrap().take().unwrap().2;
    assert_eq!(window, Window::Offset { limit: 20, offset: 40 });
}

#[actix_web::test]
async fn a_cursor_continues_the_list_it_came_from_and_no_other() {
    let stub = Arc::new(Stub::default());
    let site = site_with(&stub, HttpSettings::default()).await;
    let lists = ["", "sort=price", "sort=-price", "sort=name", "q=tea", "q=tea&sort=price"];
    let mut cursors = Vec::new();
    for list in lists {
        let first = site.get(&format!("/api/v1/products?{list}&limit=7")).await;
        let cursor = first.json()["next_cursor"].as_str().unwrap().to_owned();
        let next = site.get(&format!("/api/v1/products?{list}&limit=7&cursor={cursor}")).await;
        assert!(next.json()["total"].is_null(), "{list}");
        let kept = if list.is_empty() { String::new() } else { format!("{list}&") };
        assert_eq!(
            next.header("link"),
            format!(
                "</api/v1/products?{kept}limit=7&cursor={cursor}>; rel=\"next\", \
                 </api/v1/products?{kept}limit=7>; rel=\"first\""
            )
        );
        let (_, sort, window) = stub.filter.lock().unwrap().take().unwrap();
        let Window::After { limit: 7, after } = window else { panic!("{window:?}") };
        assert!(after.is_of(sort) && after.id.raw() == PRODUCT);
        cursors.push(cursor);
    }
    for list in lists {
        for (cursor, own) in cursors.iter().zip(lists).filter(|(_, own)| *own != list) {
            let path = format!("/api/v1/products?{list}&cursor={cursor}");
            let answer = site.get(&path).await;
            assert_eq!(answer.status, 422, "{own} in {list}");
            assert_eq!(answer.json()["errors"][0]["pointer"], "?cursor");
        }
    }
    for foreign in [UNKNOWN.to_string(), "nonsense".to_owned(), String::new()] {
        let answer = site.get(&format!("/api/v1/products?cursor={foreign}")).await;
        assert_eq!(answer.status, 422, "{foreign}");
    }
}

#[actix_web::test]
async fn products_are_narrowed_by_what_the_query_says() {
    let stub = Arc::new(Stub::default());
    let site = site_with(&stub, HttpSettings::default()).await;
    let query = "price_min=10&price_max=99.50&currency=RUB&in_stock=true&q=%20%D1%87%D0%B0%D0%B9";
    assert_eq!(site.get(&format!("/api/v1/products?{query}")).await.status, 200);
    let (filter, sort, _) = stub.filter.lock().unwrap().take().unwrap();
    let expected = ProductFilter {
        category: None,
        currency: Some(Currency::parse("RUB").unwrap()),
        price_min: Some(PriceLevel::new(100_000)),
        price_max: Some(PriceLevel::new(995_000)),
        in_stock: Some(true),
        status: None,
        listings: None,
        text: SearchText::parse("чай"),
    };
    assert_eq!((filter, sort), (expected, ProductSort::Relevance));

    for (query, sort) in [
        ("q=", ProductSort::Newest),
        ("sort=relevance", ProductSort::Newest),
        ("q=tea&sort=newest", ProductSort::Newest),
        ("sort=name", ProductSort::Name),
    ] {
        assert_eq!(site.get(&format!("/api/v1/products?{query}")).await.status, 200);
        assert_eq!(stub.filter.lock().unwrap().take().unwrap().1, sort, "{query}");
    }
    let long = format!("q={}", "a".repeat(201));
    for (bad, parameter) in [
        ("category=Tea!", "category"),
        ("price_min=1e3", "price_min"),
        ("price_max=-1", "price_max"),
        ("price_min=2&price_max=1", "price_max"),
        ("price_min=1.5&currency=JPY", "price_min"),
        ("currency=rub", "currency"),
        ("in_stock=yes", "in_stock"),
        ("sort=cheap", "sort"),
        ("status=sold", "status"),
        ("facets=colour", "facets"),
        ("q=a&q=b", "q"),
        (&long, "q"),
    ] {
        let answer = site.get(&format!("/api/v1/products?{bad}")).await;
        assert_eq!(answer.status, 422, "{bad}");
        assert_eq!(answer.json()["errors"][0]["pointer"], format!("?{parameter}"), "{bad}");
    }
}

#[actix_web::test]
async fn only_the_staff_sees_products_that_are_not_shown() {
    let stub = Arc::new(Stub::default());
    let site = site_with(&stub, HttpSettings::default()).await;
    let ask = async |token: Option<&str>, status: &str| {
        let uri = format!("/api/v1/products?status={status}");
        let mut request = TestRequest::get().uri(&uri);
        if let Some(token) = token {
            request = request.insert_header(("authorization", format!("Bearer {token}")));
        }
        // Else it would be asked of nobody.
        stub.note(&[]);
        stub.copies.lock().unwrap().clear();
        let status = site.send(request).await.status;
        (status, stub.filter.lock().unwrap().take().map(|(filter, ..)| filter.status))
    };
    for status in ["draft", "inactive", "archived"] {
        assert_eq!(ask(None, status).await, (401, None));
        assert_eq!(ask(Some("customer"), status).await, (403, None));
        let status_seen = ProductStatus::parse(status);
        assert_eq!(ask(Some("admin"), status).await, (200, Some(status_seen)));
    }
    assert_eq!(ask(None, "active").await, (200, Some(None)));
    assert_eq!(ask(Some("customer"), "active").await, (200, Some(None)));
    let active = Some(ProductStatus::Active);
    assert_eq!(ask(Some("admin"), "active").await, (200, Some(active)));
}

#[actix_web::test]
async fn products_are_counted_when_that_is_asked_for() {
    let site = site().await;
    assert_eq!(site.get("/api/v1/products").await.json().get("facets"), Some(&Value::Null));
    let both = site.get("/api/v1/products?facets=category,price").await.json();
    let categories = both["facets"]["category"].as_array().unwrap();
    let counts: Vec<_> =
        categories.iter().map(|facet| (facet["slug"].as_str().unwrap(), &facet["count"])).collect();
    assert_eq!(counts, [("tea-0", &4.into()), ("tea-1", &2.into())]);
    assert_eq!(
        both["facets"]["price"],
        serde_json::json!([
            { "currency": "JPY", "min": "2", "max": "3", "count": 2 },
            { "currency": "RUB", "min": "50.00", "max": "108.99", "count": 6 },
        ])
    );
    let one = site.get("/api/v1/products?facets=price").await.json();
    assert_eq!(one["facets"].get("category"), Some(&Value::Null));
}

#[actix_web::test]
async fn categories_are_listed_in_windows_and_whole() {
    let site = site().await;
    let all = site.get("/api/v1/categories/all").await.json();
    assert_eq!(all["items"].as_array().unwrap().len(), 3);
    assert!(all["next_cursor"].is_null());
    let first = site.get("/api/v1/categories?limit=2").await.json();
    assert_eq!((&first["total"], first["items"][1]["slug"].as_str()), (&3.into(), Some("tea-1")));
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = site.get(&format!("/api/v1/categories?limit=2&cursor={cursor}")).await.json();
    assert_eq!(rest["items"].as_array().unwrap().len(), 1);
    assert_eq!(rest["items"][0]["slug"], "tea-2");
    assert!(rest["next_cursor"].is_null());
}

#[actix_web::test]
async fn what_is_not_shown_is_seen_by_staff_alone() {
    let site = site().await;
    for path in ["/api/v1/products/draft", "/api/v1/categories/tea-3"] {
        assert_eq!(site.get(path).await.status, 404, "{path}");
        for (token, status) in [("customer", 404), ("trainee", 404), ("staff", 200), ("admin", 200)]
        {
            let answer = site.send(signed(TestRequest::get().uri(path), token)).await;
            assert_eq!(answer.status, status, "{path} by {token}");
        }
        let forged = site.send(signed(TestRequest::get().uri(path), "forged")).await;
        assert_eq!(forged.problem(401), "token_invalid");
    }
    // What everybody sees is answered without a look at the token.
    let shown = site.send(signed(TestRequest::get().uri("/api/v1/products/assam"), "forged")).await;
    assert_eq!(shown.status, 200);

    for path in ["/api/v1/categories", "/api/v1/categories/all"] {
        let inactive = format!("{path}?inactive=true");
        let by = |token| site.send(signed(TestRequest::get().uri(&inactive), token));
        assert_eq!(site.get(&inactive).await.problem(401), "token_missing");
        assert_eq!(by("customer").await.problem(403), "forbidden");
        let all = by("staff").await.json();
        assert_eq!(
            (all["total"].as_u64(), &all["items"][3]["is_active"]),
            (Some(4), &false.into())
        );
        let wrong = format!("{path}?inactive=yes");
        assert_eq!(site.get(&wrong).await.problem(422), "invalid_query");
    }
}

#[actix_web::test]
async fn categories_are_a_tree_with_products_when_asked() {
    let site = site().await;
    let path = "/api/v1/categories/all?inactive=true&view=tree";
    let tree = site.send(signed(TestRequest::get().uri(path), "staff")).await.json();
    assert_eq!((tree["total"].as_u64(), tree["items"].as_array().unwrap().len()), (Some(4), 3));
    let first = &tree["items"][0];
    assert_eq!(first["children"][0]["slug"], "tea-1");
    assert_eq!(first["children"][0]["children"], serde_json::json!([]));
    assert!(first["products"].is_null());

    for path in ["/api/v1/categories", "/api/v1/categories/all"] {
        let page = site.get(&format!("{path}?include=products")).await.json();
        assert_eq!(page["items"][0]["products"][0]["slug"], "assam", "{path}");
        assert_eq!(page["items"][1]["products"], serde_json::json!([]), "{path}");
        assert!(page["items"][0]["children"].is_null(), "{path}");
    }
    let one = site.get("/api/v1/categories/tea-0?include=products&view=tree").await.json();
    assert_eq!(one["products"][0]["slug"], "assam");
    assert_eq!(one["children"], serde_json::json!([]));
    for wrong in ["view=list", "include=orders"] {
        let answer = site.get(&format!("/api/v1/categories/all?{wrong}")).await;
        assert_eq!(answer.problem(422), "invalid_query", "{wrong}");
    }
}

#[actix_web::test]
async fn a_batch_names_what_is_missing() {
    let site = site().await;
    let batch =
        |body: String| site.send(json(TestRequest::post().uri("/api/v1/products/batch"), &body));
    let body = format!(r#"{{"ids":["{PRODUCT}","{UNKNOWN}"],"slugs":["assam","no-such"]}}"#);
    let answer = batch(body).await.json();
    assert_eq!(answer["items"].as_array().unwrap().len(), 1);
    assert_eq!(answer["items"][0]["id"], PRODUCT.to_string());
    assert_eq!(answer["missing"], serde_json::json!([UNKNOWN.to_string(), "no-such"]));
    for body in [
        "{}".to_owned(),
        r#"{"ids":[],"slugs":[]}"#.to_owned(),
        r#"{"slugs":["Not a slug"]}"#.to_owned(),
        r#"{"ids":null}"#.to_owned(),
        r#"{"names":["assam"]}"#.to_owned(),
        format!(r#"{{"slugs":[{}]}}"#, vec![r#""a""#; 101].join(",")),
    ] {
        assert_eq!(batch(body.clone()).await.problem(422), "invalid_body", "{body}");
    }
}

#[actix_web::test]
async fn a_head_is_answered_like_a_get() {
    let site = site().await;
    let request = TestRequest::with_uri("/api/v1/products/assam").method("HEAD".parse().unwrap());
    let answer = site.send(request).await;
    assert_eq!(answer.status, 200);
    assert!(!answer.header("etag").is_empty());
}

#[actix_web::test]
async fn a_product_is_read_once_until_it_changes() {
    let stub = Arc::new(Stub::default());
    let site = site_with(&stub, HttpSettings::default()).await;
    let read = || stub.products_read.load(Ordering::SeqCst);
    let by_id = format!("/api/v1/products/{PRODUCT}");
    for path in [&by_id, "/api/v1/products/assam", &by_id, "/api/v1/products/assam"] {
        assert_eq!(site.get(path).await.status, 200);
    }
    // Which product has the slug is not known before it was read.
    assert_eq!(read(), 2);
    stub.copies.lock().unwrap().clear();
    stub.note(&[]);
    for path in [&by_id, "/api/v1/products/assam"] {
        assert_eq!(site.get(path).await.status, 200);
    }
    assert_eq!(read(), 3);
}

#[actix_web::test]
async fn requests_for_the_same_product_wait_for_one_read() {
    let stub = Arc::new(Stub::default());
    let site = site_with(&stub, HttpSettings::default()).await;
    let path = format!("/api/v1/products/{PRODUCT}");
    let answers = join_all((0..50).map(|_| site.get(&path))).await;
    assert!(answers.iter().all(|answer| answer.status == 200));
    assert_eq!(stub.products_read.load(Ordering::SeqCst), 1);
}

#[actix_web::test]
async fn what_is_not_there_is_asked_for_again() {
    let stub = Arc::new(Stub::default());
    let site = site_with(&stub, HttpSettings::default()).await;
    for times in 1..=3 {
        let answer = site.get(&format!("/api/v1/products/{UNKNOWN}")).await;
        assert_eq!(answer.problem(404), "product_not_found");
        assert_eq!(stub.products_read.load(Ordering::SeqCst), times);
    }
}

#[actix_web::test]
async fn a_copy_of_another_process_saves_a_read_and_a_broken_one_does_not_matter() {
    let stub = Arc::new(Stub::default());
    let path = format!("/api/v1/products/{PRODUCT}");
    let read = || stub.products_read.load(Ordering::SeqCst);
    let first = site_with(&stub, HttpSettings::default()).await.get(&path).await;
    let second = site_with(&stub, HttpSettings::default()).await.get(&path).await;
    assert_eq!((read(), &second.body), (1, &first.body));
    assert_eq!(second.header("etag"), first.header("etag"));
    for copy in stub.copies.lock().unwrap().values_mut() {
        copy.truncate(20);
    }
    let third = site_with(&stub, HttpSettings::default()).await.get(&path).await;
    assert_eq!((read(), &third.body), (2, &first.body));
}

#[actix_web::test]
async fn a_failure_is_told_to_everybody_who_waited_and_kept_for_nobody() {
    let stub = Arc::new(Stub::default());
    let site = site_with(&stub, HttpSettings::default()).await;
    stub.catalogue_down.store(true, Ordering::SeqCst);
    let path = format!("/api/v1/products/{PRODUCT}");
    for answer in join_all((0..10).map(|_| site.get(&path))).await {
        assert_eq!(answer.problem(503), "store_unavailable");
    }
    stub.catalogue_down.store(false, Ordering::SeqCst);
    assert_eq!(site.get(&path).await.status, 200);
}
