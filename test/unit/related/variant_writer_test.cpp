// Variants as they were planned, written: in which order, and what is lost.
#include "core/related/variant_writer.hpp"

#include "core/related/variants.hpp"
#include "unit/related/related_case.hpp"

namespace product_upsert {
namespace {

class VariantWriterTest : public RelatedCase {
 protected:
  RelatedState& plan(std::string_view json) {
    RelatedState& state = read(json);
    Variants variants(state);
    variants.read(1, items());
    for (const std::uint32_t i : items()) variants.plan(i);
    return state;
  }
  // Two variants of a product, s and t.
  std::int64_t product_of_two() {
    const auto id = product("a");
    put(Table::variant, id, R"("sku": "s", "price": 1, "position": 1)");
    put(Table::variant, id, R"("sku": "t", "price": 2, "position": 2)");
    return id;
  }
  std::string told() const {
    std::string all;
    for (const auto& row : products.rows.rows(Table::variant))
      all += (all.empty() ? "" : " ") + row.values[variant_column::sku].printed() + "=" +
             row.values[price].printed();
    return all;
  }
  static constexpr unsigned price = place_of(table_columns::variant, "price");
};

TEST_F(VariantWriterTest, rule_28_one_write_removes_updates_and_creates) {
  product_of_two();
  steps.call.actions(R"({"variants": "REPLACE"})");
  RelatedState& state = plan(R"([{"external_id": "a", "variants": [
      {"sku": "s", "price": 3}, {"sku": "u", "price": 4, "position": 3}]}])");
  EXPECT_TRUE(VariantWriter(state).write(1, items(), TakenKey::fails, false));
  EXPECT_EQ(told(), "s=3 u=4");
}

TEST_F(VariantWriterTest, what_the_document_does_not_say_of_a_variant_stays) {
  product_of_two();
  RelatedState& state = plan(R"([{"external_id": "a", "variants": [{"sku": "s", "title": "x"}]}])");
  EXPECT_TRUE(VariantWriter(state).write(1, items(), TakenKey::fails, false));
  EXPECT_EQ(told(), "s=1 t=2");
}

TEST_F(VariantWriterTest, skus_that_move_are_let_go_of_first) {
  product_of_two();
  const auto id = [&](std::size_t row) {
    return products.rows.rows(Table::variant)[row].values[variant_column::id].printed();
  };
  RelatedState& state = plan(R"([{"external_id": "a", "variants": [
      {"id": )" + id(0) + R"(, "sku": "t"}, {"id": )" +
                             id(1) + R"(, "sku": "s"}]}])");
  const int calls = products.rows.calls;
  EXPECT_TRUE(VariantWriter(state).write(1, items(), TakenKey::fails, true));
  EXPECT_EQ(products.rows.calls, calls + 2);  // let go, and taken
  EXPECT_EQ(told(), "t=1 s=2");
}

TEST_F(VariantWriterTest, new_ones_go_in_by_sku_and_are_numbered_as_they_were_sent) {
  product("a");
  RelatedState& state = plan(R"([{"external_id": "a", "variants": [
      {"sku": "z", "price": 1, "position": 1}, {"sku": "y", "price": 2, "position": 2}]}])");
  EXPECT_TRUE(VariantWriter(state).write(1, items(), TakenKey::fails, false));
  EXPECT_EQ(told(), "y=2 z=1");
  const auto& all = products.rows.rows(Table::variant);
  EXPECT_GT(*all[0].values[variant_column::id].as_integer(),
            *all[1].values[variant_column::id].as_integer());
}

TEST_F(VariantWriterTest, a_sku_that_another_writer_takes_or_a_variant_that_goes_is_lost) {
  const auto other = product("b");
  const auto id = product("a");
  RelatedState& created =
      plan(R"([{"external_id": "a", "variants": [{"sku": "s", "price": 1, "position": 1}]}])");
  put(Table::variant, other, R"("sku": "s", "price": 9, "position": 1)");
  EXPECT_FALSE(VariantWriter(created).write(1, items(), TakenKey::leaves_out, false));
  put(Table::variant, id, R"("sku": "t", "price": 1, "position": 1)");
  RelatedState& updated = plan(R"([{"external_id": "a", "variants": [{"sku": "t", "price": 2}]}])");
  products.rows.erase_product(1, id);
  EXPECT_FALSE(VariantWriter(updated).write(1, items(), TakenKey::leaves_out, false));
}

TEST_F(VariantWriterTest, fine_point_i_an_equal_number_keeps_its_notation_whatever_others_change) {
  const auto id = product("a");
  put(Table::variant, id, R"("sku": "s", "price": 1.0, "position": 1)");
  put(Table::variant, id, R"("sku": "t", "price": 2, "position": 2)");
  RelatedState& state = plan(R"([{"external_id": "a", "variants": [
      {"sku": "s", "price": 1.00, "title": "x"}, {"sku": "t", "price": 3}]}])");
  EXPECT_TRUE(VariantWriter(state).write(1, items(), TakenKey::fails, false));
  EXPECT_EQ(told(), "s=1.0 t=3");
}

}  // namespace
}  // namespace product_upsert
