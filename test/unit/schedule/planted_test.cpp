// Faults planted in the engine's port, each a piece of the protocol that is left out or done in
// another order: the checker complains of every one, or it would not notice a real one either.
#include <gtest/gtest.h>

#include "unit/schedule/runner.hpp"

namespace product_upsert::schedules {
namespace {

using Faults = Session::Faults;

struct Planted {
  const char* name;
  bool Faults::*fault;
  std::uint64_t within;  // so many schedules
  Taste taste{};
  Scenario (*scenario)() = nullptr;  // rather than any at random
};

std::string title(const testing::TestParamInfo<Planted>& info) { return info.param.name; }

// Calls alone, each in a transaction of its own.
Taste single_calls() {
  Taste t;
  t.parents = false;
  t.repeatable_read = false;
  t.deletes = false;
  t.flags = false;
  t.sql = false;
  t.long_transactions = false;
  return t;
}
Taste with(bool Taste::*liking) {
  Taste t = single_calls();
  t.*liking = true;
  return t;
}

Scenario at_once(const std::vector<std::string>& before,
                 const std::vector<std::vector<std::string>>& calls) {
  Scenario s;
  const auto call = [](std::vector<std::string> documents) {
    Step step;
    step.documents = std::move(documents);
    return step;
  };
  for (const std::string& d : before) s.before.push_back(call({d}));
  for (const auto& c : calls) s.sessions.push_back({{{{}, {call(c)}, true}}});
  return s;
}

// Each puts one product below another, and none of them alone makes a circle.
Scenario half_a_circle_each() {
  return at_once(
      {R"({"external_id": "a", "name": "a"})", R"({"external_id": "b", "name": "b"})",
       R"({"external_id": "c", "name": "c"})"},
      {{R"({"external_id": "a", "name": "a", "parent_product_id": {"external_id": "b"}})"},
       {R"({"external_id": "b", "name": "b", "parent_product_id": {"external_id": "a"}})"}});
}

Scenario a_chain_that_closes() {
  return at_once(
      {R"({"external_id": "a", "name": "a"})",
       R"({"external_id": "b", "name": "b", "parent_product_id": {"external_id": "a"}})",
       R"({"external_id": "c", "name": "c", "parent_product_id": {"external_id": "b"}})"},
      {{R"({"external_id": "a", "name": "a", "parent_product_id": {"external_id": "c"}})"}});
}

// One has the key and wants the row that the other has, which wants the key.
Scenario a_key_and_a_row() {
  return at_once({R"({"external_id": "a", "name": "a"})", R"({"external_id": "b", "name": "b"})",
                  R"({"external_id": "c", "name": "c"})"},
                 {{R"({"external_id": "a", "name": "a", "handle": "h"})",
                   R"({"external_id": "b", "name": "b", "price": 2})"},
                  {R"({"external_id": "b", "name": "b", "price": 3})",
                   R"({"external_id": "c", "name": "c", "handle": "h"})"}});
}

// Custom fields whose flags change beside calls.
Taste flags() {
  Taste t = with(&Taste::custom_fields);
  t.variants = false;
  t.flags = true;
  return t;
}

class PlantedFaults : public testing::TestWithParam<Planted> {};

TEST_P(PlantedFaults, are_caught) {
  const Planted& planted = GetParam();
  constexpr std::uint64_t kEach = 10;
  Scheduler scheduler(3);
  std::uint64_t ran = 0;
  for (std::uint64_t seed = 1; ran < planted.within; ++seed) {
    const Scenario scenario =
        planted.scenario != nullptr ? planted.scenario() : make_scenario(seed, planted.taste);
    Runner runner(scenario, scheduler);
    runner.faults.*planted.fault = true;
    for (std::uint64_t i = 0; i < kEach; ++i, ++ran) {
      RandomChooser chooser(seed * kEach + i);
      const std::string complaint = runner.run(chooser);
      if (complaint.empty()) continue;
      // It is the fault that is complained of.
      Runner sound(scenario, scheduler);
      RandomChooser again(seed * kEach + i);
      if (!sound.run(again).empty()) continue;
      std::printf("caught in schedule %llu: %s\n", static_cast<unsigned long long>(ran + 1),
                  complaint.substr(0, complaint.find('\n')).c_str());
      return;
    }
  }
  ADD_FAILURE() << "not caught in " << ran << " schedules";
}

const Planted kPlanted[] = {
    {"an_update_ignores_that_the_row_moved", &Faults::update_ignores_tids, 5000, single_calls()},
    {"an_update_tells_rows_it_did_not_write", &Faults::update_tells_all, 5000, single_calls()},
    {"an_update_leaves_the_version", &Faults::update_keeps_version, 5000, single_calls()},
    {"an_update_asks_no_unique_index", &Faults::update_checks_no_key, 20000, single_calls()},
    {"an_insert_asks_no_unique_index", &Faults::insert_checks_no_key, 5000, single_calls()},
    {"an_uncommitted_key_is_not_waited_for", &Faults::insert_sees_only_committed, 5000,
     single_calls()},
    {"an_insert_tells_rows_it_left_out", &Faults::insert_tells_all, 5000, single_calls()},
    {"parts_that_were_left_out_are_told", &Faults::rows_tell_all, 20000, with(&Taste::variants)},
    {"parts_ask_no_unique_index", &Faults::rows_check_no_key, 20000, with(&Taste::variants)},
    {"parts_given_up_are_not_deleted", &Faults::deletes_no_rows, 20000,
     with(&Taste::custom_fields)},
    {"the_reads_of_a_decision_have_snapshots_of_their_own", &Faults::time_is_not_fixed, 40000,
     single_calls()},
    {"a_read_sees_what_is_not_committed", &Faults::reads_uncommitted, 5000, single_calls()},
    {"the_next_round_reads_by_the_first_ones_snapshot", &Faults::snapshot_is_kept, 5000,
     single_calls()},
    {"custom_fields_are_not_held", &Faults::fields_are_not_held, 20000, flags()},
    {"parents_are_not_locked", &Faults::parents_are_not_locked, 3000, {}, half_a_circle_each},
    {"parents_are_unlocked_before_they_are_written",
     &Faults::parents_are_unlocked_at_once,
     3000,
     {},
     half_a_circle_each},
    {"ancestors_are_read_by_a_snapshot_from_before_the_lock",
     &Faults::ancestors_by_old_snapshot,
     3000,
     {},
     half_a_circle_each},
    {"only_the_next_ancestor_is_read", &Faults::ancestors_end_early, 3000, {}, a_chain_that_closes},
    {"what_lost_is_not_undone", &Faults::undoes_nothing, 20000, single_calls()},
    {"a_deadlock_is_not_caught", &Faults::deadlock_passes, 3000, {}, a_key_and_a_row},
    {"a_taken_key_is_not_caught", &Faults::taken_key_passes, 20000, single_calls()},
    {"a_subtransaction_commits_whatever_its_body_says", &Faults::false_is_done, 20000,
     single_calls()},
    {"products_of_other_organizations_are_found", &Faults::other_organizations_show, 5000,
     with(&Taste::organizations)},
};

INSTANTIATE_TEST_SUITE_P(, PlantedFaults, testing::ValuesIn(kPlanted), title);

}  // namespace
}  // namespace product_upsert::schedules
