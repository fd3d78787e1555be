//! Every contract of the storage ports, on each database.

macro_rules! store_contracts {
    ($database:ident) => {
        mod identity {
            test_support::identity_store_contract!(crate::shop::contract_fixture(
                crate::fixture::$database()
            ));
        }

        mod users {
            test_support::user_repository_contract!(crate::shop::contract_fixture(
                crate::fixture::$database()
            ));
        }

        mod audit {
            test_support::audit_contract!(crate::shop::contract_fixture(
                crate::fixture::$database()
            ));
        }

        mod email_tokens {
            test_support::email_tokens_contract!(crate::shop::contract_fixture(
                crate::fixture::$database()
            ));
        }

        mod people {
            test_support::people_contract!(crate::shop::contract_fixture(
                crate::fixture::$database()
            ));
        }

        mod catalogue {
            test_support::catalogue_contract!(crate::shop::contract_fixture(
                crate::fixture::$database()
            ));
        }

        mod catalogue_writes {
            test_support::catalogue_writes_contract!(crate::shop::contract_fixture(
                crate::fixture::$database()
            ));
        }

        mod content {
            test_support::content_contract!(crate::shop::contract_fixture(
                crate::fixture::$database()
            ));
        }

        mod listings {
            test_support::listings_contract!(crate::shop::contract_fixture(
                crate::fixture::$database()
            ));
        }

        mod browsing {
            test_support::browsing_contract!(crate::shop::contract_fixture(
                crate::fixture::$database()
            ));
        }

        mod inventory {
            test_support::inventory_store_contract!(crate::shop::contract_fixture(
                crate::fixture::$database()
            ));
        }

        mod searching {
            test_support::searching_contract!(crate::shop::contract_fixture(
                crate::fixture::$database()
            ));
        }

        mod ordering {
            test_support::ordering_store_contract!(crate::shop::contract_fixture(
                crate::fixture::$database()
            ));
        }

        mod order_desk {
            test_support::order_desk_contract!(crate::shop::contract_fixture(
                crate::fixture::$database()
            ));
        }

        mod coupons {
            test_support::coupons_contract!(crate::shop::contract_fixture(
                crate::fixture::$database()
            ));
        }

        mod outbox {
            test_support::outbox_feed_contract!(crate::shop::contract_fixture(
                crate::fixture::$database()
            ));
        }

        mod messaging {
            test_support::messaging_store_contract!(crate::shop::contract_fixture(
                crate::fixture::$database()
            ));
        }

        mod jobs {
            test_support::jobs_contract!(
                crate::shop::contract_fixture(crate::fixture::$database())
            );
        }

        mod payments {
            test_support::payments_store_contract!(crate::shop::contract_fixture(
                crate::fixture::$database()
            ));
        }

        mod parked_webhooks {
            test_support::parked_webhooks_contract!(crate::shop::contract_fixture(
                crate::fixture::$database()
            ));
        }
    };
}

mod sqlite {
    store_contracts!(sqlite);
}

#[cfg(feature = "services")]
mod postgres {
    store_contracts!(postgres);
}
