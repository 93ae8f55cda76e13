#include "core/document/reader.hpp"

#include <gtest/gtest.h>

#include <string>

#include "core/value/events.hpp"
#include "unit/call.hpp"
#include "unit/source_files.hpp"

namespace product_upsert {
namespace {

using Shape = DocumentReader::Shape;

class ReaderTest : public testing::Test {
 protected:
  void read(std::string_view json, Shape shape = Shape::many) {
    batch = std::make_unique<Batch>(*profile);
    DocumentReader reader(*batch, shape, builtin_rules().columns(), {otherwise, false});
    parse_json(json, batch->arena, reader);
    reader.finish();
  }
  std::string refusal(std::string_view json, Shape shape = Shape::many) {
    try {
      read(json, shape);
    } catch (const Refusal& r) {
      return r.what();
    }
    return "accepted";
  }
  std::string said(std::size_t item, std::string_view field) {
    const Value& v =
        batch->value(batch->items.at(item), static_cast<std::size_t>(profile->find(field)));
    return v.is_absent() ? "absent" : v.json();
  }
  std::string codes(std::size_t item) { return codes_of(batch->items.at(item).failures); }

  std::shared_ptr<const Profile> profile = shipped_profile("vending");
  std::unique_ptr<Batch> batch;
  std::int64_t otherwise = 1;  // the organization of documents that name none
};

TEST_F(ReaderTest, vending_30_an_envelope_or_a_bare_array) {
  for (const char* json :
       {R"({"body": [{"name": "a"}, {"name": "b"}]})", R"([{"name": "a"}, {"name": "b"}])"}) {
    read(json);
    ASSERT_EQ(batch->items.size(), 2U);
    EXPECT_EQ(said(0, "name"), R"("a")");
    EXPECT_EQ(said(1, "name"), R"("b")");
    EXPECT_EQ(said(1, "brand"), "absent");
  }
}

TEST_F(ReaderTest, an_empty_batch_is_one) {
  read("[]");
  EXPECT_TRUE(batch->items.empty());
  read(R"({"body": []})");
  EXPECT_TRUE(batch->items.empty());
}

TEST_F(ReaderTest, one_document) {
  read(R"({"name": "a"})", Shape::one);
  ASSERT_EQ(batch->items.size(), 1U);
  EXPECT_EQ(said(0, "name"), R"("a")");
  read(R"({"body": [{"name": "a"}]})", Shape::one);
  ASSERT_EQ(batch->items.size(), 1U);
  EXPECT_EQ(said(0, "name"), R"("a")");
  read("{}", Shape::one);
  ASSERT_EQ(batch->items.size(), 1U);
}

TEST_F(ReaderTest, another_shape_is_refused) {
  for (const char* json :
       {"1", R"("x")", "null", "true", R"({"name": "a"})", R"({"body": 1})", "{}"})
    EXPECT_TRUE(refusal(json).starts_with(
        "documents must be a JSON array of objects, or {\"body\": [...]}, not "))
        << json << refusal(json);
  for (const char* json : {"1", R"("x")", "null", "[]", R"([{"name": "a"}])"})
    EXPECT_TRUE(refusal(json, Shape::one).starts_with("document must be a JSON object, not "))
        << json;
  EXPECT_EQ(refusal(R"({"body": [{}, {}]})", Shape::one), "expected one document, not 2");
  EXPECT_EQ(refusal(R"({"body": []})", Shape::one), "expected one document, not 0");
}

TEST_F(ReaderTest, a_profile_without_envelope_takes_arrays_only) {
  profile = shipped_profile("catalog");
  read(R"([{"name": "a"}])");
  EXPECT_EQ(said(0, "name"), R"("a")");
  EXPECT_EQ(refusal(R"({"body": [{"name": "a"}]})"),
            "documents must be a JSON array of objects, not an object");
  read(R"({"body": [{"name": "a"}]})", Shape::one);
  EXPECT_EQ(codes(0), "unknown_field body");
}

TEST_F(ReaderTest, elements_that_are_no_objects_are_rejected_by_themselves) {
  read(R"([1, {"name": "a"}, null, [{"name": "x"}, [2]], "t", {"name": "b"}])");
  ASSERT_EQ(batch->items.size(), 6U);
  for (std::size_t i : {0U, 2U, 3U, 4U}) {
    EXPECT_EQ(codes(i), "type") << i;
    EXPECT_EQ(batch->items[i].status, Status::rejected);
  }
  EXPECT_EQ(batch->items[3].failures[0].message, "a document must be an object, not a list");
  EXPECT_EQ(said(1, "name"), R"("a")");
  EXPECT_EQ(said(5, "name"), R"("b")");
  EXPECT_EQ(batch->items[1].status, Status::pending);
}

TEST_F(ReaderTest, nested_values_belong_to_their_field) {
  read(R"([{"customData": {"name": "inner", "body": [{"name": "x"}]}, "name": "outer"},
           {"customData": [[], {}, [{"k": 1.50}]], "name": "second"}])");
  ASSERT_EQ(batch->items.size(), 2U);
  EXPECT_EQ(said(0, "customData"), R"({"body":[{"name":"x"}],"name":"inner"})");
  EXPECT_EQ(said(0, "name"), R"("outer")");
  EXPECT_EQ(said(1, "customData"), R"([[],{},[{"k":1.50}]])");
}

TEST_F(ReaderTest, a_body_inside_a_listed_document_is_a_field) {
  read(R"([{"name": "a", "body": [{"name": "x"}]}])");
  ASSERT_EQ(batch->items.size(), 1U);
  EXPECT_EQ(codes(0), "unknown_field body");
  EXPECT_EQ(said(0, "name"), R"("a")");
}

TEST_F(ReaderTest, an_envelope_with_other_members_loses_no_document) {
  read(R"({"a": 1, "body": [{"name": "a"}], "x": {"y": [1]}, "zz": [{"name": "b"}], "zzz": null})");
  ASSERT_EQ(batch->items.size(), 1U);
  EXPECT_EQ(said(0, "name"), R"("a")");
}

TEST_F(ReaderTest, fields_are_found_in_any_order) {
  read(R"([{"name": "1", "brand": "2"}, {"brand": "3", "name": "4", "upc": "5"}, {"upc": "6"}, {},
           {"manufacturer": "7", "name": "8"}])");
  EXPECT_EQ(said(0, "name") + said(0, "brand"), R"("1""2")");
  EXPECT_EQ(said(1, "name") + said(1, "brand") + said(1, "upc"), R"("4""3""5")");
  EXPECT_EQ(said(2, "upc") + said(2, "name"), R"("6"absent)");
  EXPECT_EQ(said(3, "name"), "absent");
  EXPECT_EQ(said(4, "manufacturer") + said(4, "name") + said(4, "upc"), R"("7""8"absent)");
}

TEST_F(ReaderTest, c8_identity_text_is_trimmed_and_other_text_is_not) {
  read(R"([{"manufacturer": " M ", "unitsForSize": " ", "productGroup": " g "}])");
  EXPECT_EQ(said(0, "manufacturer"), R"("M")");
  EXPECT_EQ(said(0, "unitsForSize"), "absent");
  EXPECT_EQ(said(0, "productGroup"), R"(" g ")");
}

TEST_F(ReaderTest, every_document_names_its_organization_where_the_call_names_none) {
  otherwise = 0;
  read(
      R"([{"organizationId": 7, "name": 1}, {"name": 1}, {"organizationId": null}, {"organizationId": "x"}, 3])");
  EXPECT_EQ(batch->items[0].organization_id, 7);
  EXPECT_EQ(codes(0), "type name");
  EXPECT_EQ(codes(1), "type name, required organizationId");
  EXPECT_EQ(codes(2), "required organizationId");
  EXPECT_EQ(codes(3), "type organizationId");
  EXPECT_EQ(codes(4), "type");
  for (std::size_t i = 1; i < 5; ++i) EXPECT_EQ(batch->items[i].status, Status::rejected);
}

TEST_F(ReaderTest, vending_37_the_document_chooses_the_organization) {
  read(R"([{"organizationId": 7}, {}, {"organizationId": null}, {"organizationId": "x"},
           {"organizationId": 0}, {"organizationId": -1}, {"organizationId": 1.5}, {"organizationId": 8.0}])");
  EXPECT_EQ(batch->items[0].organization_id, 7);
  EXPECT_EQ(batch->items[1].organization_id, 1);
  EXPECT_EQ(batch->items[2].organization_id, 1);
  EXPECT_EQ(batch->items[7].organization_id, 8);
  for (std::size_t i : {3U, 4U, 5U, 6U}) {
    EXPECT_EQ(codes(i), "type organizationId");
    EXPECT_EQ(batch->items[i].status, Status::rejected);
  }
}

TEST_F(ReaderTest, unknown_fields_are_rejected_ignored_or_kept) {
  const auto with = [](const char* unknown) {
    return compile("test", std::string(R"({"identity": ["id"], "unknown_fields": ")") + unknown +
                               R"(", "fields": {"name": {"type": "text"}}})");
  };
  const char* json = R"([{"name": "a", "y": [1, {"z": 2}], "x": "b"}])";
  profile = with("reject");
  read(json);
  EXPECT_EQ(codes(0), "unknown_field y, unknown_field x");
  EXPECT_EQ(batch->items[0].failures[0].message, "is not a field of profile \"test\"");
  profile = with("ignore");
  read(json);
  EXPECT_EQ(codes(0), "");
  EXPECT_TRUE(batch->items[0].unknown.is_absent());
  profile = with("keep");
  read(json);
  EXPECT_EQ(codes(0), "");
  EXPECT_EQ(batch->items[0].unknown.json(), R"({"x":"b","y":[1,{"z":2}]})");
}

TEST_F(ReaderTest, c7_read_only_fields_are_ignored_or_a_failure) {
  profile = compile("test", R"({"identity": ["id"], "fields": {
      "id": {"type": "integer"},
      "object": {"role": "constant", "value": "PRODUCT"},
      "createdAt": {"type": "timestamp", "column": "created_at", "read_only": "ignore"},
      "updatedAt": {"type": "timestamp", "column": "updated_at", "read_only": "reject"}}})");
  read(R"([{"createdAt": 5, "updatedAt": "x", "object": []}])");
  EXPECT_EQ(codes(0), "read_only updatedAt");
  EXPECT_EQ(said(0, "createdAt"), "absent");
}

TEST_F(ReaderTest, c3_every_failure_of_a_document_is_told) {
  read(R"([{"manufacturer": 1, "brand": "", "size": "12", "calories": 1.5, "cost": -1, "nope": 0,
            "isDeleted": "no", "name": null}])");
  EXPECT_EQ(codes(0),
            "type manufacturer, range brand, type size, type calories, range cost, "
            "unknown_field nope, type isDeleted, type name");
}

TEST_F(ReaderTest, the_last_of_equal_keys_counts_as_in_jsonb) {
  read(R"([{"name": "a", "name": "b"}])");
  EXPECT_EQ(said(0, "name"), R"("b")");
}

TEST_F(ReaderTest, fine_point_p_depth_is_counted_in_the_document_itself) {
  const auto nested = [](int depth) {  // of the document, which is one itself
    const auto lists = static_cast<std::size_t>(depth - 1);
    return R"({"name": "n", "customData": )" + std::string(lists, '[') + std::string(lists, ']') +
           "}";
  };
  const std::string deep = nested(kMaxDepth);
  const std::string too_deep = nested(kMaxDepth + 1);
  for (const std::string& open : {std::string("["), std::string(R"({"body": [)")}) {
    read(open + deep + "," + too_deep + "," + nested(100'000) + R"(, {"name": "x"}])" +
         (open == "[" ? "" : "}"));
    ASSERT_EQ(batch->items.size(), 4U);
    EXPECT_EQ(codes(0), "");
    for (const std::size_t i : {1U, 2U}) {
      EXPECT_EQ(codes(i), "unreadable");
      EXPECT_EQ(batch->items[i].failures[0].message,
                "cannot be read: it nests deeper than 512 levels");
      EXPECT_EQ(batch->items[i].status, Status::rejected);
      EXPECT_EQ(said(i, "name"), "absent");
    }
    EXPECT_EQ(said(3, "name"), R"("x")");
  }
  read(deep, Shape::one);
  EXPECT_EQ(codes(0), "");
  read(too_deep, Shape::one);
  EXPECT_EQ(codes(0), "unreadable");
}

TEST_F(ReaderTest, fine_point_p_what_no_document_holds_may_nest) {
  const std::string lists = std::string(10'000, '[') + std::string(10'000, ']');
  read("[" + lists + R"(, {"name": "x"}])");
  ASSERT_EQ(batch->items.size(), 2U);
  EXPECT_EQ(codes(0), "type");
  EXPECT_EQ(said(1, "name"), R"("x")");
  read(R"({"body": [{"name": "x"}], "other": )" + lists + "}");
  ASSERT_EQ(batch->items.size(), 1U);
  EXPECT_EQ(codes(0), "");
}

TEST_F(ReaderTest, billing_8_a_category_that_contradicts_category_id_is_refused) {
  MemoryCatalogue products;
  const auto put = [&](const char* uuid) {
    return std::to_string(products.rows.put(1, Table::category,
                                            R"({"name": "C", "reference": ")" +
                                                std::string(uuid).substr(0, 1) + R"(", "uuid": ")" +
                                                uuid + "\"}"));
  };
  const std::string a_uuid = "a23e4567-e89b-12d3-a456-426614174000";
  const std::string a = put(a_uuid.c_str());
  const std::string b = put("b23e4567-e89b-12d3-a456-426614174000");
  const auto id = products.put(1, R"({"reference": "r", "name": "n"})");
  Call billing(products, "billing");
  const auto say = [&](const std::string& members) {
    billing.skip().one(R"({"reference": "r", )" + members + "}");
    return billing.item().failures.empty() ? products.at(1, id, Column::category_id)
                                           : billing.codes();
  };
  EXPECT_EQ(say(R"("category": {"id": )" + a + "}"), a);
  EXPECT_EQ(say(R"("category": {"name": "C"})"), a);
  EXPECT_EQ(say(R"("category": null)"), a);
  for (const char* said : {"5", "[1]", "true", R"("C")"})
    EXPECT_EQ(say(R"("category": )" + std::string(said)), "type category") << said;
  EXPECT_EQ(say(R"("category_id": ")" + b + R"(", "category": {"id": ")" + b + "\"}"), b);
  EXPECT_EQ(say(R"("category_id": )" + a + R"(, "category": {"id": )" + b + "}"),
            "collision category.id");
  EXPECT_EQ(say(R"("category_id": ")" + a_uuid + R"(", "category": {"id": )" + a + "}"), a);
  EXPECT_EQ(say(R"("category_id": ")" + a_uuid + R"(", "category": {"id": )" + b + "}"),
            "collision category_id");
}

TEST_F(ReaderTest, billing_8_a_category_is_held_against_the_id_of_its_own_document) {
  MemoryCatalogue products;
  Call billing(products, "billing");
  billing.read(R"([{"reference": "a", "name": "a", "category_id": 7, "category": {"id": 7}},
                   {"reference": "b", "name": "b", "category_id": 8}])",
               DocumentReader::Shape::many);
  EXPECT_EQ(billing.codes(0), "");
  EXPECT_EQ(billing.codes(1), "");
}

TEST_F(ReaderTest, fine_point_n_a_document_of_another_organization_than_the_calls_is_refused) {
  batch = std::make_unique<Batch>(*profile);
  DocumentReader reader(*batch, Shape::many, builtin_rules().columns(), {1, true});
  parse_json(R"([{"organizationId": 2, "name": "a"}, {"organizationId": 1, "name": "b"}])",
             batch->arena, reader);
  reader.finish();
  EXPECT_EQ(codes(0), "permission organizationId");
  EXPECT_EQ(codes(1), "");
}

}  // namespace
}  // namespace product_upsert
