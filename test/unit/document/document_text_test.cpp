#include "core/document/document_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "unit/call.hpp"
#include "unit/source_files.hpp"

namespace product_upsert {
namespace {

using testing::HasSubstr;
using Shape = DocumentReader::Shape;
using Lines = DocumentText::Lines;

class DocumentTextTest : public testing::Test {
 protected:
  void read(std::string json, Shape shape = Shape::many, Lines lines = Lines::yes) {
    json_ = std::move(json);
    batch = std::make_unique<Batch>(*profile);
    DocumentReader reader(*batch, shape, builtin_rules().columns(), {1, false});
    DocumentText(reader, batch->arena).read(json_, lines);
    reader.finish();
  }
  std::string refusal(const std::string& json, Shape shape = Shape::many,
                      Lines lines = Lines::yes) {
    try {
      read(json, shape, lines);
    } catch (const Refusal& r) {
      return r.what();
    }
    return "accepted";
  }
  // Of every document its name, or its failures.
  std::string told(const std::string& json, Shape shape = Shape::many, Lines lines = Lines::yes) {
    read(json, shape, lines);
    std::string all;
    for (const Item& item : batch->items) {
      if (!all.empty()) all += " | ";
      if (!item.failures.empty()) all += codes_of(item.failures);
      else all += batch->value(item, static_cast<std::size_t>(profile->find("name"))).json();
    }
    return all;
  }
  const std::string& message(std::size_t item) {
    return batch->items.at(item).failures.at(0).message;
  }

  std::shared_ptr<const Profile> profile = shipped_profile("vending");
  std::unique_ptr<Batch> batch;

 private:
  std::string json_;
};

TEST_F(DocumentTextTest, a_list_an_envelope_or_a_document_a_line) {
  for (const char* json :
       {R"([{"name": "a"}, {"name": "b"}])", R"({"body": [{"name": "a"}, {"name": "b"}]})",
        R"( { "x" : [{}, "]"], "body" : [ { "name" : "a" } , { "name" : "b" } ] , "y": {} } )",
        R"({"body": 1, "\u0062ody": [{"name": "a"}, {"name": "b"}]})",
        "{\"name\": \"a\"}\n{\"name\": \"b\"}\n",
        "\n\r\n{\"name\": \"a\"}\r\n \n  {\"name\": \"b\"}"})
    EXPECT_EQ(told(json), R"("a" | "b")") << json;
  EXPECT_EQ(told("[]"), "");
  EXPECT_EQ(told(R"({"body": []})"), "");
  EXPECT_EQ(told(" \n"), "");
  EXPECT_EQ(told("{\"name\":\n \"a\"\n}\n"), R"("a")");
  EXPECT_EQ(told(R"({"body": [{"name": "a"}], "body": 1})"), "unknown_field body");
}

TEST_F(DocumentTextTest, a_byte_order_mark_is_no_part_of_the_text) {
  const std::string mark = "\xEF\xBB\xBF";
  for (const std::string json :
       {R"([{"name": "a"}, {"name": "b"}])", R"({"body": [{"name": "a"}, {"name": "b"}]})",
        "{\"name\": \"a\"}\r\n{\"name\": \"b\"}\r\n"})
    EXPECT_EQ(told(mark + json), R"("a" | "b")") << json;
  // Two files, one behind the other.
  EXPECT_EQ(told(mark + "{\"name\": \"a\"}\n" + mark + "{\"name\": \"b\"}"), R"("a" | "b")");
  EXPECT_EQ(told(mark + R"({"name": "a"})", Shape::one), R"("a")");
  EXPECT_EQ(told(mark + R"({"name": "a"})", Shape::each), R"("a")");
  EXPECT_EQ(told(mark), "");
  EXPECT_EQ(told(R"([{"name": "a"}, )" + mark + R"({"name": "b"}])"), R"("a" | unreadable)");
  EXPECT_EQ(told(mark + mark + R"({"name": "a"})", Shape::one), "unreadable");
}

TEST_F(DocumentTextTest, another_shape_is_refused) {
  for (const char* json : {"1", R"("x")", "null", " true "})
    EXPECT_TRUE(
        refusal(json).starts_with("documents must be a JSON array of objects, or {\"body\""))
        << json;
  for (const char* json : {"1", "[]", R"([{"name": "a"}])"})
    EXPECT_TRUE(refusal(json, Shape::one).starts_with("document must be a JSON object, not "))
        << json;
  EXPECT_TRUE(
      refusal(R"({"name": "a"})", Shape::many, Lines::no).starts_with("documents must be "));
  EXPECT_EQ(told("{}\n{}", Shape::many, Lines::no), "unreadable");
  EXPECT_EQ(told("", Shape::many, Lines::no), "unreadable");
}

TEST_F(DocumentTextTest, one_document) {
  EXPECT_EQ(told(R"( {"name": "a"} )", Shape::one), R"("a")");
  EXPECT_EQ(told(R"({"body": [{"name": "a"}]})", Shape::one), R"("a")");
  EXPECT_EQ(told(R"({"body": [5]})", Shape::one), "type");
  EXPECT_EQ(told("", Shape::one), "unreadable");
  EXPECT_EQ(message(0), "cannot be read: a value is expected at byte 1, where it ends");
  EXPECT_EQ(told(R"({"name": tru})", Shape::one), "unreadable");
  EXPECT_EQ(message(0), "cannot be read: a value is expected at byte 10: tru}");
}

TEST_F(DocumentTextTest, what_is_often_sent_in_place_of_json_is_told_with_advice) {
  const auto advice = [&](const std::string& json) -> std::string {
    read(json);
    for (const auto& [member, said] : batch->items.at(0).failures.at(0).details)
      if (member == "hint") return said;
    return "";
  };
  EXPECT_THAT(advice(R"({"{\"name\":\"a\"}","{}"})"), HasSubstr("PostgreSQL array"));
  EXPECT_THAT(advice("[object Object]"), HasSubstr("JSON.stringify"));
  EXPECT_THAT(advice(R"({"price": NaN})"), HasSubstr("null"));
  EXPECT_THAT(advice(R"({"price": None})"), HasSubstr("null"));
  EXPECT_THAT(advice(R"({"is_deleted": True})"), HasSubstr("true and false"));
  EXPECT_THAT(advice("{'name': 'a'}"), HasSubstr("double quotes"));
  EXPECT_EQ(advice(R"({"name": tru})"), "");
  EXPECT_EQ(advice("{"), "");
}

TEST_F(DocumentTextTest, documents_that_come_one_by_one) {
  batch = std::make_unique<Batch>(*profile);
  DocumentReader reader(*batch, Shape::each, builtin_rules().columns(), {1, false});
  DocumentText text(reader, batch->arena);
  for (const std::string_view json : {R"({"name": "a"})", "[1]", "", R"({"name")", "null", "{}"})
    text.read(json, Lines::no);
  reader.finish();
  ASSERT_EQ(batch->items.size(), 6U);
  for (const std::size_t i : {1U, 4U}) EXPECT_EQ(codes_of(batch->items[i].failures), "type");
  for (const std::size_t i : {2U, 3U}) EXPECT_EQ(codes_of(batch->items[i].failures), "unreadable");
}

TEST_F(DocumentTextTest, fine_point_p_an_unreadable_document_is_a_reject_and_the_others_are_read) {
  EXPECT_EQ(told(R"([{"name": "a"}, {"name": tru}, {"name": "\ud800"}, 5, , {"name": "b"},])"),
            R"("a" | unreadable | unreadable | type | unreadable | "b" | unreadable)");
  EXPECT_EQ(
      message(1),
      R"(cannot be read: a value is expected at byte 26: tru}, {"name": "\ud800"}, 5, , {"name": "b"},])");
  EXPECT_EQ(told("{\"name\": \"a\"}\n\n{\"name\": 1e999999}\ngarbage\n{\"name\": \"b\"}\n"),
            R"("a" | unreadable | unreadable | "b")");
  EXPECT_EQ(message(1), "cannot be read: a number is out of range at byte 10 of line 3: 1e999999}");
  EXPECT_EQ(message(2), "cannot be read: a value is expected at byte 1 of line 4: garbage");
  EXPECT_EQ(batch->items[1].failures[0].details[1].second, "3");
  EXPECT_EQ(told("{\"name\": [\n{\"name\": \"b\"}\n"), R"(unreadable | "b")");
  // Together their brackets are those of one object.
  EXPECT_EQ(told("{{\"name\": \"a\"}\n{\"name\": \"b\"}\n{\"name\": \"c\"}}"),
            R"(unreadable | "b" | unreadable)");
}

TEST_F(DocumentTextTest, where_the_list_itself_is_broken_the_rest_is_one_reject) {
  EXPECT_EQ(told(R"([{"name": "a"}, {"name": "b)"), R"("a" | unreadable)");
  EXPECT_EQ(message(1), R"(cannot be read: a text is not closed at byte 26: "b)");
  EXPECT_EQ(told(R"([{"name": "a"} {"name": "b"}])"), R"("a" | unreadable)");
  EXPECT_EQ(message(1), R"(cannot be read: ',' or ']' is expected at byte 16: {"name": "b"}])");
  EXPECT_EQ(told(R"([{"name": "a"})"), R"("a" | unreadable)");
  EXPECT_EQ(told(R"([{"name": "a"},)"), R"("a" | unreadable)");
  EXPECT_EQ(told("["), "unreadable");
  EXPECT_EQ(told(R"([{"name": "a"}] [])"), R"("a" | unreadable)");
  EXPECT_EQ(message(1), "cannot be read: the end is expected at byte 17: []");
  EXPECT_EQ(told(R"({"body": [{"name": "a"}], "x": tru})"), R"("a" | unreadable)");
  EXPECT_EQ(message(1), "cannot be read: a value is expected at byte 32: tru}");
}

TEST_F(DocumentTextTest, the_order_of_keys_does_not_matter_and_the_last_of_equal_ones_counts) {
  EXPECT_EQ(told(R"([{"name": 5, "brand": "x", "nope": 1, "nope": 2, "name": "a", "nope": 3}])"),
            "unknown_field nope");
  EXPECT_EQ(told(R"([{"organizationId": "x", "name": "a", "organizationId": 7}])"), R"("a")");
  EXPECT_EQ(batch->items[0].organization_id, 7);
}

TEST_F(DocumentTextTest, fine_point_p_512_levels_counted_in_the_document) {
  const auto nested = [](std::size_t depth) {
    return R"({"name": "n", "customData": )" + std::string(depth - 1, '[') +
           std::string(depth - 1, ']') + "}";
  };
  for (const char* open : {"[", R"({"body": [)"}) {
    EXPECT_EQ(told(open + nested(512) + "," + nested(513) + "," + nested(100'000) + "]" +
                   (open[0] == '[' ? "" : "}")),
              R"("n" | unreadable | unreadable)");
  }
  EXPECT_EQ(told(nested(512), Shape::one), R"("n")");
  EXPECT_EQ(told(nested(513), Shape::one), "unreadable");
}

}  // namespace
}  // namespace product_upsert
