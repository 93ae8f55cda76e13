// Documents that say that their product is to be deleted, through a whole call.
#include <gtest/gtest.h>

#include "core/value/events.hpp"
#include "unit/call.hpp"

namespace product_upsert {
namespace {

class TombstoneTest : public testing::Test {
 protected:
  Call call(const std::string& tombstone) {
    Arena arena;
    return {products,
            compile_profile(
                "grave",
                parse_json(R"({"identity": ["external_id"], "judged_by": "at", "tombstone": )" +
                               tombstone + R"(, "fields": {
                  "external_id": {"type": "text"}, "handle": {"type": "text"},
                  "name": {"type": "text", "required": true, "nullable": false},
                  "is_deleted": {"type": "boolean"},
                  "at": {"type": "timestamp", "column": "meta", "member": "at"},
                  "variants": {"role": "variants", "fields": {"sku": {"type": "text"}}}}})",
                           arena))};
  }
  bool is_deleted(std::int64_t id) const {
    return products.at(1, id, Column::is_deleted) == "true";
  }

  MemoryCatalogue products;
};

TEST_F(TombstoneTest, softly_nothing_else_of_it_counts) {
  Call softly = call(R"({"field": "op", "value": "D"})");
  const std::int64_t a = products.put(1, R"({"external_id": "a", "name": "A", "handle": "h"})");
  softly.one(R"({"external_id": "a", "op": "D", "name": 5, "handle": "other", "variants": 7})");
  EXPECT_EQ(softly.status(), "updated");
  EXPECT_EQ(softly.changed(), "is_deleted");
  EXPECT_TRUE(is_deleted(a));
  EXPECT_EQ(products.at(1, a, Column::handle), R"("h")");
  softly.one(R"({"external_id": "a", "op": "D"})");
  EXPECT_EQ(softly.status(), "unchanged");
}

TEST_F(TombstoneTest, none_creates_nothing) {
  Call softly = call(R"({"field": "op", "value": "D"})");
  for (const Mode mode : {Mode::upsert, Mode::update, Mode::create}) {
    softly.options.mode = mode;
    softly.one(R"({"external_id": "a", "op": "D"})");
    EXPECT_EQ(softly.status(), "unchanged");
    EXPECT_EQ(softly.id(), 0);
  }
  EXPECT_EQ(products.size(), 0U);
  EXPECT_EQ(softly.refused_one(R"({"op": "D", "handle": "h"})"), "required");
}

TEST_F(TombstoneTest, is_judged_as_other_documents_are) {
  Call softly = call(R"({"field": "gone"})");
  softly.one(R"({"external_id": "a", "name": "A", "at": "2026-01-02T00:00:00Z"})");
  const std::int64_t a = softly.id();
  softly.one(R"({"external_id": "a", "gone": true, "at": "2026-01-01T00:00:00Z"})");
  EXPECT_TRUE(softly.item().stale);
  EXPECT_FALSE(is_deleted(a));
  softly.one(R"({"external_id": "a", "gone": true, "at": "2026-01-04T00:00:00Z"})");
  EXPECT_EQ(softly.changed(), "at is_deleted");
  softly.one(R"({"external_id": "a", "is_deleted": false, "at": "2026-01-03T00:00:00Z"})");
  EXPECT_TRUE(softly.item().stale);
  EXPECT_TRUE(is_deleted(a));
}

TEST_F(TombstoneTest, rule_60_a_product_that_stays_deleted_is_noted) {
  Call softly = call(R"({"field": "op", "value": "D"})");
  const std::int64_t a = products.put(1, R"({"external_id": "a", "is_deleted": true})");
  softly.one(R"({"external_id": "a", "name": "B", "at": "2026-01-02T00:00:00Z"})");
  EXPECT_EQ(softly.changed(), "at name");
  EXPECT_TRUE(softly.item().deleted);
  EXPECT_FALSE(softly.item().says_deleted);
  softly.one(R"({"external_id": "a", "is_deleted": false, "at": "2026-01-01T00:00:00Z"})");
  EXPECT_TRUE(softly.item().stale);
  EXPECT_TRUE(softly.item().deleted);
  softly.one(R"({"external_id": "a", "is_deleted": true})");
  EXPECT_EQ(softly.status(), "unchanged");
  EXPECT_TRUE(softly.item().says_deleted);
  softly.one(R"({"external_id": "a", "is_deleted": false})");
  EXPECT_FALSE(softly.item().deleted);
  EXPECT_FALSE(is_deleted(a));
  softly.one(R"({"external_id": "a", "name": "C"})");
  EXPECT_FALSE(softly.item().deleted);
}

TEST_F(TombstoneTest, revive_restores_by_what_is_no_tombstone) {
  Call reviving = call(R"({"field": "op", "value": "D", "revive": true})");
  const std::int64_t a = products.put(1, R"({"external_id": "a", "name": "A"})");
  reviving.one(R"({"external_id": "a", "op": "D"})");
  EXPECT_TRUE(is_deleted(a));
  reviving.one(R"({"external_id": "a"})");
  EXPECT_EQ(reviving.changed(), "is_deleted");
  EXPECT_FALSE(is_deleted(a));
  reviving.one(R"({"external_id": "a", "is_deleted": true})");
  EXPECT_TRUE(is_deleted(a));
  Call softly = call(R"({"field": "op", "value": "D"})");
  softly.one(R"({"external_id": "a", "name": "B"})");
  EXPECT_TRUE(is_deleted(a));
}

TEST_F(TombstoneTest, really_frees_what_the_product_had) {
  Call really = call(R"({"field": "gone", "action": "delete"})");
  really.many(R"([{"external_id": "a", "name": "A", "handle": "h", "variants": [{"sku": "s"}]},
                  {"external_id": "b", "name": "B"}])");
  really.many(R"([{"external_id": "b", "handle": "h", "variants": [{"sku": "s"}]},
                  {"external_id": "a", "gone": true}])");
  EXPECT_EQ(really.statuses(), "updated updated");
  EXPECT_TRUE(really.item(1).removes);
  EXPECT_EQ(products.size(), 1U);
  EXPECT_EQ(products.at(1, really.id(0), Column::handle), R"("h")");
}

TEST_F(TombstoneTest, really_and_what_says_no_more_than_the_key_are_not_the_same) {
  Call really = call(R"({"field": "gone", "action": "delete"})");
  products.put(1, R"({"external_id": "a", "name": "A"})");
  really.options.on_duplicate = OnDuplicate::same;
  really.skip().many(R"([{"external_id": "a"}, {"external_id": "a", "gone": true}])");
  EXPECT_EQ(really.statuses(), "rejected rejected");
  really.many(R"([{"external_id": "a", "gone": true}, {"external_id": "a", "gone": true}])");
  EXPECT_EQ(really.statuses(), "updated unchanged");
  EXPECT_EQ(products.size(), 0U);
}

TEST_F(TombstoneTest, really_takes_the_right_to_delete) {
  Call really = call(R"({"field": "gone", "action": "delete"})");
  products.put(1, R"({"external_id": "a", "name": "A"})");
  products.refused.insert({Right::remove, 1});
  EXPECT_EQ(really.refused_one(R"({"external_id": "a", "gone": true})"), "permission");
  EXPECT_EQ(products.size(), 1U);
}

TEST_F(TombstoneTest, really_is_not_done_to_what_has_moved) {
  Call really = call(R"({"field": "gone", "action": "delete"})");
  const std::int64_t a = products.put(1, R"({"external_id": "a", "name": "A"})");
  products.before_write = [&, moved = false]() mutable {
    if (!std::exchange(moved, true)) products.change(1, a, R"({"external_id": "c"})");
  };
  really.one(R"({"external_id": "a", "gone": true})");
  EXPECT_EQ(really.status(), "unchanged");
  EXPECT_EQ(products.size(), 1U);
}

// What was read of a product that is gone says nothing of the one that is made in its place.
TEST_F(TombstoneTest, rule_60_a_product_made_after_a_deleted_one_has_gone_is_not_noted_as_deleted) {
  Call softly = call(R"({"field": "gone"})");
  const std::int64_t a = products.put(1, R"({"external_id": "a", "is_deleted": true})");
  products.before_write = [&, gone = false]() mutable {
    if (!std::exchange(gone, true)) products.erase(1, a);
  };
  softly.one(R"({"external_id": "a", "name": "A"})");
  EXPECT_EQ(softly.status(), "created");
  EXPECT_FALSE(softly.item().deleted);
}

// Otherwise it would hang on their order whether the product is there afterwards.
TEST_F(TombstoneTest, of_a_product_that_the_call_makes_is_a_collision) {
  for (const char* action : {"delete", "delete_softly"}) {
    Call either =
        call(R"({"field": "op", "value": "D", "action": ")" + std::string(action) + "\"}");
    either.skip().many(R"([{"external_id": "a", "name": "A"}, {"external_id": "a", "op": "D"},
                           {"external_id": "b", "op": "D"}])");
    EXPECT_EQ(either.statuses(), "rejected rejected unchanged") << action;
    EXPECT_EQ(either.codes(1), "collision external_id") << action;
  }
}

TEST_F(TombstoneTest, field_actions_are_not_for_it) {
  Call softly = call(R"({"field": "op", "value": "D"})");
  for (const char* action : {"IGNORE", "REPLACE"}) {
    products.clear();
    softly.options.actions.clear();
    softly.one(R"({"external_id": "a", "name": "A", "at": "2026-01-02T00:00:00Z"})");
    const std::int64_t a = softly.id();
    softly.actions(R"({"is_deleted": ")" + std::string(action) + R"(", "at": ")" + action + "\"}");
    softly.one(R"({"external_id": "a", "op": "D", "at": "2026-01-01T00:00:00Z"})");
    EXPECT_TRUE(softly.item().stale) << action;
    softly.one(R"({"external_id": "a", "op": "D", "at": "2026-01-03T00:00:00Z"})");
    EXPECT_EQ(softly.status(), "updated") << action;
    EXPECT_TRUE(is_deleted(a)) << action;
  }
}

TEST_F(TombstoneTest, what_is_wrong_with_a_field_whose_name_has_dots_does_not_count_either) {
  Arena arena;
  Call dotted(products, compile_profile("dotted", parse_json(R"({"identity": ["external_id"],
      "tombstone": {"field": "gone"}, "fields": {"external_id": {"type": "text"},
      "is_deleted": {"type": "boolean"}, "label.en": {"type": "text", "column": "name"},
      "label.en.of": {"type": "text", "column": "handle"}}})",
                                                             arena)));
  dotted.one(R"({"external_id": "a", "label.en": "A"})");
  dotted.one(R"({"external_id": "a", "label.en": 5, "label.en.of": 6, "gone": true})");
  EXPECT_TRUE(is_deleted(dotted.id()));
  EXPECT_EQ(dotted.refused_one(R"({"external_id": "a", "gone": true, "label.en.x": 1})"),
            "unknown_field label.en.x");
}

}  // namespace
}  // namespace product_upsert
