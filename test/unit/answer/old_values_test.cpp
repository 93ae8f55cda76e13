#include "core/answer/old_values.hpp"

#include <gtest/gtest.h>

#include "unit/call.hpp"
#include "unit/source_files.hpp"

namespace product_upsert {
namespace {

class OldValuesTest : public testing::Test {
 protected:
  MemoryCatalogue products;

  std::string of(Call& call, std::string_view json) {
    call.one(json);
    Arena arena;
    return old_values(*call.batch, call.item(), arena).json();
  }
};

TEST_F(OldValuesTest, changes_tell_what_was_stored_by_the_names_of_columns) {
  const auto profile =
      compile("test", R"({"identity": ["external_id"], "unknown_fields": "keep", "fields": {
      "ext": {"type": "text", "column": "external_id"},
      "label": {"type": "text", "column": "name"},
      "price": {"type": "decimal"}}})");
  Call call(products, profile);
  EXPECT_EQ(of(call, R"({"ext": "e", "label": "a \"b\"", "price": 19.90})"), "{}");
  EXPECT_EQ(of(call, R"({"ext": "e", "label": "c", "price": 19.9})"), R"({"name":"a \"b\""})");
  EXPECT_EQ(of(call, R"({"ext": "e", "price": 20, "color": "red"})"),
            R"({"meta":null,"price":19.90})");
  EXPECT_EQ(of(call, R"({"ext": "e", "price": 20})"), "{}");
}

TEST_F(OldValuesTest, of_rows_beside_the_product_it_tells_that_they_changed) {
  products.rows.put(1, Table::feature, R"({"reference": "f"})");
  const auto profile = compile("test", R"({"identity": ["external_id"], "fields": {
      "external_id": {"type": "text"},
      "traits": {"role": "links", "table": "feature", "by": ["reference"]},
      "sorts": {"role": "variants", "fields": {"sku": {"type": "text"}}}}})");
  Call call(products, profile);
  EXPECT_EQ(of(call, R"({"external_id": "e"})"), "{}");
  EXPECT_EQ(of(call, R"({"external_id": "e", "traits": ["f"], "sorts": [{"sku": "s"}]})"),
            R"({"traits":null,"variants":null})");
}

}  // namespace
}  // namespace product_upsert
