// Rows of other tables that are made because documents name them (`missing`: `create`).
#include "core/related/new_rows.hpp"

#include <gtest/gtest.h>

#include "unit/call.hpp"
#include "unit/source_files.hpp"

namespace product_upsert {
namespace {

std::shared_ptr<const Profile> profile(const std::string& fields) {
  return compile("made", R"({"identity": ["external_id"], "fields": {
      "external_id": {"type": "text"}, "name": {"type": "text", "required": true},
      "price": {"type": "decimal"}, )" +
                             fields + "}}");
}

class NewRowsTest : public testing::Test {
 protected:
  // "reference name parent", sorted.
  std::string categories() const {
    std::vector<std::string> lines;
    for (const auto& row : products.rows.rows(Table::category)) {
      std::string parent;
      for (const auto& other : products.rows.rows(Table::category)) {
        if (equal_keys(other.values[0], row.values[7])) parent = " < " + other.values[3].printed();
      }
      lines.push_back(row.values[2].json() + " " + row.values[3].printed() + parent);
    }
    std::sort(lines.begin(), lines.end());
    std::string all;
    for (const std::string& line : lines) all += line + "; ";
    return all;
  }
  std::size_t count(Table table) const { return products.rows.rows(table).size(); }

  MemoryCatalogue products;
  const std::shared_ptr<const Profile> by_reference = profile(
      R"("category": {"role": "reference", "column": "category_id", "table": "category", "by": ["id", "uuid", "reference"], "missing": "create"})");
  const std::shared_ptr<const Profile> by_path = profile(
      R"("category": {"role": "reference", "column": "category_id", "table": "category", "by": ["id", "path"], "missing": "create"},
         "families": {"role": "links", "table": "family", "by": ["name"], "missing": "create"})");
};

TEST_F(NewRowsTest, a_row_that_several_documents_name_is_made_once) {
  Call call(products, by_reference);
  call.many(R"([{"external_id": "a", "name": "A", "category": "tea"},
                {"external_id": "b", "name": "B", "category": {"reference": " tea ", "name": "Tea"}}])");
  EXPECT_EQ(call.statuses(), "created created");
  EXPECT_EQ(categories(), "\"tea\" tea; ");
  call.many(
      R"([{"external_id": "a", "category": "tea"}, {"external_id": "b", "category": "tea"}])");
  EXPECT_EQ(call.statuses(), "unchanged unchanged");
}

TEST_F(NewRowsTest, a_row_has_the_values_of_the_first_written_document_that_names_it) {
  Call call(products, by_reference);
  call.skip().many(R"([{"external_id": "a", "name": "A", "price": "dear",
                        "category": {"reference": "tea", "name": "Rejected"}},
                       {"external_id": "b", "name": "B", "category": {"reference": "tea", "name": "Tea"}},
                       {"external_id": "c", "name": "C", "category": {"reference": "tea", "name": "Late"}}])");
  EXPECT_EQ(call.statuses(), "rejected created created");
  EXPECT_EQ(categories(), "\"tea\" Tea; ");
}

TEST_F(NewRowsTest, a_document_that_is_rejected_or_changes_nothing_makes_none) {
  Call call(products, by_reference);
  call.skip().many(R"([{"external_id": "a", "category": "tea"},
                       {"external_id": "b", "name": "B", "price": "dear", "category": "tea"}])");
  EXPECT_EQ(call.statuses(), "rejected rejected");
  EXPECT_EQ(count(Table::category), 0U);
}

TEST_F(NewRowsTest, what_names_an_id_makes_none) {
  Call call(products, by_reference);
  call.skip().many(R"([{"external_id": "a", "name": "A", "category": 7},
                       {"external_id": "b", "name": "B", "category": "7"},
                       {"external_id": "c", "name": "C", "category": {"id": 7, "reference": "tea"}},
                       {"external_id": "d", "name": "D", "category": "aaaaaaaa-0000-4000-8000-000000000001"}])");
  EXPECT_EQ(call.statuses(), "rejected rejected rejected rejected");
  EXPECT_EQ(call.codes(0), "not_found category");
  EXPECT_EQ(count(Table::category), 0U);
}

TEST_F(NewRowsTest, a_path_makes_what_is_missing_on_its_way) {
  products.rows.put(1, Table::category, R"({"id": 5, "name": "Food"})");
  Call call(products, by_path);
  call.many(R"([{"external_id": "a", "name": "A", "category": "Food > Tea > Green"},
                {"external_id": "b", "name": "B", "category": "Food>Tea"},
                {"external_id": "c", "name": "C", "category": {"path": "Tea > Green"}},
                {"external_id": "d", "name": "D", "category": "Food"}])");
  EXPECT_EQ(call.statuses(), "created created created created");
  EXPECT_EQ(categories(),
            "null Food; null Green < Tea; null Green < Tea; null Tea; null Tea < Food; ");
  call.many(R"([{"external_id": "a", "category": "Food > Tea > Green"}])");
  EXPECT_EQ(call.statuses(), "unchanged");
}

TEST_F(NewRowsTest, what_is_said_beside_a_path_is_of_its_last_row) {
  Call call(products, by_path);
  call.one(R"({"external_id": "a", "name": "A",
               "category": {"path": "Food > Tea", "description": "hot"}})");
  EXPECT_EQ(call.status(), "created");
  std::string told;
  for (const auto& row : products.rows.rows(Table::category))
    told += row.values[3].printed() + " " + row.values[4].json() + "; ";
  EXPECT_EQ(told, R"(Food null; Tea "hot"; )");
}

TEST_F(NewRowsTest, a_path_with_a_level_without_a_name_names_none) {
  Call call(products, by_path);
  for (const char* path : {"Food >", "> Tea", "Food > > Tea"}) {
    EXPECT_EQ(call.refused_one(R"({"external_id": "a", "name": "A", "category": ")" +
                               std::string(path) + "\"}"),
              "not_found category")
        << path;
  }
  EXPECT_EQ(count(Table::category), 0U);
}

TEST_F(NewRowsTest, a_path_that_leads_to_several_names_none) {
  products.rows.put(1, Table::category, R"({"id": 5, "name": "Food"})");
  products.rows.put(1, Table::category, R"({"id": 6, "name": "Food"})");
  Call call(products, by_path);
  EXPECT_EQ(call.refused_one(R"({"external_id": "a", "name": "A", "category": "Food > Tea"})"),
            "ambiguous category");
  EXPECT_EQ(call.refused_one(R"({"external_id": "a", "name": "A", "category": "Food > > Tea"})"),
            "not_found category");
}

TEST_F(NewRowsTest, c8_no_level_of_a_path_is_made_with_a_control_character) {
  Call call(products, by_path);
  EXPECT_EQ(
      call.refused_one(R"({"external_id": "a", "name": "A", "category": "Tea > Gr\u0009een"})"),
      "format category");
  EXPECT_EQ(categories(), "");
  products.rows.put(1, Table::category, R"({"id": 5, "name": "Gr\u0009een"})");
  call.many(R"([{"external_id": "a", "name": "A", "category": "Gr\u0009een"}])");
  EXPECT_EQ(call.statuses(), "created");
}

TEST_F(NewRowsTest, links_are_made_too_and_once) {
  Call call(products, by_path);
  call.many(R"([{"external_id": "a", "name": "A", "families": ["Hot", "Cold", " Hot "]},
                {"external_id": "b", "name": "B", "families": [{"name": "Hot"}]}])");
  EXPECT_EQ(call.statuses(), "created created");
  EXPECT_EQ(count(Table::family), 2U);
  EXPECT_EQ(count(Table::family_link), 3U);
  call.actions(R"({"families": "REMOVE"})").many(R"([{"external_id": "a", "families": ["Mild"]}])");
  EXPECT_EQ(call.statuses(), "unchanged");
  EXPECT_EQ(count(Table::family), 2U);
}

TEST_F(NewRowsTest, another_writer_who_was_first_is_followed) {
  Call call(products, by_reference);
  products.rows.before_insert = [&] {
    products.rows.before_insert = nullptr;
    products.rows.put(1, Table::category, R"({"id": 77, "reference": "tea", "name": "Theirs"})");
  };
  call.one(R"({"external_id": "a", "name": "A", "category": "tea"})");
  EXPECT_EQ(call.statuses(), "created");
  EXPECT_EQ(categories(), "\"tea\" Theirs; ");
}

TEST_F(NewRowsTest, what_is_said_of_the_row_is_held_to_its_columns) {
  Call call(products, by_reference);
  EXPECT_EQ(call.refused_one(R"({"external_id": "a", "name": "A",
                "category": {"reference": "tea", "name": 7, "display_order": "first"}})"),
            "type category.name, type category.display_order");
}

class ParkingTest : public testing::Test {
 protected:
  MemoryCatalogue products;
  Call call{products, profile(R"(
      "category": {"role": "reference", "column": "category_id", "table": "category", "by": ["reference"], "missing": "park"},
      "parent": {"role": "reference", "column": "parent_product_id", "table": "product", "by": ["external_id"], "missing": "park"})")};
};

TEST_F(ParkingTest, a_document_waits_where_rejects_are_skipped) {
  call.skip().many(R"([{"external_id": "a", "name": "A", "category": "tea"},
                       {"external_id": "b", "name": "B", "parent": "p"}])");
  EXPECT_EQ(call.statuses(), "rejected rejected");
  EXPECT_EQ(call.codes(0), "parked category");
  EXPECT_EQ(call.codes(1), "parked parent");
  EXPECT_TRUE(is_parked(call.item(0)));
}

TEST_F(ParkingTest, it_is_refused_where_a_reject_undoes_the_call) {
  EXPECT_EQ(call.refused_many(R"([{"external_id": "a", "name": "A", "category": "tea"}])"),
            "not_found category");
}

TEST_F(ParkingTest, nothing_waits_that_is_wrong_otherwise) {
  call.skip().many(R"([{"external_id": "a", "price": "dear", "name": "A", "category": "tea"}])");
  EXPECT_FALSE(is_parked(call.item(0)));
  EXPECT_EQ(call.codes(0), "type price, not_found category");
}

TEST_F(ParkingTest, a_child_waits_with_its_parent) {
  call.skip().many(R"([{"external_id": "p", "name": "P", "category": "tea"},
                       {"external_id": "c", "name": "C", "parent": "p"}])");
  EXPECT_TRUE(is_parked(call.item(0)));
  EXPECT_TRUE(is_parked(call.item(1)));
}

}  // namespace
}  // namespace product_upsert
