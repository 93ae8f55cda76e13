#include "core/catalogue/identity.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "unit/memory_catalogue.hpp"

namespace product_upsert {
namespace {

class IdentityTest : public testing::Test {
 protected:
  const IdentityRules rules = builtin_rules();
  const IdentityRule& natural = rules.rules[static_cast<std::size_t>(rules.find("natural"))];
  Arena arena;

  std::optional<Key> key(std::vector<std::pair<Column, Value>> values) {
    return read_key(
        natural,
        [&](Column c) {
          for (const auto& [column, value] : values) {
            if (column == c) return value;
          }
          return Value();
        },
        arena);
  }
};

TEST_F(IdentityTest, rules_are_found_by_name) {
  EXPECT_EQ(rules.find("id"), 0);
  EXPECT_EQ(rules.find("nobody"), -1);
  EXPECT_TRUE(natural.uses(Column::size));
  EXPECT_FALSE(natural.uses(Column::id));
  EXPECT_TRUE(rules.columns().has(Column::handle));
  EXPECT_FALSE(rules.columns().has(Column::price));
}

TEST_F(IdentityTest, a_key_needs_its_required_fields) {
  EXPECT_FALSE(key({}));
  EXPECT_FALSE(key({{Column::brand, Value::text("b")}}));
  EXPECT_FALSE(key({{Column::manufacturer, Value::null()}, {Column::brand, Value::text("b")}}));
  EXPECT_TRUE(key({{Column::manufacturer, Value::text("m")}}));
}

TEST_F(IdentityTest, fine_point_g_a_field_not_said_makes_the_key_incomplete) {
  const auto partial = key({{Column::manufacturer, Value::text("m")}});
  EXPECT_FALSE(partial->complete);
  const auto whole = key({{Column::manufacturer, Value::text("m")},
                          {Column::brand, Value::null()},
                          {Column::name, Value::null()},
                          {Column::size, Value::null()},
                          {Column::size_unit, Value::null()}});
  EXPECT_TRUE(whole->complete);
  EXPECT_TRUE(same_key(*partial, *whole));
}

TEST_F(IdentityTest, c8_a_rule_that_folds_compares_texts_as_folded) {
  const IdentityRule folding{"folding",
                             {Column::external_id, Column::handle, Column::size},
                             {Column::external_id},
                             true,
                             {Fold::letter_case, Fold::exact, Fold::gtin}};
  const auto key_of = [&](const char* external_id, const char* handle) {
    return *read_key(
        folding,
        [&](Column c) {
          return c == Column::external_id ? Value::text(external_id)
                 : c == Column::handle    ? Value::text(handle)
                                          : Value::integer(5);
        },
        arena);
  };
  EXPECT_TRUE(same_key(key_of("Ab", "h"), key_of("aB", "h")));
  EXPECT_EQ(key_of("Ab", "h").values[0].as_text(), "ab");
  EXPECT_EQ(key_of("Ab", "h").values[2].as_integer(), 5);
  EXPECT_FALSE(same_key(key_of("Ab", "h"), key_of("ac", "h")));
  EXPECT_FALSE(same_key(key_of("Ab", "h"), key_of("Ab", "H")));
  const Column some[] = {Column::size, Column::name, Column::external_id};
  EXPECT_EQ(folding.folds_of(some), (std::vector{Fold::gtin, Fold::exact, Fold::letter_case}));
  EXPECT_TRUE(natural.folds_of(some).empty());
}

TEST_F(IdentityTest, vending_34_sizes_are_equal_by_value) {
  const auto sized = [&](const Value& size) {
    return *key({{Column::manufacturer, Value::text("m")}, {Column::size, size}});
  };
  EXPECT_TRUE(same_key(sized(Value::integer(12)), sized(Value::decimal(1200, 2))));
  EXPECT_FALSE(same_key(sized(Value::integer(12)), sized(Value::decimal(121, 1))));
  EXPECT_FALSE(same_key(sized(Value::integer(0)), sized(Value::null())));
  EXPECT_TRUE(same_key(sized(Value::null()), sized(Value())));
}

TEST_F(IdentityTest, a_table_holds_many_keys_and_finds_the_first) {
  KeyMap table(0);
  std::vector<Key> keys;
  for (std::uint32_t i = 0; i < 1000; ++i)
    keys.push_back(
        *key({{Column::manufacturer, Value::text(arena.copy("m" + std::to_string(i)))}}));
  for (std::uint32_t i = 0; i < keys.size(); ++i) EXPECT_EQ(table.add(keys[i], i), i);
  for (std::uint32_t i = 0; i < keys.size(); ++i) {
    EXPECT_EQ(table.add(keys[i], 5000 + i), i);
    EXPECT_EQ(table.find(keys[i]), i);
  }
  EXPECT_EQ(table.find(*key({{Column::manufacturer, Value::text("other")}})), KeyMap::kNone);
}

}  // namespace
}  // namespace product_upsert
