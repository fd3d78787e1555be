//! The whole system through HTTP. `#[stacks]` in spirit: each scenario is one function, run on the
//! embedded stack always and on PostgreSQL, Redis and RabbitMQ with the feature `services`.
#![expect(clippy::unwrap_used, clippy::panic, reason = "scenarios may panic")]
#![expect(clippy::indexing_slicing, reason = "JSON answers are looked into by name")]

mod api_keys;
mod budgets;
mod canaries;
mod editing;
mod following;
mod guessing;
mod idempotency;
mod identity;
mod mailed;
mod path;
mod payments;
mod people;
mod proofs;
mod races;
mod revocation;
mod staleness;
mod stock;
mod tasks;
mod tokens;
mod writing;

/// One test on the embedded stack, and one on the servers when they are asked for.
#[macro_export]
macro_rules! on_both_stacks {
    ($($scenario:ident),+ $(,)?) => {
        mod embedded {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $scenario() {
                super::$scenario(acceptance::Stack::Embedded).await.expect("the scenario");
            })+
        }

        #[cfg(feature = "services")]
        mod scaled_out {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $scenario() {
                super::$scenario(acceptance::Stack::ScaledOut).await.expect("the scenario");
            })+
        }
    };
}
