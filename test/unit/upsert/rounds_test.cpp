// Rounds by themselves; and what the owner of the tables keeps out, found and told (rule 60).
#include "core/upsert/rounds.hpp"

#include <gtest/gtest.h>

#include "core/upsert/matcher.hpp"
#include "core/upsert/planner.hpp"
#include "unit/steps.hpp"

namespace product_upsert {

namespace {

std::string feed(int count, int wrong) {
  std::string json = "[";
  for (int i = 0; i < count; ++i) {
    json += std::string(i == 0 ? "" : ",") + R"({"external_id": "p)" + std::to_string(i) +
            R"(", "name": "n", "price": )" + (i % wrong == wrong - 1 ? "-1" : "1") + "}";
  }
  return json + "]";
}

bool is_negative(const MemoryCatalogue::Product& p) {
  return p[Column::price].is_number() && p[Column::price].sign() < 0;
}

class RoundsTest : public testing::Test {
 protected:
  void keep_out_negatives() {
    products.constraint = [](const auto& p) {
      return is_negative(p) ? std::string("violates check constraint \"positive\"") : std::string();
    };
  }

  MemoryCatalogue products;
  Call call{products, "catalog"};
};

TEST_F(RoundsTest, skip_rejects_what_the_owners_constraint_refuses_and_writes_the_rest) {
  keep_out_negatives();
  call.skip().many(feed(300, 100));
  EXPECT_EQ(products.size(), 297U);
  EXPECT_EQ(call.codes(99), "constraint");
  EXPECT_EQ(call.codes(299), "constraint");
  EXPECT_EQ(call.status(98), "created");
  call.many(feed(300, 100));
  EXPECT_EQ(call.status(98), "unchanged");
  EXPECT_EQ(call.status(99), "rejected");
}

TEST_F(RoundsTest, one_culprit_costs_some_halvings) {
  keep_out_negatives();
  products.calls = {};
  call.skip().many(feed(1024, 1000));
  EXPECT_EQ(products.size(), 1023U);
  // Each halving is two attempts; beside them the first attempt and the round's own.
  EXPECT_LE(products.calls.atomically, 3 + 2 * 10 + 1);
}

TEST_F(RoundsTest, fine_point_f_the_only_document_that_is_written_has_its_position) {
  call.many(feed(3, 100));
  keep_out_negatives();
  try {
    call.many(R"([{"external_id": "p0", "price": 1}, {"external_id": "p1", "price": -1}])");
    FAIL();
  } catch (const Refusal& r) {
    EXPECT_EQ(codes_of(r.errors), "constraint");
    EXPECT_EQ(r.errors[0].details.back(), (std::pair<std::string, std::string>("position", "2")));
  }
}

TEST_F(RoundsTest, abort_tells_every_culprit_and_keeps_its_sqlstate) {
  keep_out_negatives();
  try {
    call.many(feed(10, 4));
    FAIL();
  } catch (const Refusal& r) {
    EXPECT_EQ(r.sqlstate, "23514");
    EXPECT_EQ(codes_of(r.errors), "constraint, constraint");
    EXPECT_EQ(r.errors[0].details.back(), (std::pair<std::string, std::string>("position", "4")));
  }
}

TEST_F(RoundsTest, rule_60_a_row_that_a_trigger_keeps_out_is_suppressed) {
  products.keeps_out = is_negative;
  call.skip().many(feed(10, 5));
  EXPECT_EQ(call.codes(4), "suppressed");
  EXPECT_EQ(products.size(), 8U);
  EXPECT_EQ(
      Call(products, "catalog").refused_one(R"({"external_id": "x", "name": "x", "price": -1})"),
      "suppressed");
}

TEST_F(RoundsTest, rule_60_a_row_that_a_trigger_keeps_as_it_was_is_suppressed) {
  call.many(feed(10, 5));
  products.keeps_out = is_negative;
  products.calls = {};
  call.skip().many(R"([{"external_id": "p3", "name": "m"}, {"external_id": "p4", "name": "m"},
                       {"external_id": "p5", "name": "m"}])");
  EXPECT_EQ(call.statuses(), "updated rejected updated");
  EXPECT_EQ(call.codes(1), "suppressed");
  EXPECT_LE(products.calls.total(), 40);
  EXPECT_EQ(Call(products, "catalog").refused_one(R"({"external_id": "p4", "name": "m"})"),
            "suppressed");
}

TEST_F(RoundsTest, children_of_a_parent_that_is_kept_out_are_told) {
  keep_out_negatives();
  call.skip().many(R"([{"external_id": "p", "name": "p", "price": -1},
                       {"external_id": "c", "name": "c", "parent_product_id": "p"},
                       {"external_id": "d", "name": "d"}])");
  EXPECT_EQ(call.statuses(), "rejected rejected created");
  EXPECT_EQ(call.codes(0), "constraint");
  EXPECT_EQ(call.codes(1), "not_found parent_product_id");
}

TEST_F(RoundsTest, a_swap_with_one_that_is_kept_out_is_no_swap) {
  products.put(1, R"({"external_id": "a", "name": "a", "handle": "1"})");
  products.put(1, R"({"external_id": "b", "name": "b", "handle": "2"})");
  keep_out_negatives();
  call.options.identifier = "external_id";
  call.skip().many(R"([{"external_id": "a", "handle": "2", "price": -1},
                       {"external_id": "b", "handle": "1"}, {"external_id": "c", "name": "c"}])");
  EXPECT_EQ(call.statuses(), "rejected rejected created");
  EXPECT_EQ(call.codes(0), "constraint");
  EXPECT_EQ(call.codes(1), "taken handle");
}

TEST_F(RoundsTest, a_referenced_row_that_goes_meanwhile_is_told_and_the_rest_written) {
  products.rows.put(1, Table::category, R"({"id": 7, "name": "c"})");
  products.before_write = [&] {
    products.before_write = nullptr;
    products.forget_rows();
  };
  call.skip().many(R"([{"external_id": "a", "name": "a", "category_id": 7},
                       {"external_id": "b", "name": "b"}])");
  EXPECT_EQ(call.statuses(), "rejected created");
  EXPECT_EQ(call.codes(0), "not_found category_id");
}

// Rounds with nothing around them but the matcher and the planner.
class RoundsAloneTest : public testing::Test {
 protected:
  void run(std::string_view json) {
    BatchState& state = steps.read(json);
    Writer writer(state);
    Duplicates duplicates(state);
    std::vector<Group> groups = {steps.group()};
    Rounds(state, writer, duplicates).run(groups, [&] {
      ++decided;
      state.clear();
      Matcher matcher(state, nullptr);
      for (Group& group : groups) {
        matcher.look_up(group);
        for (const std::uint32_t i : group.items) matcher.choose(i);
        state.dependencies.begin(group.items);
        Planner(state).plan(group.items);
        group.pending = group.items;
      }
    });
  }

  MemoryCatalogue products;
  Steps steps{products, "catalog"};
  int decided = 0;
};

TEST_F(RoundsAloneTest, where_nobody_is_in_the_way_all_is_decided_once) {
  run(R"([{"external_id": "a", "name": "n"}, {"external_id": "b", "name": "n"}])");
  EXPECT_EQ(decided, 1);
  EXPECT_EQ(steps.call.statuses(), "created created");
}

TEST_F(RoundsAloneTest, what_is_lost_to_another_writer_is_decided_anew) {
  products.before_write = [&] {
    products.before_write = nullptr;
    products.put(1, R"({"external_id": "a", "name": "m"})");
  };
  run(R"([{"external_id": "a", "name": "n"}])");
  EXPECT_EQ(decided, 2);
  EXPECT_EQ(steps.call.status(), "updated");
  EXPECT_EQ(products.size(), 1U);
}

TEST_F(RoundsAloneTest, a_deadlock_undoes_all_and_all_is_decided_anew) {
  products.deadlocks = 1;
  run(R"([{"external_id": "a", "name": "n"}, {"external_id": "b", "name": "n"}])");
  EXPECT_EQ(decided, 2);
  EXPECT_EQ(steps.call.statuses(), "created created");
  EXPECT_EQ(products.size(), 2U);
}

TEST_F(RoundsAloneTest, who_only_yields_loses_no_round) {
  products.yields = 70;
  run(R"([{"external_id": "a", "name": "n"}, {"external_id": "b", "name": "n"}])");
  EXPECT_EQ(decided, 71);
  EXPECT_EQ(steps.call.statuses(), "created created");
  EXPECT_EQ(products.size(), 2U);
}

TEST_F(RoundsAloneTest, what_moves_again_and_again_is_locked_before_it_is_read) {
  const auto id = products.put(1, R"({"external_id": "a", "name": "m"})");
  products.before_write = [&] {
    if (products.calls.lock == 0) products.change(1, id, R"({"description": "d"})");
  };
  run(R"([{"external_id": "a", "name": "n"}])");
  EXPECT_EQ(decided, 3);
  EXPECT_EQ(products.calls.lock, 1);
  EXPECT_EQ(steps.call.status(), "updated");
}

TEST_F(RoundsAloneTest, after_fifty_rounds_the_caller_has_to_begin_anew) {
  const auto id = products.put(1, R"({"external_id": "a", "name": "m"})");
  int writes = 0;
  products.before_write = [&] {
    products.change(1, id, "{\"description\": \"" + std::to_string(++writes) + "\"}");
  };
  try {
    run(R"([{"external_id": "a", "name": "n"}])");
    FAIL();
  } catch (const Refusal& r) {
    EXPECT_EQ(r.kind, Refused::serialization);
  }
  EXPECT_EQ(decided, 50);
}

}  // namespace

}  // namespace product_upsert
