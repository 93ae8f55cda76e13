// What is written, in how many statements, and what becomes of races: src/core/upsert/rounds.cpp,
// writer.cpp.
#include "core/upsert/engine.hpp"

#include <gtest/gtest.h>

#include "unit/call.hpp"
#include "unit/source_files.hpp"

namespace product_upsert {
namespace {

std::string feed(int count, const char* extra = "") {
  std::string json = "[";
  for (int i = 0; i < count; ++i) {
    json += std::string(i == 0 ? "" : ",") + R"({"manufacturer": "M)" + std::to_string(i % 7) +
            R"(", "brand": "B", "name": "N)" + std::to_string(i) + "\"" + extra + "}";
  }
  return json + "]";
}

class EngineTest : public testing::Test {
 protected:
  MemoryCatalogue products;
  Call vending{products, "vending"};
  Call catalog{products, "catalog"};

  MemoryCatalogue::Calls cost(Call& call, std::string_view json) {
    products.calls = {};
    call.many(json);
    return products.calls;
  }
};

TEST_F(EngineTest, an_empty_batch_costs_nothing) {
  EXPECT_EQ(cost(vending, "[]").total(), 0);
  EXPECT_TRUE(vending.batch->items.empty());
}

TEST_F(EngineTest, created_updated_unchanged) {
  vending.many(R"([{"manufacturer": "M", "brand": "B", "name": "N", "cost": 1.50},
                   {"manufacturer": "M", "brand": "B", "name": "O"}])");
  EXPECT_EQ(vending.statuses(), "created created");
  EXPECT_EQ(vending.item(0).version, 1);
  const auto id = vending.id();
  vending.many(R"([{"manufacturer": "M", "brand": "B", "name": "N", "cost": 2.5},
                   {"manufacturer": "M", "brand": "B", "name": "O"},
                   {"manufacturer": "M", "brand": "B", "name": "P"}])");
  EXPECT_EQ(vending.statuses(), "updated unchanged created");
  EXPECT_EQ(vending.changed(), "cost");
  EXPECT_EQ(vending.item(0).version, 2);
  EXPECT_EQ(vending.item(1).version, 1);
  EXPECT_EQ(vending.id(), id);
  EXPECT_EQ(products.at(1, id, Column::cost), "2.5");
}

TEST_F(EngineTest, defaults_fill_what_a_created_product_does_not_say) {
  vending.one(R"({"manufacturer": "M", "brand": "B", "name": "N"})");
  const auto id = vending.id();
  EXPECT_EQ(products.at(1, id, Column::cost), "0.0");
  EXPECT_EQ(products.at(1, id, Column::container), R"("unknown")");
  EXPECT_EQ(products.at(1, id, Column::is_common), "false");
  products.change(1, id, R"({"cost": 7})");
  vending.one(R"({"manufacturer": "M", "brand": "B", "name": "N", "calories": 1})");
  EXPECT_EQ(products.at(1, id, Column::cost), "7");
}

TEST_F(EngineTest, what_the_table_wants_a_value_in_is_never_null) {
  catalog.many(
      R"([{"external_id": "a", "name": "a", "is_archived": true}, {"external_id": "b", "name": "b"}])");
  EXPECT_EQ(catalog.statuses(), "created created");
  EXPECT_EQ(products.at(1, catalog.id(0), Column::is_archived), "true");
  EXPECT_EQ(products.at(1, catalog.id(1), Column::is_archived), "false");
  const auto profile = compile("test", R"({"identity": ["external_id"], "fields": {
      "external_id": {"type": "text"}, "gone": {"type": "boolean", "column": "is_deleted"}}})");
  Call call(products, profile);
  EXPECT_EQ(call.refused_one(R"({"external_id": "c", "gone": null})"), "type gone");
  call.many(R"([{"external_id": "c"}, {"external_id": "d", "gone": true}])");
  EXPECT_EQ(call.statuses(), "created created");
}

TEST_F(EngineTest, vending_36_deleted_softly_and_restored) {
  vending.one(R"({"manufacturer": "M", "brand": "B", "name": "N"})");
  vending.one(R"({"manufacturer": "M", "brand": "B", "name": "N", "isDeleted": true})");
  EXPECT_EQ(vending.status(), "updated");
  vending.one(R"({"manufacturer": "M", "brand": "B", "name": "N"})");
  EXPECT_EQ(vending.status(), "unchanged");
  vending.one(R"({"manufacturer": "M", "brand": "B", "name": "N", "isDeleted": false})");
  EXPECT_EQ(vending.changed(), "isDeleted");
}

TEST_F(EngineTest, ids_ascend_in_input_order) {
  vending.many(
      R"([{"manufacturer": "Z", "brand": "B", "name": "N"}, {"manufacturer": "A", "brand": "B", "name": "N"},
                   {"manufacturer": "M", "brand": "B", "name": "N"}])");
  EXPECT_LT(vending.id(0), vending.id(1));
  EXPECT_LT(vending.id(1), vending.id(2));
}

TEST_F(EngineTest, c4_one_bad_document_aborts_the_batch) {
  EXPECT_EQ(
      vending.refused_many(R"([{"manufacturer": "M", "brand": "B", "name": "N"}, {"name": 5}, 7])"),
      "type name, required brand, required manufacturer, type");
  EXPECT_EQ(products.size(), 0U);
}

TEST_F(EngineTest, on_error_skip_writes_the_rest) {
  vending.skip().many(R"([{"manufacturer": "M", "brand": "B", "name": "N"}, {"name": 5}, 7,
                          {"manufacturer": "M", "brand": "B", "name": "O"}])");
  EXPECT_EQ(vending.statuses(), "created rejected rejected created");
  EXPECT_EQ(products.size(), 2U);
}

TEST_F(EngineTest, a_refused_batch_tells_positions) {
  try {
    vending.many(R"([{"manufacturer": "M", "brand": "B", "name": "N"}, {"name": 5}, 7])");
    FAIL();
  } catch (const Refusal& r) {
    EXPECT_STREQ(r.what(), "document 2: name must be text, not 5");
    EXPECT_EQ(r.hint, "2 documents are rejected; see the DETAIL.");
    EXPECT_EQ(r.errors.back().details.back(),
              (std::pair<std::string, std::string>("position", "3")));
  }
}

TEST_F(EngineTest, a_batch_costs_as_many_statements_whatever_its_size) {
  const auto few = cost(vending, feed(10));
  products.clear();
  const auto many = cost(vending, feed(150));
  EXPECT_EQ(few, many);
  EXPECT_EQ(many.find, 1);
  EXPECT_EQ(many.insert_missing, 1);
  const auto unchanged = cost(vending, feed(150));
  EXPECT_EQ(unchanged.total(), 1);
  const auto updated = cost(vending, feed(150, R"(, "calories": 5)"));
  EXPECT_EQ(updated.update, 1);
  EXPECT_EQ(updated.total(), 4);  // find, may, update, and the subtransaction around it
  EXPECT_EQ(vending.status(149), "updated");
}

TEST_F(EngineTest, a_large_batch_is_inserted_plainly_and_costs_no_more) {
  const auto calls = cost(vending, feed(1000));
  EXPECT_EQ(calls.insert_all, 1);
  EXPECT_EQ(calls.insert_missing, 0);
  EXPECT_EQ(products.size(), 1000U);
  EXPECT_LE(calls.total(), 10);
  EXPECT_EQ(products.broken_rule(), "");
}

TEST_F(EngineTest, mixed_batches_cost_a_fixed_number_for_each_organization) {
  vending.many(feed(50));
  std::string both = feed(100, R"(, "calories": 1)");
  const auto one = cost(vending, both);
  both.back() = ',';
  both += feed(100, R"(, "organizationId": 2)").substr(1);
  const auto two = cost(vending, both);
  EXPECT_LE(two.total(), 2 * one.total());
}

TEST_F(EngineTest, billing_1_who_may_not_create_is_told_before_anything_is_written) {
  products.refused.insert({Right::create, 1});
  EXPECT_EQ(vending.refused_one(R"({"manufacturer": "M", "brand": "B", "name": "N"})"),
            "permission");
  EXPECT_EQ(products.size(), 0U);
  products.put(1, R"({"manufacturer": "M", "brand": "B", "name": "N"})");
  vending.one(R"({"manufacturer": "M", "brand": "B", "name": "N", "calories": 1})");
  EXPECT_EQ(vending.status(), "updated");
}

TEST_F(EngineTest, fine_point_d_who_may_not_update_is_told_unchanged_where_nothing_changes) {
  products.refused.insert({Right::update, 1});
  products.put(1, R"({"manufacturer": "M", "brand": "B", "name": "N"})");
  vending.one(R"({"manufacturer": "M", "brand": "B", "name": "N"})");
  EXPECT_EQ(vending.status(), "unchanged");
  EXPECT_EQ(
      vending.refused_one(R"({"manufacturer": "M", "brand": "B", "name": "N", "calories": 1})"),
      "permission");
  vending.skip().many(R"([{"manufacturer": "M", "brand": "B", "name": "N", "calories": 1},
                          {"manufacturer": "M", "brand": "B", "name": "O"}])");
  EXPECT_EQ(vending.statuses(), "rejected created");
}

// Any other failure could tell of hidden data.
TEST_F(EngineTest, c6_who_may_neither_create_nor_update_is_told_that_alone) {
  products.put(1, R"({"reference": "r", "name": "n"})");
  products.refused = {{Right::create, 1}, {Right::update, 1}};
  Call call(products, "catalog");
  call.skip().many(R"([{"external_id": "a", "reference": "r", "name": 5, "nope": 1},
                       {"external_id": "b", "name": "n"}])");
  EXPECT_EQ(call.codes(0), "permission");
  EXPECT_EQ(call.codes(1), "permission");
  products.refused = {{Right::update, 1}};
  call.skip().many(R"([{"external_id": "a", "name": 5}])");
  EXPECT_EQ(call.codes(0), "type name");
}

TEST_F(EngineTest, c6_rights_are_asked_for_each_organization) {
  products.refused.insert({Right::create, 2});
  vending.skip().many(R"([{"manufacturer": "M", "brand": "B", "name": "N"},
                          {"organizationId": 2, "manufacturer": "M", "brand": "B", "name": "N"}])");
  EXPECT_EQ(vending.statuses(), "created rejected");
}

// --- races ---

class RaceTest : public EngineTest {
 protected:
  // Does this once, before the next statement that writes.
  void meanwhile(std::function<void()> writer) {
    products.before_write = [this, writer = std::move(writer)] {
      const auto once = writer;
      products.before_write = nullptr;
      once();
    };
  }
};

TEST_F(RaceTest, a_lost_insert_is_matched_again) {
  meanwhile([&] {
    products.put(1, R"({"manufacturer": "M", "brand": "B", "name": "N", "upc": "theirs"})");
  });
  vending.one(R"({"manufacturer": "M", "brand": "B", "name": "N", "calories": 5})");
  EXPECT_EQ(vending.status(), "updated");
  EXPECT_EQ(products.size(), 1U);
  EXPECT_EQ(products.at(1, vending.id(), Column::upc), R"("theirs")");
  EXPECT_EQ(products.at(1, vending.id(), Column::calories), "5");
}

TEST_F(RaceTest, a_lost_insert_that_says_the_same_is_unchanged) {
  meanwhile([&] { products.put(1, R"({"external_id": "e", "name": "n"})"); });
  catalog.one(R"({"external_id": "e", "name": "n"})");
  EXPECT_EQ(catalog.status(), "unchanged");
}

TEST_F(RaceTest, a_large_insert_that_lost_is_done_again) {
  meanwhile([&] { products.put(1, R"({"manufacturer": "M3", "brand": "B", "name": "N3"})"); });
  vending.many(feed(300, R"(, "calories": 1)"));
  EXPECT_EQ(products.size(), 300U);
  EXPECT_EQ(vending.status(3), "updated");
  EXPECT_EQ(vending.status(4), "created");
  EXPECT_EQ(products.broken_rule(), "");
}

// While we wait for another writer none of the batch may be in that writer's way.
TEST_F(RaceTest, a_small_batch_that_lost_one_keeps_none_while_it_tries_again) {
  std::size_t seen = 0;
  meanwhile([&] {
    products.put(1, R"({"manufacturer": "M3", "brand": "B", "name": "N3"})");
    products.before_write = [&] {
      if (seen == 0) seen = products.size();
    };
  });
  products.calls = {};
  vending.many(feed(20, R"(, "calories": 1)"));
  EXPECT_EQ(seen, 1U);
  EXPECT_EQ(products.size(), 20U);
  EXPECT_EQ(vending.status(3), "updated");
  EXPECT_EQ(products.calls.atomically, 2);
}

TEST_F(RaceTest, a_batch_that_lost_an_update_locks_what_it_writes) {
  const auto first = products.put(1, R"({"external_id": "a", "name": "n"})");
  products.put(1, R"({"external_id": "b", "name": "n"})");
  meanwhile([&] { products.change(1, first, R"({"cost": 1})"); });
  products.calls = {};
  catalog.many(R"([{"external_id": "b", "name": "m"}, {"external_id": "a", "name": "m"}])");
  EXPECT_EQ(catalog.statuses(), "updated updated");
  EXPECT_EQ(products.calls.lock, 1);
  EXPECT_EQ(products.at(1, first, Column::cost), "1");
}

// One organization's rows are not held while another's, that come before, are locked.
TEST_F(RaceTest, organizations_behind_the_one_that_lost_wait) {
  products.put(1, R"({"external_id": "a", "name": "n"})");
  const auto b = products.put(1, R"({"external_id": "b", "name": "n"})");
  const auto c = products.put(2, R"({"external_id": "c", "name": "n"})");
  std::string name_of_c;
  meanwhile([&] {
    products.change(1, b, R"({"cost": 1})");
    products.before_write = [&] {
      if (name_of_c.empty()) name_of_c = products.at(2, c, Column::name);
    };
  });
  catalog.many(R"([{"external_id": "a", "name": "m"}, {"external_id": "b", "name": "m"},
                   {"organization_id": 2, "external_id": "c", "name": "m"}])");
  EXPECT_EQ(catalog.statuses(), "updated updated updated");
  EXPECT_EQ(name_of_c, R"("n")");
}

TEST_F(RaceTest, no_update_is_lost_a_moved_row_is_merged_again) {
  const auto id = products.put(1, R"({"external_id": "e", "tags": ["a"], "name": "n"})");
  meanwhile([&] { products.change(1, id, R"({"tags": ["a", "theirs"], "cost": 9})"); });
  catalog.actions(R"({"tags": "APPEND"})").one(R"({"external_id": "e", "tags": ["mine"]})");
  EXPECT_EQ(catalog.status(), "updated");
  EXPECT_EQ(products.at(1, id, Column::tags), R"(["a","theirs","mine"])");
  EXPECT_EQ(products.at(1, id, Column::cost), "9");
  EXPECT_EQ(catalog.item().version, 3);
}

TEST_F(RaceTest, a_moved_row_that_holds_it_already_is_unchanged) {
  const auto id = products.put(1, R"({"external_id": "e", "name": "n"})");
  meanwhile([&] { products.change(1, id, R"({"name": "m"})"); });
  catalog.one(R"({"external_id": "e", "name": "m"})");
  EXPECT_EQ(catalog.status(), "unchanged");
  EXPECT_EQ(catalog.item().version, 2);
}

TEST_F(RaceTest, a_product_deleted_meanwhile_is_created) {
  const auto id = products.put(1, R"({"external_id": "e", "name": "n"})");
  meanwhile([&] { products.erase(1, id); });
  catalog.one(R"({"external_id": "e", "name": "m"})");
  EXPECT_EQ(catalog.status(), "created");
  EXPECT_EQ(products.size(), 1U);
}

TEST_F(RaceTest, if_version_is_held_against_what_moved) {
  const auto id = products.put(1, R"({"external_id": "e", "name": "n"})");
  meanwhile([&] { products.change(1, id, R"({"cost": 1})"); });
  catalog.options.if_version = 1;
  EXPECT_EQ(catalog.refused_one(R"({"external_id": "e", "name": "m"})"), "precondition");
  EXPECT_EQ(products.at(1, id, Column::name), R"("n")");
}

TEST_F(RaceTest, a_key_taken_meanwhile_is_told) {
  const auto id = products.put(1, R"({"external_id": "e", "name": "n"})");
  meanwhile([&] { products.put(1, R"({"handle": "h"})"); });
  catalog.options.identifier = "external_id";
  EXPECT_EQ(catalog.refused_one(R"({"external_id": "e", "handle": "h"})"), "taken handle");
  EXPECT_EQ(products.at(1, id, Column::handle), "null");
}

TEST_F(RaceTest, a_deadlock_is_tried_again) {
  products.put(1, R"({"external_id": "e", "name": "n"})");
  products.deadlocks = 2;
  catalog.one(R"({"external_id": "e", "handle": "h"})");
  EXPECT_EQ(catalog.status(), "updated");
  products.deadlocks = 1;
  vending.many(feed(250));
  EXPECT_EQ(vending.status(249), "created");
  EXPECT_EQ(products.size(), 251U);
}

TEST_F(RaceTest, rows_that_keep_moving_are_locked) {
  const auto id = products.put(1, R"({"external_id": "e", "name": "n"})");
  int writes = 0;
  products.before_write = [&] {
    if (!products.get(1, id)->locked)
      products.change(1, id, R"({"cost": )" + std::to_string(++writes) + "}");
  };
  catalog.one(R"({"external_id": "e", "name": "m"})");
  EXPECT_EQ(catalog.status(), "updated");
  EXPECT_GT(products.calls.lock, 0);
  EXPECT_LE(writes, 4);
}

TEST_F(RaceTest, many_lost_rounds_end_in_a_serialization_failure) {
  const auto id = products.put(1, R"({"external_id": "e", "name": "n"})");
  products.before_write = [&] { products.change(1, id, R"({"cost": 1})"); };
  try {
    catalog.one(R"({"external_id": "e", "name": "m"})");
    FAIL();
  } catch (const Refusal& r) {
    EXPECT_EQ(static_cast<int>(r.kind), static_cast<int>(Refused::serialization));
    EXPECT_LT(products.calls.update, 100);
  }
}

TEST_F(RaceTest, a_hidden_product_that_blocks_is_told_by_the_database) {
  // One that the caller cannot see (row security) holds the key: matching never finds it.
  class Hiding final : public MemoryCatalogue {
   public:
    void find(std::int64_t, std::span<const KeyGroup>, const ColumnSet&, FoundSink&) override {}
  } hiding;
  hiding.put(1, R"({"external_id": "e"})");
  Call call(hiding, "catalog");
  EXPECT_EQ(call.refused_one(R"({"external_id": "e", "name": "n"})"), "constraint");
  EXPECT_EQ(hiding.size(), 1U);
}

TEST_F(RaceTest, mode_create_that_lost_is_taken) {
  meanwhile([&] { products.put(1, R"({"external_id": "e"})"); });
  catalog.options.mode = Mode::create;
  EXPECT_EQ(catalog.refused_one(R"({"external_id": "e", "name": "n"})"), "taken external_id");
  EXPECT_EQ(products.size(), 1U);
}

}  // namespace
}  // namespace product_upsert
