#include "core/answer/answer.hpp"

#include <gtest/gtest.h>

#include "core/catalogue/own_column.hpp"
#include "core/value/events.hpp"
#include "unit/call.hpp"
#include "unit/cancelled.hpp"
#include "unit/source_files.hpp"

namespace product_upsert {
namespace {

class AnswerTest : public testing::Test {
 protected:
  MemoryCatalogue products;

  std::string one(Call& call, std::string_view json) {
    call.products().one(json);
    return answer_one(*call.batch, call.item()).json();
  }
};

TEST_F(AnswerTest, vending_30_a_bulk_answer_of_ids) {
  Call call(products, "vending");
  call.many(
      R"([{"manufacturer": "M", "brand": "B", "name": "N"}, {"manufacturer": "M", "brand": "B", "name": "O"}])");
  EXPECT_EQ(answer_bulk_json(*call.batch), "[1,2]");
  call.many("[]");
  EXPECT_EQ(answer_bulk_json(*call.batch), "[]");
}

TEST_F(AnswerTest, fine_point_f_null_stands_in_a_rejects_place) {
  Call call(products, "vending");
  call.skip().many(R"([5, {"manufacturer": "M", "brand": "B", "name": "O"}])");
  EXPECT_EQ(answer_bulk_json(*call.batch), "[null,1]");
}

TEST_F(AnswerTest, fine_point_j_the_stored_product_in_the_profiles_shape) {
  const auto profile =
      compile("test", R"({"identity": ["external_id"], "answer": {"envelope": "data"}, "fields": {
      "object_type": {"role": "constant", "value": "PRODUCT"},
      "org": {"role": "organization"},
      "id": {"type": "integer", "read_only": "ignore"},
      "ext": {"type": "text", "column": "external_id"},
      "price": {"type": "decimal"},
      "secret": {"type": "text", "column": "description", "hidden": true},
      "color": {"type": "text", "column": "meta", "member": "color"},
      "version": {"type": "integer", "read_only": "ignore"}}})");
  Call call(products, profile);
  EXPECT_EQ(
      one(call, R"({"org": 3, "ext": "e", "price": 19.90, "secret": "s", "color": "red"})"),
      R"({"data":{"id":1,"ext":"e","org":3,"color":"red","price":19.90,"version":1,"object_type":"PRODUCT"}})");
  EXPECT_EQ(
      one(call, R"({"org": 3, "ext": "e", "price": 19.900})"),
      R"({"data":{"id":1,"ext":"e","org":3,"color":"red","price":19.90,"version":1,"object_type":"PRODUCT"}})");
  EXPECT_EQ(
      one(call, R"({"org": 3, "ext": "e"})"),
      R"({"data":{"id":1,"ext":"e","org":3,"color":"red","price":19.90,"version":1,"object_type":"PRODUCT"}})");
}

TEST_F(AnswerTest, a_default_stands_for_null_only_where_null_may_not_be) {
  products.put(1, R"({"external_id": "e"})");
  Call call(products, compile("test", R"({"identity": ["external_id"], "fields": {
      "external_id": {"type": "text"}, "container": {"type": "text", "default": "box"},
      "vend_size": {"type": "text", "default": "small", "nullable": false}}})"));
  EXPECT_EQ(one(call, R"({"external_id": "e"})"),
            R"({"container":null,"vend_size":"small","external_id":"e"})");
}

TEST_F(AnswerTest, rule_60_an_error_has_a_position_in_a_bulk_call_alone) {
  Call call(products, "catalog");
  const auto last_detail = [&](bool bulk) {
    try {
      if (bulk) call.many(R"([{"external_id": "e", "name": 5}])");
      else call.one(R"({"external_id": "e", "name": 5})");
    } catch (const Refusal& refused) {
      return errors_json(refused.errors);
    }
    return std::string();
  };
  EXPECT_EQ(last_detail(false).find("position"), std::string::npos) << last_detail(false);
  EXPECT_NE(last_detail(true).find(R"("position": 1)"), std::string::npos) << last_detail(true);
}

TEST_F(AnswerTest, bulk_answers_of_products_have_no_envelope_of_their_own) {
  const auto profile = compile("test", R"({"identity": ["external_id"], "fields": {
      "id": {"type": "integer", "read_only": "ignore"}, "external_id": {"type": "text"}}})");
  Call call(products, profile);
  call.products().skip().many(
      R"([{"external_id": "a"}, {"external_id": 1}, {"external_id": "b"}])");
  EXPECT_EQ(answer_bulk_json(*call.batch),
            R"([{"id":1,"external_id":"a"},null,{"id":2,"external_id":"b"}])");
}

TEST_F(AnswerTest, billing_12_rows_referred_to_are_embedded_whole) {
  products.rows.put(1, Table::category, R"({"id": 7, "reference": "c", "name": "Category"})");
  Call call(products, "billing");
  const std::string answer = one(call, R"({"reference": "r", "name": "n", "category_id": 7})");
  EXPECT_NE(answer.find(R"("name":"Category")"), std::string::npos) << answer;
  // What the row has no value for is null.
  EXPECT_NE(answer.find(R"("description":null)"), answer.rfind(R"("description":null)")) << answer;
}

TEST_F(AnswerTest, subscription_43_rows_are_embedded_with_those_they_refer_to) {
  products.rows.put(1, Table::unit, R"({"id": 3, "name": "Piece"})");
  products.rows.put(1, Table::measurement, R"({"id": 1, "unit_id": 3, "code": "m"})");
  const auto profile = compile("test", R"({"identity": ["external_id"], "fields": {
      "ext": {"type": "text", "column": "external_id"},
      "m": {"role": "reference", "column": "measurement_id", "table": "measurement", "by": ["id"],
            "shape": {"code": "code", "unit": {"column": "unit_id", "table": "unit", "shape": {"name": "name"}}}},
      "c": {"role": "reference", "column": "category_id", "table": "category", "by": ["id"]}}})");
  products.rows.put(1, Table::category, R"({"id": 7, "reference": "c", "name": "Category"})");
  Call call(products, profile);
  EXPECT_EQ(one(call, R"({"ext": "e", "m": 1, "c": 7})"),
            R"({"c":7,"m":{"code":"m","unit":{"name":"Piece"}},"ext":"e"})");
  EXPECT_EQ(one(call, R"({"ext": "f"})"), R"({"c":null,"m":null,"ext":"f"})");
}

TEST_F(AnswerTest, agency_55_times_have_the_precision_of_the_profile) {
  const auto field = [](const std::string& name, const std::string& precision) {
    return ", \"" + name + R"(": {"type": "timestamp", "column": "meta", "member": ")" + name +
           "\"" + (precision.empty() ? "" : R"(, "precision": ")" + precision + "\"") + "}";
  };
  Call call(products, compile("test", R"({"identity": ["external_id"], "fields": {
      "external_id": {"type": "text"})" + field("a", "") +
                                          field("b", "seconds") + field("c", "milliseconds") +
                                          field("d", "microseconds") + "}}"));
  products.put(1, R"({"external_id": "e", "meta": {"a": "2026-01-02T03:04:05.6Z",
      "b": "2026-01-02T03:04:05.6Z", "c": "2026-01-02T03:04:05.6Z", "d": "2026-01-02T03:04:05Z"}})");
  EXPECT_EQ(
      one(call, R"({"external_id": "e"})"),
      R"({"a":"2026-01-02T03:04:05.6Z","b":"2026-01-02T03:04:05Z",)"
      R"("c":"2026-01-02T03:04:05.600Z","d":"2026-01-02T03:04:05.000000Z","external_id":"e"})");
}

TEST_F(AnswerTest, retail_27_custom_fields_and_options_are_answered_as_they_are_defined) {
  products.rows.put(1, Table::custom_field,
                    R"({"reference": "color", "namespace": "look", "name": "Color", "type": "text",
                        "unique_value": true})");
  const auto id = products.put(1, R"({"external_id": "e", "name": "n",
      "custom_fields": {"gone": 1, "look.color": "red"}})");
  const auto variant = [&](const char* sku, const char* options) {
    products.rows.put(1, Table::variant,
                      R"({"product_id": )" + std::to_string(id) + R"(, "sku": ")" + sku +
                          R"(", "position": 1)" + options + "}");
  };
  variant("s",
          R"(, "options": [{"name": "size", "value": "S"}, {"name": "color", "value": "red"}])");
  variant("t",
          R"(, "options": [{"name": "size", "value": "M"}, {"name": "color", "value": "red"}])");
  variant("u", "");
  Call call(products, "retail");
  const std::string answer = one(call, R"({"external_id": "e", "brand": "b"})");
  const auto has = [&](const char* text) {
    EXPECT_NE(answer.find(text), std::string::npos) << text << " in " << answer;
  };
  has(R"("options":{"size":["S","M"],"color":["red"]})");
  has(R"("type":"string")");
  has(R"("value":"red")");
  has(R"("handle":"color")");
  has(R"("namespace":"look")");
  has(R"("is_index":1)");
  has(R"("custom_fieldable":{"id":1,"external_id":"e"})");
  EXPECT_EQ(answer.find("gone"), std::string::npos) << answer;
}

TEST_F(AnswerTest, options_of_many_variants_can_be_cancelled) {
  const auto id = products.put(1, R"({"external_id": "e", "name": "n"})");
  for (int i = 0; i < 3; ++i) {
    const std::string n = std::to_string(i);
    products.rows.put(1, Table::variant,
                      R"({"product_id": )" + std::to_string(id) + R"(, "sku": ")" + n +
                          R"(", "position": 1, "options": [{"name": ")" + n +
                          R"(", "value": "a"}, {"name": "size", "value": 1.50}]})");
  }
  Call call(products, "retail");
  EXPECT_NE(one(call, R"({"external_id": "e", "brand": "b"})")
                .find(R"("options":{"0":["a"],"1":["a"],"2":["a"],"size":[1.50]})"),
            std::string::npos);
  const CancelledHere cancelled;
  EXPECT_THROW(answer_one(*call.batch, call.item()), CancelledHere::Cancelled);
}

TEST_F(AnswerTest, billing_8_custom_fields_are_a_list_of_texts) {
  products.rows.put(1, Table::custom_field, R"({"id": 4, "reference": "n", "type": "number"})");
  products.rows.put(1, Table::custom_field,
                    R"({"id": 5, "reference": "l", "type": "text", "multiple_values": true})");
  products.put(1,
               R"({"reference": "r", "name": "n", "custom_fields": {"n": 1.50, "l": ["x", "y"]}})");
  Call call(products, "billing");
  const std::string answer = one(call, R"({"reference": "r", "description": "d"})");
  EXPECT_NE(answer.find(R"({"id":"4","value":"1.50","reference":"n"})"), std::string::npos)
      << answer;
  EXPECT_NE(answer.find(R"({"id":"5","values":["x","y"],"reference":"l"})"), std::string::npos)
      << answer;
}

TEST_F(AnswerTest, subscription_47_custom_fields_are_an_object) {
  Call call(products, "subscription");
  const std::string uuid = "123e4567-e89b-12d3-a456-426614174000";
  const auto id =
      products.put(1, R"({"uuid": ")" + uuid + R"(", "name": "n", "custom_fields": {"k": "v"}})");
  const std::string document = R"({"id": ")" + uuid + R"(", "name": "m"})";
  EXPECT_NE(one(call, document).find(R"("customFields":{"k":"v"})"), std::string::npos);
  products.change(1, id, R"({"custom_fields": 5})");  // by SQL
  EXPECT_NE(one(call, document).find(R"("customFields":{})"), std::string::npos);
}

TEST_F(AnswerTest, a_document_that_cannot_be_read_is_refused_with_advice) {
  Call call(products, "catalog");
  call.read(R"([{"external_id": "e"}])", DocumentReader::Shape::many);
  Item& item = call.batch->items[0];
  item.status = Status::rejected;
  item.fail(Code::unreadable, "", "is no JSON", Details().text("hint", "Escape it."));
  EXPECT_EQ(refuse_batch(*call.batch).hint, "Escape it.");
  item.failures[0].code = Code::type;
  EXPECT_EQ(refuse_batch(*call.batch).hint, "");
}

TEST_F(AnswerTest, unknown_fields_that_are_kept_come_back) {
  const auto profile =
      compile("test", R"({"identity": ["external_id"], "unknown_fields": "keep", "fields": {
      "external_id": {"type": "text"}}})");
  Call call(products, profile);
  EXPECT_EQ(one(call, R"({"external_id": "e", "x": 1.0, "y": {"z": null}})"),
            R"({"x":1.0,"y":{"z":null},"external_id":"e"})");
  EXPECT_EQ(one(call, R"({"external_id": "e"})"), R"({"x":1.0,"y":{"z":null},"external_id":"e"})");
}

TEST_F(AnswerTest, billing_8_a_number_of_an_own_column_is_no_id) {
  OwnColumns own;
  own.product = {own_column({"stock_of_answers", ColumnType::bigint})};
  products.own_columns[own.product.front()];
  Arena arena;
  const auto profile =
      compile_profile("texts",
                      parse_json(R"({"identity": ["external_id"], "answer": {"ids": "texts"},
          "fields": {"external_id": {"type": "text"},
                     "stock": {"type": "integer", "column": "stock_of_answers"}}})",
                                 arena),
                      own);
  Call call(products, profile);
  EXPECT_EQ(one(call, R"({"external_id": "e", "stock": 5})"), R"({"stock":5,"external_id":"e"})");
}

TEST_F(AnswerTest, what_a_field_stores_in_meta_is_no_unknown_field) {
  const auto profile = compile("test", R"({"identity": ["external_id"], "unknown_fields": "keep",
      "tombstone": {"field": "gone", "action": "delete"}, "fields": {
      "external_id": {"type": "text"}, "label": {"type": "text", "column": "meta", "member": "l"},
      "secret": {"type": "text", "column": "meta", "member": "s", "hidden": true}}})");
  products.put(1, R"({"external_id": "e", "meta": {"l": "a", "s": "b", "gone": true, "x": 1}})");
  Call call(products, profile);
  const std::string shown = R"({"x":1,"label":"a","external_id":"e"})";
  EXPECT_EQ(one(call, R"({"external_id": "e"})"), shown);
  EXPECT_EQ(one(call, shown), shown);
  EXPECT_EQ(call.statuses(), "unchanged");
}

TEST_F(AnswerTest, meta_that_direct_sql_made_no_object_has_no_unknown_fields) {
  const auto profile =
      compile("test", R"({"identity": ["external_id"], "unknown_fields": "keep", "fields": {
      "external_id": {"type": "text"}}})");
  for (const char* json : {R"(["a", 1])", R"("text")", "5", "null"}) {
    MemoryCatalogue stored;
    stored.put(1, R"({"external_id": "e", "meta": )" + std::string(json) + "}");
    Call call(stored, profile);
    EXPECT_EQ(one(call, R"({"external_id": "e"})"), R"({"external_id":"e"})") << json;
  }
}

TEST_F(AnswerTest, every_shipped_profile_answers_json) {
  for (const std::string& name : shipped_profiles()) {
    const auto profile = shipped_profile(name);
    std::vector<Value> values(profile->columns.size(), Value::null());
    Arena arena;
    const Value answer = product_answer(*profile, 1, profile->columns, 1, values, nullptr, arena);
    EXPECT_EQ(parse_json(answer.json(), arena).json(), answer.json()) << name;
  }
}

TEST_F(AnswerTest, c5_what_was_sent_comes_back) {
  Call call(products, "vending");
  const std::string digits = "12345678901234567890123." + std::string(400, '3') + "0";
  const std::string answer = one(
      call, R"({"manufacturer": "M", "brand": "B", "name": "N", "defaultPrice": )" + digits + "}");
  EXPECT_NE(answer.find("\"defaultPrice\":" + digits), std::string::npos);
}

TEST_F(AnswerTest, a_race_answers_with_what_is_stored) {
  Call call(products, "catalog");
  products.put(1, R"({"external_id": "e", "name": "n"})");
  bool once = false;
  products.before_write = [&] {
    if (!once) products.change(1, 1, R"({"description": "theirs"})");
    once = true;
  };
  EXPECT_NE(one(call, R"({"external_id": "e", "name": "mine"})").find(R"("description":"theirs")"),
            std::string::npos);
}

}  // namespace
}  // namespace product_upsert
