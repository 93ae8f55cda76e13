// Variants read, planned and held apart, and custom values that identify, by themselves.
#include "core/related/variants.hpp"

#include <gtest/gtest.h>

#include "core/related/custom_values.hpp"
#include "core/related/variant_skus.hpp"
#include "core/related/variant_writer.hpp"
#include "core/upsert/matcher.hpp"
#include "unit/source_files.hpp"
#include "unit/steps.hpp"

namespace product_upsert {
namespace {

class VariantsTest : public testing::Test {
 protected:
  MemoryCatalogue products;
  Steps steps{products, "catalog"};
  std::unique_ptr<RelatedState> related;

  // Matched, but not planned.
  RelatedState& read(std::string_view json) {
    BatchState& state = steps.match(json);
    related = std::make_unique<RelatedState>(state.options, products.related(), state.batch,
                                             state.dependencies, nullptr);
    return *related;
  }
  std::int64_t product(const char* external_id, const char* sku) {
    const auto id =
        products.put(1, std::string(R"({"name": "n", "external_id": ")") + external_id + "\"}");
    products.rows.put(1, Table::variant,
                      R"({"product_id": )" + std::to_string(id) + R"(, "sku": ")" + sku +
                          R"(", "price": 1, "position": 1})");
    return id;
  }
  void plan(Variants& variants) {
    variants.read(1, steps.group().items);
    for (const std::uint32_t i : steps.group().items) variants.plan(i);
  }
};

TEST_F(VariantsTest, retail_22_a_variant_is_updated_by_its_sku_or_created) {
  product("a", "s");
  RelatedState& state = read(R"([{"external_id": "a", "variants": [{"sku": "s", "price": 2},
                                                 {"sku": "t", "price": 3, "position": 2}]}])");
  Variants variants(state);
  plan(variants);
  const auto& changes = state.items.at(0).variants().changes;
  ASSERT_EQ(changes.size(), 2U);
  EXPECT_EQ(changes[0].kind, VariantChange::Kind::update);
  EXPECT_EQ(changes[1].kind, VariantChange::Kind::create);
  EXPECT_EQ(steps.call.changed(), "variants");
  EXPECT_TRUE(VariantWriter(state).write(1, steps.group().items, TakenKey::fails, false));
  EXPECT_EQ(products.rows.rows(Table::variant).size(), 2U);
}

TEST_F(VariantsTest, what_is_said_already_is_no_change) {
  product("a", "s");
  RelatedState& state = read(R"([{"external_id": "a", "variants": [{"sku": "s", "price": 1.0}]}])");
  Variants variants(state);
  plan(variants);
  EXPECT_TRUE(state.items.at(0).variants().changes.empty());
  EXPECT_EQ(steps.call.changed(), "");
}

TEST_F(VariantsTest, retail_22_a_document_may_say_that_its_variants_replace_the_stored_ones) {
  Call call(products, compile("test", R"({"identity": ["external_id"], "fields": {
      "external_id": {"type": "text"}, "archive": {"role": "replace_variants"},
      "variants": {"role": "variants", "fields": {"sku": {"type": "text"}}}}})"));
  call.one(R"({"external_id": "a", "variants": [{"sku": "s"}, {"sku": "t"}]})");
  for (const char* archive : {"", R"(, "archive": false)"}) {
    call.one(R"({"external_id": "a", "variants": [{"sku": "s"}])" + std::string(archive) + "}");
    EXPECT_EQ(call.status(), "unchanged") << archive;
  }
  call.one(R"({"external_id": "a", "variants": [{"sku": "s"}], "archive": true})");
  EXPECT_EQ(call.changed(), "variants");
  EXPECT_EQ(products.rows.rows(Table::variant).size(), 1U);
}

TEST_F(VariantsTest, retail_26_a_new_variant_tells_all_that_it_lacks_once) {
  product("a", "s");
  Call retail(products, "retail");
  const auto codes = [&](const std::string& variants) {
    retail.skip().one(R"({"external_id": "a", "variants": )" + variants + "}");
    return retail.codes();
  };
  EXPECT_EQ(codes(R"([{"sku": "t"}])"), "required variants.0.price, required variants.0.position");
  EXPECT_EQ(codes(R"([{"title": "x", "position": 1}])"),
            "required variants.0.sku, required variants.0.price");
  EXPECT_EQ(codes(R"([{"sku": 5, "position": 1}])"), "type variants.0.sku");
  EXPECT_EQ(codes(R"([{"sku": "t", "price": "x", "position": 1}])"), "type variants.0.price");
  EXPECT_EQ(codes("[7]"), "type variants.0");
  EXPECT_EQ(codes(R"([{"sku": "s", "price": 2}])"), "");
  EXPECT_EQ(codes(R"([{"id": 999, "price": 2}])"), "not_found variants.0.id");
  EXPECT_EQ(codes(R"([{"sku": "s"}, {"sku": "s"}])"), "collision variants.1.sku");
}

// C3, of a document that is rejected for its match.
TEST_F(VariantsTest, c3_variants_without_a_sku_are_told_whatever_else_fails) {
  product("a", "s");
  Call retail(products, "retail");
  retail.options.mode = Mode::create;
  retail.skip().one(R"({"external_id": "a", "variants": [{"title": "x"}, {"sku": "t"}, {"sku": 5},
                        {"sku": "t"}]})");
  EXPECT_EQ(retail.codes(),
            "type variants.2.sku, taken external_id, required variants.0.sku, "
            "collision variants.3.sku");
}

TEST_F(VariantsTest, retail_20_a_new_product_has_a_variant) {
  Call retail(products, "retail");
  const std::string head =
      R"({"title": "T", "handle": "h", "external_id": "e", "brand": "B", "variants": )";
  EXPECT_EQ(retail.refused_one(head + "[]}"), "range variants");
  retail.one(head + R"([{"sku": "x", "price": 1, "position": 1}]})");
  EXPECT_EQ(retail.status(), "created");
}

TEST_F(VariantsTest, retail_23_a_sku_is_anothers_or_given_up_by_it) {
  const auto holder = product("a", "s");
  product("b", "t");
  RelatedState& state =
      read(R"([{"external_id": "b", "variants": [{"sku": "s", "price": 1, "position": 1}]}])");
  Variants variants(state);
  plan(variants);
  VariantSkus skus(state);
  skus.check(1, steps.group().items);
  EXPECT_EQ(steps.call.codes(), "taken variants.0.sku");
  EXPECT_NE(steps.call.errors().find(std::to_string(holder)), std::string::npos);
  EXPECT_FALSE(skus.move());
  std::size_t claims = 0;
  skus.each_claim(state.items.at(0), [&](std::uint64_t) { ++claims; });
  EXPECT_EQ(claims, 1U);
}

TEST_F(VariantsTest, identifier_field_sku_needs_one) {
  const auto id = product("a", "s");
  RelatedState& state = read(R"([{"variants": [{"sku": "s"}]}, {"name": "n"}])");
  VariantSkus skus(state);
  const Holders holders = skus.find_holders(1, steps.group().items);
  EXPECT_EQ(*holders.at(0), std::vector<std::int64_t>{id});
  EXPECT_TRUE(skus.is_unidentified(1));
  EXPECT_EQ(steps.call.codes(1), "required variants");
}

TEST_F(VariantsTest, billing_14_a_unique_value_that_two_documents_want_is_told_to_both) {
  products.rows.put(1, Table::custom_field,
                    R"({"reference": "ean", "type": "text", "unique_value": true})");
  RelatedState& state = read(R"([{"external_id": "a", "custom_fields": {"ean": "1"}},
                                 {"external_id": "b", "custom_fields": {"ean": "1"}},
                                 {"external_id": "c", "custom_fields": {"nonsense": []}}])");
  CustomFieldUses uses(state);
  CustomFieldReader reader(state, uses);
  reader.resolve(1, steps.group().items);
  CustomValues values(state, uses, reader);
  for (const std::uint32_t i : steps.group().items) values.plan(i);
  values.check(1, steps.group().items);
  EXPECT_EQ(steps.call.codes(0), "collision custom_fields.ean");
  EXPECT_EQ(steps.call.codes(1), "collision custom_fields.ean");
  EXPECT_EQ(indexed_text(Value::integer(1)), "1");
}

TEST_F(VariantsTest, fine_point_i_an_instant_in_an_object_is_one_in_any_notation) {
  const auto profile = compile("test", R"({"identity": ["external_id"], "fields": {
      "external_id": {"type": "text"}, "name": {"type": "text"},
      "variants": {"role": "variants", "fields": {"sku": {"type": "text"},
          "images": {"type": "objects", "fields": {"at": {"type": "timestamp"}}}}}}})");
  Call call(products, profile);
  call.one(R"({"external_id": "i", "name": "n", "variants": [
      {"sku": "i", "images": [{"at": "2026-03-01T10:00:00Z"}]}]})");
  EXPECT_EQ(call.status(), "created");
  call.one(R"({"external_id": "i", "variants": [
      {"sku": "i", "images": [{"at": "2026-03-01T11:00:00+01:00"}]}]})");
  EXPECT_EQ(call.status(), "unchanged");
  call.one(R"({"external_id": "i", "variants": [
      {"sku": "i", "images": [{"at": "2026-03-01T11:00:00Z"}]}]})");
  EXPECT_EQ(call.status(), "updated");
}

TEST_F(VariantsTest, quiet_ones_that_are_not_written_take_and_give_up_nothing) {
  const auto profile = compile("test", R"({"identity": ["external_id"], "fields": {
      "external_id": {"type": "text"}, "name": {"type": "text"},
      "custom": {"role": "custom_fields", "quiet": true},
      "variants": {"role": "variants", "quiet": true, "fields": {"sku": {"type": "text"}}}}})");
  products.rows.put(1, Table::custom_field,
                    R"({"reference": "ean", "type": "text", "unique_value": true})");
  Call call(products, profile);
  call.skip().many(R"([
      {"external_id": "a", "name": "A", "variants": [{"sku": "s"}], "custom": {"ean": "1"}},
      {"external_id": "b", "name": "B"}, {"external_id": "c", "name": "C"}])");
  call.actions(R"({"variants": "REPLACE"})");
  // The first would change nothing but what is quiet, so it keeps s and 1, and does not take t.
  call.many(R"([{"external_id": "a", "variants": [{"sku": "t"}], "custom": {"ean": "2"}},
                {"external_id": "b", "name": "B2", "variants": [{"sku": "s"}]},
                {"external_id": "c", "name": "C2", "variants": [{"sku": "t"}], "custom": {"ean": "2"}}])");
  EXPECT_EQ(call.statuses(), "unchanged rejected updated");
  EXPECT_EQ(call.codes(1), "taken variants.0.sku");
  call.many(R"([{"external_id": "a", "custom": {"ean": null}},
                {"external_id": "b", "name": "B2", "custom": {"ean": "1"}}])");
  EXPECT_EQ(call.statuses(), "unchanged rejected");
  EXPECT_EQ(call.codes(1), "taken custom.ean");
}

}  // namespace
}  // namespace product_upsert
