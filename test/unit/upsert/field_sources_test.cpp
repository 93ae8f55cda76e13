// Who has written which field, and who goes before whom, through a whole call.
#include <gtest/gtest.h>

#include "core/value/events.hpp"
#include "unit/call.hpp"

namespace product_upsert {
namespace {

constexpr const char* kPrecedence = R"({"price": ["hand", "erp", "shop"], "*": ["hand", "erp"]})";

class FieldSourcesTest : public testing::Test {
 protected:
  Call call(const std::string& source, const std::string& more = "") {
    Arena arena;
    Call made(
        products,
        compile_profile("sources", parse_json(R"({"identity": ["external_id"], "precedence": )" +
                                                  std::string(kPrecedence) + more +
                                                  R"(, "fields": {
                  "external_id": {"type": "text"}, "handle": {"type": "text"},
                  "name": {"type": "text", "required": true, "nullable": false},
                  "price": {"type": "decimal"}, "cost": {"type": "decimal"},
                  "status": {"type": "text", "default": "NEW"},
                  "color": {"type": "text", "column": "meta", "member": "color"},
                  "tags": {"type": "texts"}, "is_deleted": {"type": "boolean"},
                  "variants": {"role": "variants", "fields": {"sku": {"type": "text"},
                                                              "price": {"type": "decimal"}}}}})",
                                              arena)));
    made.options.source = source;
    return made;
  }
  std::string marks(std::int64_t id) const { return products.at(1, id, Column::field_sources); }
  std::string held(const Call& call, std::size_t i = 0) const {
    std::string out;
    if (call.item(i).sources == nullptr) return out;
    for (const HeldBack& h : call.item(i).sources->held)
      out += (out.empty() ? "" : ", ") + std::string(h.name) + " " + std::string(h.source) + " " +
             std::string(h.value);
    return out;
  }

  MemoryCatalogue products;
};

TEST_F(FieldSourcesTest, what_a_source_creates_is_its_own_but_for_what_is_null) {
  Call hand = call("hand");
  hand.one(R"({"external_id": "a", "name": "A", "price": 1, "cost": null})");
  const std::int64_t a = hand.id();
  EXPECT_EQ(marks(a), R"({"*":"hand"})");
  Call erp = call("erp");
  erp.one(R"({"external_id": "a", "name": "B", "cost": 2, "status": "OLD", "tags": ["t"]})");
  EXPECT_EQ(erp.changed(), "cost tags");
  EXPECT_EQ(held(erp), "name hand B, status hand OLD");
  EXPECT_EQ(marks(a), R"({"*":"hand","cost":"erp","tags":"erp"})");
  hand.one(R"({"external_id": "a", "price": null, "name": "C"})");
  EXPECT_EQ(marks(a), R"({"*":"hand","cost":"erp","tags":"erp","price":"hand"})");
  erp.one(R"({"external_id": "a", "price": 5})");
  EXPECT_EQ(held(erp), "price hand 5");
}

// Rule 54: a price that a source might hold, but none does, is computed anew.
TEST_F(FieldSourcesTest, a_computed_field_that_nobody_holds_follows_what_it_is_computed_from) {
  for (const std::string ranked : {"price", "name"}) {
    products.clear();
    Arena arena;
    Call shop(products, compile_profile("priced", parse_json(R"({"identity": ["external_id"],
        "precedence": {")" + ranked + R"(": ["hand"]}, "fields": {"external_id": {"type": "text"},
        "name": {"type": "text"}, "cost": {"type": "decimal"}, "markup": {"type": "decimal"},
        "price": {"type": "decimal", "marked_up": {"base": "cost", "percent": "markup"}}}})",
                                                             arena)));
    shop.options.source = "shop";
    const auto id =
        products.put(1, R"({"external_id": "a", "cost": 1, "markup": 10, "price": 1.1})");
    shop.one(R"({"external_id": "a", "cost": 2})");
    EXPECT_EQ(shop.changed(), "cost price") << ranked;
    EXPECT_EQ(products.at(1, id, Column::price), "2.2") << ranked;
  }
}

TEST_F(FieldSourcesTest, what_nobody_writes_is_nobodys) {
  Call erp = call("erp");
  erp.one(R"({"external_id": "a", "name": "A"})");
  const std::int64_t a = erp.id();
  Call nobody = call("");
  for (const char* price : {"1", "2"})
    nobody.one(R"({"external_id": "a", "price": )" + std::string(price) + "}");
  EXPECT_EQ(products.at(1, a, Column::price), "2");
  EXPECT_EQ(marks(a), R"({"*":"erp","price":null})");
  nobody.one(R"({"external_id": "a", "name": "N"})");
  EXPECT_EQ(held(nobody), "name erp N");
}

TEST_F(FieldSourcesTest, without_a_source_nothing_is_marked) {
  Call nobody = call("");
  nobody.one(R"({"external_id": "a", "name": "A"})");
  EXPECT_EQ(marks(nobody.id()), "null");
}

TEST_F(FieldSourcesTest, a_source_of_a_lower_rank_is_held_back) {
  Call hand = call("hand");
  hand.one(R"({"external_id": "a", "name": "A", "price": 2})");
  const std::int64_t a = hand.id();
  Call erp = call("erp");
  erp.one(R"({"external_id": "a", "name": "B", "price": 1, "cost": 3})");
  EXPECT_EQ(erp.status(), "updated");
  EXPECT_EQ(erp.changed(), "cost");
  EXPECT_EQ(held(erp), "name hand B, price hand 1");
  EXPECT_EQ(products.at(1, a, Column::name), R"("A")");
  EXPECT_EQ(marks(a), R"({"*":"hand","cost":"erp"})");
}

TEST_F(FieldSourcesTest, what_is_wholly_held_back_changes_nothing) {
  const std::int64_t a = products.put(
      1, R"({"external_id": "a", "name": "A", "price": 2, "field_sources": {"price": "hand"}})");
  Call erp = call("erp");
  erp.one(R"({"external_id": "a", "price": 1})");
  EXPECT_EQ(erp.status(), "unchanged");
  EXPECT_EQ(held(erp), "price hand 1");
  EXPECT_EQ(marks(a), R"({"price":"hand"})");
}

TEST_F(FieldSourcesTest, the_same_value_moves_no_mark_and_is_no_note) {
  const std::int64_t a = products.put(
      1, R"({"external_id": "a", "name": "A", "price": 2, "field_sources": {"price": "erp"}})");
  for (const char* source : {"hand", "erp", "shop", "other", ""}) {
    Call same = call(source);
    same.one(R"({"external_id": "a", "price": 2.0})");
    EXPECT_EQ(same.status(), "unchanged") << source;
    EXPECT_EQ(held(same), "") << source;
  }
  EXPECT_EQ(marks(a), R"({"price":"erp"})");
}

TEST_F(FieldSourcesTest, an_equal_or_higher_rank_writes_value_and_mark) {
  const std::int64_t a = products.put(
      1, R"({"external_id": "a", "name": "A", "price": 2, "field_sources": {"price": "shop"}})");
  Call erp = call("erp");
  erp.one(R"({"external_id": "a", "price": 3})");
  EXPECT_EQ(marks(a), R"({"price":"erp"})");
  erp.one(R"({"external_id": "a", "price": 4})");
  EXPECT_EQ(erp.changed(), "price");
  EXPECT_EQ(marks(a), R"({"price":"erp"})");
  Call hand = call("hand");
  hand.one(R"({"external_id": "a", "price": null})");
  EXPECT_EQ(products.at(1, a, Column::price), "null");
  EXPECT_EQ(marks(a), R"({"price":"hand"})");
  erp.one(R"({"external_id": "a", "price": 4})");
  EXPECT_EQ(held(erp), "price hand 4");
}

TEST_F(FieldSourcesTest, what_no_list_names_ranks_last_and_takes_from_its_like) {
  const std::int64_t a = products.put(
      1, R"({"external_id": "a", "name": "A", "price": 2, "field_sources": {"price": "csv"}})");
  Call other = call("other");
  other.one(R"({"external_id": "a", "price": 3})");
  EXPECT_EQ(marks(a), R"({"price":"other"})");
  Call nobody = call("");
  nobody.one(R"({"external_id": "a", "price": 4})");
  EXPECT_EQ(products.at(1, a, Column::price), "4");
  EXPECT_EQ(marks(a), "null");
  Call shop = call("shop");
  shop.one(R"({"external_id": "a", "price": 5})");
  other.one(R"({"external_id": "a", "price": 6})");
  EXPECT_EQ(held(other), "price shop 6");
}

TEST_F(FieldSourcesTest, a_quiet_field_that_is_held_back_is_told_in_every_profile) {
  for (const char* related :
       {"", R"(, "families": {"role": "links", "table": "family", "by": ["id"]})"}) {
    products.clear();
    Arena arena;
    const auto profile = compile_profile("quiet", parse_json(R"({"identity": ["external_id"],
            "precedence": {"*": ["hand", "erp"]}, "fields": {"external_id": {"type": "text"},
            "price": {"type": "decimal", "quiet": true}, "cost": {"type": "decimal", "quiet": true})" +
                                                                 std::string(related) + "}}",
                                                             arena));
    Call hand(products, profile);
    hand.options.source = "hand";
    hand.one(R"({"external_id": "a", "price": 1})");
    Call erp(products, profile);
    erp.options.source = "erp";
    erp.one(R"({"external_id": "a", "price": 2, "cost": 3})");
    EXPECT_EQ(erp.status(), "unchanged") << related;
    EXPECT_EQ(held(erp), "price hand 2") << related;
    EXPECT_EQ(marks(hand.id()), R"({"*":"hand"})") << related;
  }
}

TEST_F(FieldSourcesTest, actions_are_held_back_as_values_are) {
  const std::int64_t a = products.put(
      1,
      R"({"external_id": "a", "name": "A", "price": 2, "tags": ["x"], "field_sources": {"price": "hand", "tags": "hand"}})");
  Call erp = call("erp");
  erp.actions(R"({"price": "CLEAR", "tags": "APPEND"})");
  erp.one(R"({"external_id": "a", "price": 1, "tags": ["x", "y"]})");
  EXPECT_EQ(erp.status(), "unchanged");
  EXPECT_EQ(held(erp), "tags hand , price hand null");
  erp.actions(R"({"price": "IGNORE", "tags": "REMOVE"})");
  erp.one(R"({"external_id": "a", "price": 1, "tags": ["y"]})");
  EXPECT_EQ(held(erp), "");
  EXPECT_EQ(products.at(1, a, Column::tags), R"(["x"])");
}

TEST_F(FieldSourcesTest, a_key_that_is_held_back_is_in_nobodys_way) {
  products.put(
      1,
      R"({"external_id": "a", "name": "A", "handle": "ha", "field_sources": {"handle": "hand"}})");
  products.put(1, R"({"external_id": "b", "name": "B", "handle": "hb"})");
  Call erp = call("erp");
  erp.many(R"([{"external_id": "a", "handle": "hb", "price": 1},
               {"external_id": "b", "handle": "hc", "price": 1}])");
  EXPECT_EQ(erp.statuses(), "updated updated");
  EXPECT_EQ(held(erp, 0), "handle hand hb");
}

TEST_F(FieldSourcesTest, variants_are_held_back_as_a_whole) {
  Call hand = call("hand");
  hand.one(R"({"external_id": "a", "name": "A", "variants": [{"sku": "s", "price": 1}]})");
  Call erp = call("erp");
  erp.one(R"({"external_id": "a", "variants": [{"sku": "s", "price": 1}]})");
  EXPECT_EQ(held(erp), "");
  erp.one(
      R"({"external_id": "a", "price": 5, "variants": [{"sku": "s", "price": 2}, {"sku": "t"}]})");
  EXPECT_EQ(erp.changed(), "price");
  EXPECT_EQ(held(erp), "variants hand ");
  EXPECT_EQ(products.rows.dump().find("\"t\""), std::string::npos);
  hand.one(R"({"external_id": "b", "name": "B"})");
  erp.one(R"({"external_id": "b", "variants": [{"sku": "t"}]})");
  EXPECT_EQ(erp.changed(), "variants");
  EXPECT_EQ(marks(hand.id()), R"({"*":"hand","product_variant":"erp"})");
}

TEST_F(FieldSourcesTest, a_document_that_is_wrong_is_told_so_whoever_holds_the_field) {
  products.put(
      1, R"({"external_id": "a", "name": "A", "price": 2, "field_sources": {"price": "hand"}})");
  Call erp = call("erp");
  EXPECT_EQ(erp.refused_one(R"({"external_id": "a", "price": "dear"})"), "type price");
}

TEST_F(FieldSourcesTest, a_tombstone_is_held_back_where_is_deleted_is) {
  const std::int64_t a = products.put(
      1,
      R"({"external_id": "a", "name": "A", "is_deleted": false, "field_sources": {"is_deleted": "hand"}})");
  Call erp = call("erp", R"(, "tombstone": {"field": "gone"})");
  erp.one(R"({"external_id": "a", "gone": true})");
  EXPECT_EQ(erp.status(), "unchanged");
  EXPECT_EQ(held(erp), "is_deleted hand true");
  EXPECT_EQ(products.at(1, a, Column::is_deleted), "false");
}

TEST_F(FieldSourcesTest, marks_that_sql_has_made_otherwise_hold_nothing) {
  for (const char* marks : {"[1]", "7", R"({"price": ["hand"]})", "{}"}) {
    products.put(1, R"({"external_id": "a", "name": "A", "price": 2, "field_sources": )" +
                        std::string(marks) + "}");
    Call erp = call("erp");
    erp.one(R"({"external_id": "a", "price": 1})");
    EXPECT_EQ(erp.changed(), "price") << marks;
    products.clear();
  }
}

TEST_F(FieldSourcesTest, a_document_that_lost_a_race_is_held_against_the_new_marks) {
  const std::int64_t a = products.put(1, R"({"external_id": "a", "name": "A", "price": 2})");
  products.before_write = [&, moved = false]() mutable {
    if (!std::exchange(moved, true))
      products.change(1, a, R"({"price": 9, "field_sources": {"price": "hand"}})");
  };
  Call erp = call("erp");
  erp.one(R"({"external_id": "a", "price": 1, "cost": 1})");
  EXPECT_EQ(erp.changed(), "cost");
  EXPECT_EQ(held(erp), "price hand 1");
  EXPECT_EQ(products.at(1, a, Column::price), "9");
}

TEST_F(FieldSourcesTest, without_precedence_nothing_is_read_or_written) {
  Call plain(products, "catalog");
  plain.options.source = "hand";
  plain.one(R"({"external_id": "a", "name": "A"})");
  EXPECT_EQ(marks(plain.id()), "null");
  EXPECT_FALSE(plain.batch->stored_columns.has(Column::field_sources));
}

}  // namespace
}  // namespace product_upsert
