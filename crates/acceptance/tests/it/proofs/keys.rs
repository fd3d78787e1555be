//! One effect a key, however often, wherever and at once it is sent.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use acceptance::{Client, Stack};
use serde_json::{Value, json};

use super::{Answer, Chain, WIDTH, crowd, sized};

crate::on_both_stacks!(a_key_has_one_effect);

/// One request of the storm.
#[derive(Clone, Copy)]
struct Shot {
    key: usize,
    /// Sent to both processes at once.
    is_twice: bool,
    /// With another body than the key began with.
    is_changed: bool,
}

/// Of every hundred requests 30 repeat an earlier key, 10 are sent twice at once, and 5 have
/// another body; the same every time.
fn storm(count: usize) -> Vec<Shot> {
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut draw = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % u64::try_from(below).unwrap()).unwrap()
    };
    let (mut shots, mut keys) = (Vec::with_capacity(count), 0);
    for _ in 0..count {
        let dice = draw(100);
        let is_known = keys > 0 && dice < 30;
        let key = if is_known { draw(keys) } else { keys };
        keys = keys.max(key + 1);
        shots.push(Shot { key, is_twice: draw(100) < 10, is_changed: is_known && dice < 5 });
    }
    shots
}

/// 20,000 requests.
async fn a_key_has_one_effect(stack: Stack) -> anyhow::Result<()> {
    let shots = storm(sized(20_000, 200));
    let chain = Chain::open(stack).await?;
    let product = chain.app.sell("tea", 500, 100_000_000).await?;
    let ann = chain.app.client().register("ann@example.com").await?;
    let there = chain.caller(1).with_token_of(&ann);
    let body =
        |quantity: u32| json!({ "items": [{ "product_id": product, "quantity": quantity }] });
    let (plain, changed) = (body(1), body(2));
    let send = |at: usize| {
        let shot = shots[at];
        let (near, far) = if at.is_multiple_of(2) { (&ann, &there) } else { (&there, &ann) };
        let body = if shot.is_changed { &changed } else { &plain };
        let key = format!("key-{}", shot.key);
        async move {
            if !shot.is_twice {
                return Ok((shot.key, vec![answered(near, &key, body).await?]));
            }
            let both = futures_util::future::try_join(
                answered(near, &key, body),
                answered(far, &key, body),
            );
            let (one, other) = both.await?;
            Ok((shot.key, vec![one, other]))
        }
    };
    let answers = crowd(shots.len(), WIDTH, send).await?;

    let mut effects: HashMap<usize, HashSet<String>> = HashMap::new();
    for (key, answers) in answers {
        for (status, answer) in answers {
            match status.as_u16() {
                201 => {
                    let order = answer["id"].as_str().unwrap().to_owned();
                    effects.entry(key).or_default().insert(order);
                }
                422 => assert_eq!(answer["code"], "idempotency_key_mismatch"),
                _ => panic!("key {key}: {status} {answer}"),
            }
        }
    }
    let keys: HashSet<_> = shots.iter().map(|shot| shot.key).collect();
    assert_eq!(effects.len(), keys.len(), "every key has an effect");
    assert!(effects.values().all(|orders| orders.len() == 1), "one effect a key");
    let (_, mine) = ann.get("/api/v1/orders/me?limit=1").await?;
    assert_eq!(mine["total"], keys.len(), "and no other order");
    chain.close().await
}

/// Times an answer is asked for again, over some ten seconds.
const PATIENCE: u32 = 500;

/// The answer once it is there: while another process works on the key, or none can, it is asked
/// again, as a client would.
///
/// # Errors
/// When nobody can for all this time.
async fn answered(client: &Client, key: &str, body: &Value) -> anyhow::Result<Answer> {
    let mut last = None;
    for _ in 0..PATIENCE {
        let (status, answer) = client.post_once("/api/v1/orders", key, body).await?;
        if answer["code"] != "idempotency_key_in_progress" && status != 503 {
            return Ok((status, answer));
        }
        last = Some(answer);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    anyhow::bail!("{key} was never answered: {last:?}")
}
