// Links of a product to rows of another table, by themselves; documents say ids by then.
#include "core/related/product_links.hpp"

#include "unit/related/related_case.hpp"

namespace product_upsert {
namespace {

class ProductLinksTest : public RelatedCase {
 protected:
  // Reads and plans what the documents say of features.
  RelatedState& plan(std::string_view json) {
    RelatedState& state = read(json);
    field = static_cast<std::size_t>(state.batch.profile.find("features"));
    ProductLinks links(state);
    links.read(1, items(), field);
    for (const std::uint32_t i : items()) links.plan(i, field);
    return state;
  }
  std::string linked(std::int64_t id) const {
    std::string ids;
    for (const auto& row : products.rows.rows(Table::feature_link)) {
      if (row.values[link_column::product_id].as_integer() == id)
        ids += (ids.empty() ? "" : " ") + row.values[link_column::target_id].printed();
    }
    return ids;
  }

  std::size_t field = 0;
};

TEST_F(ProductLinksTest, c1_a_list_replaces_what_is_linked) {
  const auto id = product("a");
  put(Table::feature_link, id, R"("feature_id": 7)");
  put(Table::feature_link, id, R"("feature_id": 8)");
  RelatedState& state = plan(R"([{"external_id": "a", "features": [8, 9]}])");
  EXPECT_EQ(steps.call.changed(), "features");
  EXPECT_TRUE(ProductLinks(state).write(1, items(), field, TakenKey::fails));
  EXPECT_EQ(linked(id), "8 9");
}

TEST_F(ProductLinksTest, the_same_in_another_order_is_no_change) {
  const auto id = product("a");
  put(Table::feature_link, id, R"("feature_id": 7)");
  put(Table::feature_link, id, R"("feature_id": 8)");
  plan(R"([{"external_id": "a", "features": [8, 7]}])");
  EXPECT_EQ(steps.call.changed(), "");
}

TEST_F(ProductLinksTest, what_is_not_said_is_neither_read_nor_changed) {
  put(Table::feature_link, product("a"), R"("feature_id": 7)");
  const int calls = products.rows.calls;
  RelatedState& state = plan(R"([{"external_id": "a", "name": "m"}])");
  EXPECT_EQ(products.rows.calls, calls);
  EXPECT_EQ(state.find(0), nullptr);
}

TEST_F(ProductLinksTest, billing_16_append_and_remove_go_by_what_is_linked) {
  const auto a = product("a");
  put(Table::feature_link, a, R"("feature_id": 7)");
  steps.call.actions(R"({"features": "APPEND"})");
  RelatedState& appended = plan(R"([{"external_id": "a", "features": [9, 7]}])");
  EXPECT_TRUE(ProductLinks(appended).write(1, items(), field, TakenKey::fails));
  EXPECT_EQ(linked(a), "7 9");
  steps.call.actions(R"({"features": "REMOVE"})");
  RelatedState& removed = plan(R"([{"external_id": "a", "features": [7]}])");
  EXPECT_TRUE(ProductLinks(removed).write(1, items(), field, TakenKey::fails));
  EXPECT_EQ(linked(a), "9");
}

TEST_F(ProductLinksTest, a_link_that_another_writer_makes_or_takes_first_is_lost) {
  const auto id = product("a");
  put(Table::feature_link, id, R"("feature_id": 7)");
  RelatedState& state = plan(R"([{"external_id": "a", "features": [8]}])");
  products.rows.erase_product(1, id);
  EXPECT_FALSE(ProductLinks(state).write(1, items(), field, TakenKey::leaves_out));
  RelatedState& again = plan(R"([{"external_id": "a", "features": [8]}])");
  put(Table::feature_link, id, R"("feature_id": 8)");
  EXPECT_FALSE(ProductLinks(again).write(1, items(), field, TakenKey::leaves_out));
}

}  // namespace
}  // namespace product_upsert
