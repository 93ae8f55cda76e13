#include "core/catalogue/own_column.hpp"

#include <gtest/gtest.h>

#include <string>

#include "core/value/events.hpp"
#include "core/value/round.hpp"
#include "core/value/text.hpp"
#include "unit/call.hpp"

namespace product_upsert {
namespace {

TEST(OwnColumnTest, one_description_is_one_column_and_another_type_another) {
  const Column weight = own_column({std::string("weight"), ColumnType::numeric});
  EXPECT_EQ(own_column({"weight", ColumnType::numeric}), weight);
  EXPECT_NE(own_column({"weight", ColumnType::text}), weight);
  EXPECT_EQ(info(weight).name, "weight");
  EXPECT_EQ(info(weight).type, ColumnType::numeric);
  EXPECT_GE(static_cast<std::size_t>(weight), kColumns);
  OwnColumns own;
  own.product = {weight};
  EXPECT_EQ(own.find("weight"), weight);
  EXPECT_EQ(own.find("name"), Column::name);
  EXPECT_FALSE(own.find("height"));
}

TEST(OwnColumnTest, numbers_are_rounded_as_the_column_does_it) {
  Arena arena;
  const auto as = [&](const char* number, int precision, int scale) -> std::string {
    const auto value = rounded(*Value::parse_number(number, arena), precision, scale, arena);
    return value ? value->json() : "none";
  };
  EXPECT_EQ(as("1.005", 10, 2), "1.01");
  EXPECT_EQ(as("-1.005", 10, 2), "-1.01");
  EXPECT_EQ(as("1.0049", 10, 2), "1.00");
  EXPECT_EQ(as("7", 10, 2), "7.00");
  EXPECT_EQ(as("0.5", 3, 0), "1");
  EXPECT_EQ(as("-0.4", 3, 0), "0");
  EXPECT_EQ(as("99.995", 4, 2), "none");
  EXPECT_EQ(as("99.994", 4, 2), "99.99");
  EXPECT_EQ(as("0.09", 1, 1), "0.1");
  EXPECT_EQ(as("0.95", 1, 1), "none");
  EXPECT_EQ(as("12345678901234567890.125", 30, 2), "12345678901234567890.13");
  EXPECT_EQ(as("1e5", 5, 0), "none");
  EXPECT_EQ(as("1e5", 6, 0), "100000");
}

TEST(OwnColumnTest, an_instant_has_one_notation) {
  EXPECT_EQ(canonical_timestamp("2026-01-31T12:00:00+01:00"), "2026-01-31T11:00:00.000Z");
  EXPECT_EQ(canonical_timestamp("2026-01-01T00:30:00.5+01:00"), "2025-12-31T23:30:00.500Z");
  EXPECT_EQ(canonical_timestamp("1969-12-31T23:59:59.123456Z"), "1969-12-31T23:59:59.123456Z");
  EXPECT_EQ(canonical_timestamp("0001-01-01T00:00:00+01:00"), std::nullopt);
}

// A profile whose fields are the user's columns weight, mood and shelf.
class OwnColumnEngineTest : public testing::Test {
 protected:
  OwnColumnEngineTest() {
    rules = builtin_rules();
    for (int n = 0; n < 300; ++n)
      own.product.push_back(own_column({"column_" + std::to_string(n), ColumnType::text}));
    own.product.push_back(weight);
    own.product.push_back(mood);
    own.product.push_back(shelf);
    rules.rules.push_back({"weight_rule", {weight, own.product[299]}, {weight}, true});
    products = std::make_unique<MemoryCatalogue>(rules);
    for (Column c : own.product) products->own_columns[c];
    products->own_columns[shelf] = "\"store\"";
    products->type_rule = [](const ColumnInfo&, const Value& v) {
      return !v.has_value() || v.as_text() != "angry";
    };
    Arena arena;
    profile = compile_profile("own",
                              parse_json(R"({"identity": ["external_id", "weight_rule"],
                              "fields": {"external_id": {"type": "text"}, "name": {"type": "text"},
                                         "weight": {"type": "decimal"}, "mood": {"type": "text"},
                                         "shelf": {"type": "text"}, "column_299": {"type": "text"},
                                         "column_7": {"type": "text"}}})",
                                         arena),
                              own);
  }

  Column weight = own_column({"weight", ColumnType::numeric, 0, {}, 10, 2});
  Column mood = [] {
    ColumnInfo column{"mood", ColumnType::text, 99, "mood"};
    column.is_restricted = true;
    return own_column(column);
  }();
  Column shelf = [] {
    ColumnInfo column{"shelf", ColumnType::text};
    column.has_default = true;
    return own_column(column);
  }();
  OwnColumns own;
  IdentityRules rules;
  std::unique_ptr<MemoryCatalogue> products;
  std::shared_ptr<const Profile> profile;
};

TEST_F(OwnColumnEngineTest, is_written_compared_and_found_by) {
  Call call(*products, profile);
  call.many(R"([{"external_id": "a", "weight": 1.005, "column_299": "x", "column_7": "y"},
                {"external_id": "b", "weight": 2, "name": "n"}])");
  EXPECT_EQ(call.statuses(), "created created");
  EXPECT_EQ(products->at(1, 1, weight), "1.01");
  EXPECT_EQ(products->at(1, 1, own.product[7]), "\"y\"");
  call.many(
      R"([{"weight": 1.01, "column_299": "x", "name": "m"}, {"weight": 2.00, "column_7": "z"}])");
  EXPECT_EQ(call.statuses(), "updated updated");
  EXPECT_EQ(call.decided_by(1), "weight_rule");
  EXPECT_EQ(call.changed(1), "column_7");
  call.one(R"({"external_id": "a", "weight": 1.0100001})");
  EXPECT_EQ(call.status(), "unchanged");
  EXPECT_EQ(call.refused_one(R"({"external_id": "b", "weight": 1.01, "column_299": "x"})"),
            "collision");
  EXPECT_EQ(call.refused_one(R"({"external_id": "a", "weight": 100000000})"), "range weight");
}

TEST_F(OwnColumnEngineTest, a_value_that_its_type_does_not_let_in_is_a_failure_of_the_field) {
  Call call(*products, profile);
  call.skip().many(
      R"([{"external_id": "a", "mood": "angry"}, {"external_id": "b", "mood": "glad"}])");
  EXPECT_EQ(call.statuses(), "rejected created");
  EXPECT_EQ(call.codes(0), "constraint mood");
}

TEST_F(OwnColumnEngineTest, the_tables_default_is_for_those_that_say_nothing) {
  Call call(*products, profile);
  call.many(R"([{"external_id": "a", "shelf": "top"}, {"external_id": "b"},
                {"external_id": "c", "shelf": null}])");
  EXPECT_EQ(products->at(1, call.id(0), shelf), "\"top\"");
  EXPECT_EQ(products->at(1, call.id(1), shelf), "\"store\"");
  EXPECT_EQ(products->at(1, call.id(2), shelf), "null");
}

TEST_F(OwnColumnEngineTest, a_name_that_no_table_has_is_refused_with_the_names_there_are) {
  Arena arena;
  const Value definition = parse_json(
      R"({"identity": ["id"], "fields": {"id": {"type": "integer"}, "wieght": {"type": "decimal"}}})",
      arena);
  try {
    compile_profile("p", definition, own);
    FAIL();
  } catch (const Refusal& refusal) {
    const std::string message = refusal.what();
    EXPECT_TRUE(message.starts_with("fields.wieght.column: product has no column \"wieght\""));
    EXPECT_NE(message.find(", weight, mood"), std::string::npos);
  }
  // Where no table can be asked, any name will do.
  OwnColumns unknown;
  unknown.unknown = true;
  EXPECT_NO_THROW(compile_profile("p", definition, unknown));
}

}  // namespace
}  // namespace product_upsert
