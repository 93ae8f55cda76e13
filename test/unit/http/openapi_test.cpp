#include "core/http/openapi.hpp"

#include <gtest/gtest.h>

#include "core/value/events.hpp"
#include "unit/source_files.hpp"

namespace product_upsert {
namespace {

TEST(OpenApiTest, every_member_stands_once_and_requests_have_what_the_call_needs) {
  const auto profile = compile("api", R"({"identity": ["reference"], "fields": {
      "reference": {"type": "text", "required": true, "enum": ["a\"b"]}},
      "http": {"routes": [
        {"method": "POST", "path": "/items", "action": "create"},
        {"method": "PUT", "path": "/items", "action": "upsert", "documents": "many"}],
      "error": "{code}", "errors": [{"status": 400}]}})");
  Arena arena;
  const std::string text = openapi_of(*profile, "1.0");
  const Value described = parse_json(text, arena);
  EXPECT_EQ(described.members().size(), 4U);
  const Value items = described["paths"]["/items"];
  const auto body = [](const Value& operation) {
    return operation["requestBody"]["content"]["application/json"]["schema"];
  };
  EXPECT_EQ(body(items["post"])["allOf"].items()[1].json(), R"({"required":["reference"]})");
  EXPECT_EQ(body(items["put"])["items"].json(), R"({"$ref":"#/components/schemas/Document"})");
  EXPECT_EQ(items["post"]["operationId"].as_text(), "post_items");
  EXPECT_EQ(items["put"]["responses"].members().size(), 2U);
}

}  // namespace
}  // namespace product_upsert
