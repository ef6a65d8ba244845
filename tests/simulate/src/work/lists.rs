//! Lists, and the sync of a list. No other task changes these lists.

use std::collections::BTreeSet;

use tim_follow::follow::List;
use tim_follow::{BatchReport, UserId};

use super::Worker;
use super::batch::{Done, key};
use crate::invariants;
use crate::lock::locked;
use crate::plan::{Pages, Sync, user};
use crate::violation::Violation;

impl Worker {
    /// Reads a list, and resumes it after errors.
    pub(super) async fn pages(&self, pages: &Pages) {
        let sim = &self.sim;
        // The newest follower comes first.
        let expected: Vec<String> = (1..=pages.followers).rev().map(|n| user(pages.owner * 100 + n)).collect();
        let request = List::followers(user(pages.owner)).page_size(pages.page_size);
        let (mut found, mut resumes, mut is_complete) = (Vec::new(), 0, false);
        let mut list = self.client.pages(request.clone(), pages.prefetch);
        while !is_complete {
            let began = sim.now();
            match list.next().await {
                None => is_complete = true,
                Some(Ok(page)) => found.extend(page.items.iter().map(|item| item.user.to_string())),
                Some(Err(error)) => {
                    self.check_error(&error.error);
                    sim.check_text(&error.to_string());
                    resumes += 1;
                    if resumes > pages.resumes {
                        break;
                    }
                    list = self.client.pages(request.clone().start_at(error.position), pages.prefetch);
                }
            }
            sim.check(invariants::calls_end_before_their_deadline(began, sim.now(), self.process.deadline));
        }
        sim.check(invariants::lists_are_complete(&expected, &found, is_complete));
    }

    pub(super) async fn sync(&self, sync: &Sync) {
        let sim = &self.sim;
        let users = |numbers: &[u32]| numbers.iter().copied().map(user).collect::<BTreeSet<_>>();
        let (before, wanted) = (users(&sync.before), users(&sync.wanted));
        let plan = self.client.plan_follows(user(sync.owner), wanted.iter().map(UserId::from).collect()).await;
        let plan = match plan {
            Ok(plan) => plan,
            Err(error) => return self.check_error(&error.error),
        };
        let set = |users: &[UserId]| users.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
        let planned = (set(&plan.add), set(&plan.delete), plan.kept);
        let expected = (&wanted - &before, &before - &wanted, (&wanted & &before).len());
        sim.check(invariants::a_sync_makes_the_wanted_follows(&expected, &planned));
        let share = sync.max_delete_share;
        let is_allowed = planned.1.len() as f64 <= share * before.len() as f64;
        let Some(applied) = self.client.apply_follows(plan, share).await else { return };
        let found = locked(&sim.service).following(&user(sync.owner));
        let found = match found {
            Ok(found) => found,
            Err(error) => return sim.check(Err(Violation::new("the_service_works", error.to_string()))),
        };
        sim.check(invariants::a_sync_makes_the_wanted_follows(&is_allowed, &applied.is_ok()));
        match applied {
            Err(_) => sim.check(invariants::a_sync_makes_the_wanted_follows(&before, &found)),
            Ok(report) => {
                self.check_report(&report.deleted, &expected.1);
                self.check_report(&report.added, &expected.0);
                if report.is_complete() {
                    sim.check(invariants::a_sync_makes_the_wanted_follows(&wanted, &found));
                }
            }
        }
    }

    fn check_report<R>(&self, report: &BatchReport<R>, expected: &BTreeSet<String>)
    where
        R: tim_follow::Batch<Target = UserId, Outcome: Done>,
    {
        report.items.iter().for_each(|item| self.check_outcome(item, &key(item), 0));
        let mut found: Vec<_> = report.items.iter().map(|item| item.target.to_string()).collect();
        found.sort_unstable();
        let expected: Vec<_> = expected.iter().cloned().collect();
        self.sim.check(invariants::each_target_has_one_outcome(&expected, &found, true));
    }
}
