//! Contract of [`JobBoard`](domain::operations::JobBoard).

use domain::operations::{JobOutcome, Turn};

use super::{StoreFixture, store::at};

async fn claim(f: &StoreFixture, now: i64, until: i64) -> Turn {
    f.jobs.claim("sweep", at(now), at(until), false).await.unwrap()
}

fn ours(turn: Turn) -> i64 {
    match turn {
        Turn::Ours(number) => number,
        Turn::NotBefore(moment) => panic!("not before {moment}"),
    }
}

/// A job is leased to one instance, until it is finished; then it is due when that said.
pub async fn a_job_is_run_by_one_instance_when_it_is_due(f: StoreFixture) {
    let number = ours(claim(&f, 0, 60).await);
    assert_eq!(claim(&f, 1, 61).await, Turn::NotBefore(at(60)));
    f.jobs.finish("sweep", number, at(2), at(100), &JobOutcome::Done(7)).await.unwrap();
    assert_eq!(claim(&f, 99, 159).await, Turn::NotBefore(at(100)));
    let listed = f.jobs.list().await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!((listed[0].name.as_str(), listed[0].runs), ("sweep", 1));
    assert_eq!((listed[0].due_at, listed[0].leased_until), (at(100), None));
    assert_eq!(listed[0].last, Some((at(2), JobOutcome::Done(7))));
    assert!(ours(claim(&f, 100, 160).await) > number);
}

/// Of many instances that come at once one has the job.
pub async fn one_of_many_instances_gets_the_job(f: StoreFixture) {
    for round in 0..20 {
        let now = round * 100;
        let turns = tokio::join!(
            f.jobs.claim("sweep", at(now), at(now + 60), false),
            f.jobs.claim("sweep", at(now), at(now + 60), false),
            f.jobs.claim("sweep", at(now), at(now + 60), false),
        );
        let turns = [turns.0, turns.1, turns.2];
        let won: Vec<_> = turns
            .into_iter()
            .filter_map(|turn| match turn.unwrap() {
                Turn::Ours(number) => Some(number),
                Turn::NotBefore(moment) => {
                    assert_eq!(moment, at(now + 60));
                    None
                }
            })
            .collect();
        assert_eq!(won.len(), 1, "round {round}");
        let (end, outcome) = (at(now + 1), JobOutcome::Done(0));
        f.jobs.finish("sweep", won[0], end, end, &outcome).await.unwrap();
    }
}

/// The lease of an instance that died lapses; should it live after all, it finishes nothing.
pub async fn a_lapsed_lease_is_anybodys(f: StoreFixture) {
    let slow = ours(claim(&f, 0, 60).await);
    let quick = ours(claim(&f, 60, 120).await);
    f.jobs.finish("sweep", slow, at(61), at(999), &JobOutcome::Done(1)).await.unwrap();
    assert_eq!(claim(&f, 62, 122).await, Turn::NotBefore(at(120)));
    let failed = JobOutcome::Failed("no disk".to_owned());
    f.jobs.finish("sweep", quick, at(63), at(70), &failed).await.unwrap();
    assert_eq!(f.jobs.list().await.unwrap()[0].last, Some((at(63), failed)));
}

/// Somebody who does not want to wait need not, except for another instance.
pub async fn a_job_can_be_run_early(f: StoreFixture) {
    let number = ours(claim(&f, 0, 60).await);
    let early = f.jobs.claim("sweep", at(1), at(61), true).await.unwrap();
    assert_eq!(early, Turn::NotBefore(at(60)));
    f.jobs.finish("sweep", number, at(2), at(999), &JobOutcome::Done(0)).await.unwrap();
    ours(f.jobs.claim("sweep", at(3), at(63), true).await.unwrap());
    let other = f.jobs.claim("other", at(3), at(63), false).await.unwrap();
    ours(other);
    let names: Vec<_> = f.jobs.list().await.unwrap().into_iter().map(|job| job.name).collect();
    assert_eq!(names, ["other", "sweep"]);
}

/// One test for each clause.
#[macro_export]
macro_rules! jobs_contract {
    ($fixture:expr) => {
        $crate::contract_tests!(jobs, $fixture;
            a_job_is_run_by_one_instance_when_it_is_due,
            one_of_many_instances_gets_the_job,
            a_lapsed_lease_is_anybodys,
            a_job_can_be_run_early,
        );
    };
}
