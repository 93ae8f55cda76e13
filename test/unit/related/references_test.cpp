// Names of rows of other tables, and documents that make one another's parents, by themselves.
#include "core/related/references.hpp"

#include <gtest/gtest.h>

#include "core/related/parents.hpp"
#include "unit/call.hpp"
#include "unit/steps.hpp"

namespace product_upsert {
namespace {

class ReferencesTest : public testing::Test {
 protected:
  MemoryCatalogue products;
  Steps steps{products, "catalog"};

  RelatedState& read(std::string_view json) {
    BatchState& state = steps.read(json);
    related = std::make_unique<RelatedState>(state.options, products.related(), state.batch,
                                             state.dependencies, nullptr);
    return *related;
  }
  std::size_t field(std::string_view name) const {
    return static_cast<std::size_t>(steps.call.profile()->find(name));
  }
  std::string said(std::size_t item, std::string_view name) const {
    return related->batch.value(related->batch.items[item], field(name)).json();
  }
  std::unique_ptr<RelatedState> related;
};

TEST_F(ReferencesTest, names_become_ids_by_one_statement) {
  const auto id = products.rows.put(1, Table::category, R"({"reference": "c", "name": "C"})");
  RelatedState& state = read(R"([{"category_id": "c"}, {"category_id": {"reference": "c"}}])");
  products.rows.calls = 0;
  NewRows new_rows(state);
  References(state, new_rows).resolve(1, steps.group().items, field("category_id"));
  EXPECT_EQ(products.rows.calls, 1);
  EXPECT_EQ(said(0, "category_id"), std::to_string(id));
  EXPECT_EQ(said(1, "category_id"), std::to_string(id));
}

// A feed names few rows, many times: each is looked up once, and every document told for itself.
TEST_F(ReferencesTest, what_many_documents_say_is_looked_up_once) {
  const auto id = products.rows.put(1, Table::category, R"({"reference": "c", "name": "C"})");
  products.rows.put(1, Table::category, R"({"reference": "d", "name": "D"})");
  RelatedState& state =
      read(R"([{"category_id": "c"}, {"category_id": "none"}, {"name": "x"}, {"category_id": "d"},
                                 {"category_id": "c"}, {"category_id": "none"}, {"category_id": " c "}])");
  products.rows.keys = 0;
  NewRows new_rows(state);
  References(state, new_rows).resolve(1, steps.group().items, field("category_id"));
  EXPECT_EQ(products.rows.keys, 4U);  // c, none, d, and c with white space
  EXPECT_EQ(said(0, "category_id"), std::to_string(id));
  EXPECT_EQ(said(4, "category_id"), std::to_string(id));
  EXPECT_EQ(said(6, "category_id"), std::to_string(id));
  EXPECT_NE(said(3, "category_id"), std::to_string(id));
  EXPECT_EQ(steps.call.codes(1), "not_found category_id");
  EXPECT_EQ(steps.call.codes(5), "not_found category_id");
  EXPECT_EQ(steps.call.codes(0) + steps.call.codes(3) + steps.call.codes(6), "");
}

TEST_F(ReferencesTest, billing_12_a_name_that_no_row_has_is_told_and_said_no_more) {
  RelatedState& state = read(R"([{"category_id": "none"}])");
  NewRows new_rows(state);
  References references(state, new_rows);
  references.resolve(1, steps.group().items, field("category_id"));
  EXPECT_EQ(steps.call.codes(), "not_found category_id");
  EXPECT_TRUE(state.batch.value(state.batch.items[0], field("category_id")).is_absent());
}

TEST_F(ReferencesTest, billing_12_what_names_no_row_or_two_is_told) {
  const auto a =
      std::to_string(products.rows.put(1, Table::category, R"({"reference": "a", "name": "A"})"));
  products.rows.put(1, Table::category, R"({"reference": "b", "name": "B"})");
  products.put(1, R"({"external_id": "e", "name": "n"})");
  Call call(products, "catalog");
  const auto codes = [&](const std::string& field) {
    call.skip().one(R"({"external_id": "e", )" + field + "}");
    return call.codes();
  };
  EXPECT_EQ(codes(R"("category_id": {"name": "A"})"), "type category_id");
  EXPECT_EQ(codes(R"("category_id": true)"), "type category_id");
  EXPECT_EQ(codes(R"("category_id": {"id": )" + a + R"(, "reference": "a"})"), "");
  EXPECT_EQ(codes(R"("category_id": {"id": )" + a + R"(, "reference": "b"})"),
            "collision category_id");
  EXPECT_EQ(codes(R"("category_id": {"id": )" + a + R"(, "reference": "none"})"),
            "not_found category_id.reference");
  EXPECT_EQ(codes(R"("features": 7)"), "type features");
  EXPECT_EQ(codes(R"("features": [{"reference": "none"}, 7])"),
            "not_found features.0, not_found features.1");
  EXPECT_EQ(codes(R"("features": [[]])"), "");
}

TEST_F(ReferencesTest, a_row_that_goes_meanwhile_is_told) {
  const auto id = products.rows.put(1, Table::category, R"({"reference": "c", "name": "C"})");
  RelatedState& state = read(R"([{"category_id": "c"}])");
  NewRows new_rows(state);
  References references(state, new_rows);
  references.resolve(1, steps.group().items, field("category_id"));
  EXPECT_FALSE(references.fail_missing(1, 0));
  products.forget_rows();
  EXPECT_TRUE(references.fail_missing(1, 0)) << id;
  EXPECT_EQ(steps.call.codes(), "not_found category_id");
}

TEST_F(ReferencesTest, rule_13_a_parent_that_another_document_makes_is_counted_on) {
  RelatedState& state = read(R"([{"external_id": "a", "name": "A", "parent_product_id": "p"},
                                 {"reference": "p", "name": "P"}])");
  NewRows new_rows(state);
  References references(state, new_rows);
  references.resolve(1, steps.group().items, *state.parent_field);
  EXPECT_EQ(references.maker(0, *state.parent_field), 1U);
  EXPECT_FALSE(references.maker(1, *state.parent_field));

  Parents parents(state, references);
  parents.note_moves(steps.group().items);
  EXPECT_TRUE(parents.may_move());
  state.dependencies.begin(steps.group().items);
  state.batch.items[1].failures.push_back({Code::required, "name", "is required", {}});
  parents.check(1, steps.group().items);
  EXPECT_EQ(steps.call.codes(0), "not_found parent_product_id");
}

}  // namespace
}  // namespace product_upsert
