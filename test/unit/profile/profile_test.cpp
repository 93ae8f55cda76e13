// The language of profiles: src/core/profile/profile_compile.cpp, field_compile.cpp,
// reference_compile.cpp.
#include "core/profile/profile.hpp"

#include <gtest/gtest.h>

#include "core/value/failure.hpp"
#include "unit/source_files.hpp"

namespace product_upsert {
namespace {

// The message of the refusal, or "accepted".
std::string refusal(const std::string& definition) {
  try {
    compile("test", definition);
  } catch (const Refusal& r) {
    EXPECT_EQ(static_cast<int>(r.kind), static_cast<int>(Refused::invalid));
    EXPECT_EQ(r.errors.size(), 1U);
    return r.what();
  }
  return "accepted";
}

// Of a profile with the one field.
std::string of_field(const std::string& field) {
  return refusal(R"({"identity": ["id"], "fields": {"f": )" + field + "}}");
}

// Expects the fault, which begins with its path.
#define EXPECT_FAULT(given, path) \
  EXPECT_TRUE(std::string(given).starts_with(std::string(path) + ": ")) << (given)

TEST(ProfileTest, every_shipped_profile_compiles) {
  for (const std::string& name : shipped_profiles()) EXPECT_NO_THROW(shipped_profile(name)) << name;
}

TEST(ProfileTest, a_definition_is_an_object_of_known_members) {
  for (const char* json : {"1", "[]", "null", R"("x")"}) EXPECT_FAULT(refusal(json), "$");
  EXPECT_FAULT(refusal(R"({"fields": {"name": {"type": "text"}}, "identity": ["id"], "field": 1})"),
               "field");
  EXPECT_FAULT(
      refusal(R"({"fields": {"name": {"type": "text"}}, "identity": ["id"], "description": 1})"),
      "description");
  EXPECT_FAULT(
      refusal(
          R"({"fields": {"name": {"type": "text"}}, "identity": ["id"], "unknown_fields": "drop"})"),
      "unknown_fields");
}

TEST(ProfileTest, a_fault_is_an_error_with_its_path) {
  try {
    compile("test", R"({"identity": ["id"], "fields": {"name": {"type": "test"}}})");
    FAIL();
  } catch (const Refusal& r) {
    EXPECT_EQ(std::string(r.what()).find("fields.name.type: must be one of text, integer, decimal"),
              0U);
    EXPECT_EQ(r.errors.at(0).field, "fields.name.type");
    EXPECT_FALSE(r.hint.empty());
  }
}

TEST(ProfileTest, request_and_answer) {
  const auto with = [](const std::string& member) {
    return refusal(R"({"identity": ["id"], "fields": {"name": {"type": "text"}}, )" + member + "}");
  };
  EXPECT_FAULT(with(R"("request": [])"), "request");
  EXPECT_FAULT(with(R"("request": {"lists": "x"})"), "request.lists");
  EXPECT_FAULT(with(R"("request": {"list": 1})"), "request.list");
  EXPECT_FAULT(with(R"("request": {"list": ""})"), "request.list");
  EXPECT_FAULT(with(R"("answer": 5)"), "answer");
  EXPECT_FAULT(with(R"("answer": {"x": 1})"), "answer.x");
  EXPECT_FAULT(with(R"("answer": {"envelope": null})"), "answer.envelope");
  EXPECT_FAULT(with(R"("answer": {"bulk": "id"})"), "answer.bulk");
  EXPECT_EQ(with(R"("answer": {"bulk": "ids", "envelope": "data"}, "request": {"list": "body"})"),
            "accepted");
}

TEST(ProfileTest, fields_are_there_and_named) {
  EXPECT_FAULT(refusal(R"({"identity": ["id"]})"), "fields");
  EXPECT_FAULT(refusal(R"({"identity": ["id"], "fields": []})"), "fields");
  EXPECT_FAULT(refusal(R"({"identity": ["id"], "fields": {}})"), "fields");
  EXPECT_FAULT(
      refusal(R"({"identity": ["id"], "fields": {"": {"type": "text", "column": "name"}}})"),
      "fields.");
  std::string many;
  for (int i = 0; i < 1001; ++i)
    many += (many.empty() ? "" : ",") + ("\"f" + std::to_string(i)) +
            R"(": {"role": "constant", "value": 1})";
  EXPECT_FAULT(refusal(R"({"identity": ["id"], "fields": {)" + many + "}}"), "fields");
}

TEST(ProfileTest, a_field_is_an_object_of_known_members) {
  EXPECT_FAULT(of_field("5"), "fields.f");
  EXPECT_FAULT(of_field(R"({"type": "text", "column": "name", "requird": true})"),
               "fields.f.requird");
  EXPECT_FAULT(of_field(R"({"column": "name"})"), "fields.f.type");
  EXPECT_FAULT(of_field(R"({"type": 5, "column": "name"})"), "fields.f.type");
  EXPECT_FAULT(of_field(R"({"type": "text", "column": "name", "role": "colum"})"), "fields.f.role");
}

TEST(ProfileTest, a_field_lives_in_a_column_of_its_type) {
  EXPECT_FAULT(of_field(R"({"type": "text"})"), "fields.f.column");
  EXPECT_FAULT(of_field(R"({"type": "text", "column": "names"})"), "fields.f.column");
  EXPECT_FAULT(of_field(R"({"type": "text", "column": 5})"), "fields.f.column");
  EXPECT_FAULT(of_field(R"({"type": "text", "column": "price"})"), "fields.f.type");
  EXPECT_FAULT(of_field(R"({"type": "decimal", "column": "calories"})"), "fields.f.type");
  EXPECT_FAULT(of_field(R"({"type": "text", "column": "name", "member": "x"})"), "fields.f.member");
  EXPECT_FAULT(of_field(R"({"type": "text", "column": "meta", "member": ""})"), "fields.f.member");
  EXPECT_FAULT(of_field(R"({"type": "text", "column": "meta"})"), "fields.f.type");
  EXPECT_EQ(of_field(R"({"type": "integer", "column": "price"})"), "accepted");
  EXPECT_EQ(of_field(R"({"type": "date", "column": "meta", "member": "x"})"), "accepted");
}

TEST(ProfileTest, flags_are_true_or_false) {
  for (const char* flag : {"required", "nullable", "no_white_space", "coerce", "hidden"})
    EXPECT_FAULT(
        of_field(std::string(R"({"type": "text", "column": "name", ")") + flag + R"(": 1})"),
        std::string("fields.f.") + flag);
}

TEST(ProfileTest, words_are_one_of_a_list) {
  EXPECT_FAULT(of_field(R"({"type": "text", "column": "name", "read_only": true})"),
               "fields.f.read_only");
  EXPECT_FAULT(of_field(R"({"type": "text", "column": "name", "empty": "drop"})"),
               "fields.f.empty");
  EXPECT_FAULT(of_field(R"({"type": "text", "column": "name", "create_only": "yes"})"),
               "fields.f.create_only");
}

TEST(ProfileTest, limits_are_numbers_that_leave_something) {
  EXPECT_FAULT(of_field(R"({"type": "text", "column": "name", "min_length": -1})"),
               "fields.f.min_length");
  EXPECT_FAULT(of_field(R"({"type": "text", "column": "name", "max_length": 1.5})"),
               "fields.f.max_length");
  EXPECT_FAULT(of_field(R"({"type": "text", "column": "name", "max_length": 10000000000})"),
               "fields.f.max_length");
  EXPECT_FAULT(of_field(R"({"type": "text", "column": "name", "min_length": 3, "max_length": 2})"),
               "fields.f.min_length");
  EXPECT_FAULT(of_field(R"({"type": "decimal", "column": "price", "min": "0"})"), "fields.f.min");
  EXPECT_FAULT(of_field(R"({"type": "decimal", "column": "price", "max": null})"), "fields.f.max");
  EXPECT_FAULT(of_field(R"({"type": "decimal", "column": "price", "min": 1.01, "max": 1})"),
               "fields.f.min");
  EXPECT_EQ(of_field(R"({"type": "decimal", "column": "price", "min": 1.0, "max": 1})"),
            "accepted");
}

TEST(ProfileTest, enums_are_lists_of_texts) {
  EXPECT_FAULT(of_field(R"({"type": "decimal", "column": "price", "enum": ["a"]})"),
               "fields.f.enum");
  EXPECT_FAULT(of_field(R"({"type": "text", "column": "name", "enum": "a"})"), "fields.f.enum");
  EXPECT_FAULT(of_field(R"({"type": "text", "column": "name", "enum": []})"), "fields.f.enum");
  EXPECT_FAULT(of_field(R"({"type": "text", "column": "name", "enum": ["a", 1]})"),
               "fields.f.enum.1");
  EXPECT_FAULT(of_field(R"({"type": "texts", "column": "tags", "enum": [""]})"), "fields.f.enum.0");
}

TEST(ProfileTest, defaults_are_values_that_the_field_takes) {
  EXPECT_FAULT(of_field(R"({"type": "text", "column": "description", "default": 5})"),
               "fields.f.default");
  EXPECT_FAULT(of_field(R"({"type": "text", "column": "status", "enum": ["a"], "default": "b"})"),
               "fields.f.default");
  EXPECT_FAULT(of_field(R"({"type": "integer", "column": "calories", "default": 1.5})"),
               "fields.f.default");
  EXPECT_FAULT(of_field(R"({"type": "decimal", "column": "price", "default": "1"})"),
               "fields.f.default");
  EXPECT_FAULT(of_field(R"({"type": "boolean", "column": "is_common", "default": 1})"),
               "fields.f.default");
  EXPECT_FAULT(of_field(R"({"type": "texts", "column": "tags", "default": "a"})"),
               "fields.f.default");
  EXPECT_FAULT(
      of_field(R"({"type": "text", "column": "status", "nullable": false, "default": null})"),
      "fields.f.default");
  EXPECT_EQ(of_field(R"({"type": "text", "column": "status", "default": null})"), "accepted");
  EXPECT_EQ(of_field(R"({"type": "json", "column": "images", "default": []})"), "accepted");
  EXPECT_EQ(of_field(R"({"type": "date", "column": "available_from", "default": "2024-01-01"})"),
            "accepted");
}

TEST(ProfileTest, defaults_keep_the_fields_limits) {
  EXPECT_FAULT(of_field(R"({"type": "integer", "column": "calories", "default": 1e10})"),
               "fields.f.default");
  EXPECT_FAULT(of_field(R"({"type": "decimal", "column": "price", "min": 1, "default": 0})"),
               "fields.f.default");
  EXPECT_FAULT(
      of_field(R"({"type": "text", "column": "status", "max_length": 1, "default": "ab"})"),
      "fields.f.default");
  EXPECT_FAULT(of_field(R"({"type": "texts", "column": "tags", "default": [1]})"),
               "fields.f.default");
  EXPECT_FAULT(of_field(R"({"type": "date", "column": "available_from", "default": "2024-02-30"})"),
               "fields.f.default");
  EXPECT_FAULT(of_field(R"({"type": "text", "column": "brand", "default": ""})"),
               "fields.f.default");
  EXPECT_FAULT(of_field(R"({"type": "text", "column": "brand", "default": " b"})"),
               "fields.f.default");
}

TEST(ProfileTest, nested_fields) {
  EXPECT_FAULT(of_field(R"({"type": "objects", "column": "images"})"), "fields.f.fields");
  EXPECT_FAULT(of_field(R"({"type": "text", "column": "name", "fields": {}})"), "fields.f.fields");
  EXPECT_FAULT(
      of_field(R"({"type": "objects", "column": "images", "fields": {"u": {"type": "url"}}})"),
      "fields.f.fields.u.type");
  EXPECT_FAULT(
      of_field(
          R"({"type": "object", "column": "images", "fields": {"u": {"type": "objects", "fields": {"v": {"typ": 1}}}}})"),
      "fields.f.fields.u.fields.v.typ");
}

TEST(ProfileTest, constants_have_a_value) {
  EXPECT_FAULT(of_field(R"({"role": "constant"})"), "fields.f.value");
  EXPECT_EQ(of_field(R"({"role": "constant", "value": null})"), "accepted");
}

TEST(ProfileTest, a_column_is_one_field_or_members) {
  const auto two = [](const std::string& a, const std::string& b) {
    return refusal(R"({"identity": ["id"], "fields": {"a": )" + a + R"(, "b": )" + b + "}}");
  };
  EXPECT_FAULT(
      two(R"({"type": "text", "column": "name"})", R"({"type": "text", "column": "name"})"),
      "fields.b.column");
  EXPECT_FAULT(two(R"({"type": "json", "column": "meta"})",
                   R"({"type": "text", "column": "meta", "member": "m"})"),
               "fields.b.member");
  EXPECT_FAULT(two(R"({"type": "text", "column": "meta", "member": "m"})",
                   R"({"type": "json", "column": "meta"})"),
               "fields.b.column");
  EXPECT_FAULT(two(R"({"type": "text", "column": "meta", "member": "m"})",
                   R"({"type": "text", "column": "meta", "member": "m"})"),
               "fields.b.member");
  EXPECT_EQ(two(R"({"type": "text", "column": "meta", "member": "m"})",
                R"({"type": "text", "column": "meta", "member": "n"})"),
            "accepted");
  EXPECT_FAULT(
      refusal(
          R"({"identity": ["id"], "unknown_fields": "keep", "fields": {"meta": {"type": "json"}}})"),
      "fields.meta.column");
}

TEST(ProfileTest, what_the_engine_writes_is_read_only) {
  for (const char* column : {"version", "created_at", "updated_at"}) {
    const std::string type = std::string(column) == "version" ? "integer" : "timestamp";
    const std::string field = R"({"type": ")" + type + R"(", "column": ")" + column + "\"";
    EXPECT_FAULT(of_field(field + "}"), "fields.f.read_only");
    EXPECT_EQ(of_field(field + R"(, "read_only": "ignore"})"), "accepted");
    EXPECT_EQ(of_field(field + R"(, "read_only": "reject"})"), "accepted");
  }
}

TEST(ProfileTest, billing_13_a_parent_is_a_reference_to_a_product) {
  const std::string plain = R"({"type": "integer", "column": "parent_product_id")";
  const auto compiled =
      compile("test", R"({"identity": ["id"], "fields": {"id": {"type": "integer"}, "f": )" +
                          plain + "}}}");
  const Field& f = compiled->fields[static_cast<std::size_t>(compiled->find("f"))];
  EXPECT_EQ(f.role, Role::reference);
  EXPECT_EQ(f.reference.table, Table::product);
  EXPECT_FAULT(of_field(plain + R"(, "default": 5})"), "fields.f.role");
  EXPECT_FAULT(of_field(plain + R"(, "min": 1})"), "fields.f.role");
  EXPECT_EQ(of_field(plain + R"(, "read_only": "ignore"})"), "accepted");
  const std::string of = R"({"role": "reference", "column": "parent_product_id", "table": ")";
  EXPECT_FAULT(of_field(of + R"(category", "by": ["id"]})"), "fields.f.table");
  EXPECT_EQ(of_field(of + R"(product", "by": ["id"]})"), "accepted");
}

TEST(ProfileTest, identity_is_a_list_of_rules) {
  const auto with = [](const std::string& identity) {
    return refusal(
        R"({"fields": {"name": {"type": "text"}, "m": {"type": "text", "column": "meta", "member": "m"}}, "identity": )" +
        identity + "}");
  };
  EXPECT_FAULT(refusal(R"({"fields": {"name": {"type": "text"}}})"), "identity");
  EXPECT_FAULT(with("{}"), "identity");
  EXPECT_FAULT(with("[]"), "identity");
  EXPECT_FAULT(with("[5]"), "identity.0");
  EXPECT_FAULT(with(R"([""])"), "identity.0");
  EXPECT_FAULT(with(R"(["id", "id"])"), "identity.1");
  EXPECT_FAULT(with(R"([{"rule": 5}])"), "identity.0.rule");
  EXPECT_FAULT(with(R"([{"name": "id"}])"), "identity.0.name");
  EXPECT_FAULT(with(R"([{"rule": "id", "creates": "no"}])"), "identity.0.creates");
  EXPECT_FAULT(with(R"([{"rule": "id", "levels": {}}])"), "identity.0.levels");
  EXPECT_FAULT(with(R"([{"rule": "id", "levels": [5]}])"), "identity.0.levels.0");
  EXPECT_FAULT(with(R"([{"rule": "id", "levels": [{"level": "a", "fields": ["name"], "x": 1}]}])"),
               "identity.0.levels.0.x");
  EXPECT_FAULT(with(R"([{"rule": "id", "levels": [{"fields": ["name"]}]}])"),
               "identity.0.levels.0.level");
  EXPECT_FAULT(with(R"([{"rule": "id", "levels": [{"level": "a"}]}])"),
               "identity.0.levels.0.fields");
  EXPECT_FAULT(with(R"([{"rule": "id", "levels": [{"level": "a", "fields": []}]}])"),
               "identity.0.levels.0.fields");
  EXPECT_FAULT(with(R"([{"rule": "id", "levels": [{"level": "a", "fields": ["nam"]}]}])"),
               "identity.0.levels.0.fields");
  EXPECT_FAULT(with(R"([{"rule": "id", "levels": [{"level": "a", "fields": ["m"]}]}])"),
               "identity.0.levels.0.fields");
  EXPECT_EQ(
      with(
          R"(["id", {"rule": "x", "levels": [{"level": "a", "fields": ["name"]}], "creates": false}])"),
      "accepted");
}

TEST(ProfileTest, judged_by_is_a_timestamp) {
  const auto with = [](const std::string& judged) {
    return refusal(
        R"({"identity": ["id"], "fields": {"name": {"type": "text"}, "at": {"type": "timestamp", "column": "meta", "member": "at"}}, "judged_by": )" +
        judged + "}");
  };
  EXPECT_FAULT(with("5"), "judged_by");
  EXPECT_FAULT(with(R"("nobody")"), "judged_by");
  EXPECT_FAULT(with(R"("name")"), "judged_by");
  EXPECT_EQ(with(R"("at")"), "accepted");
}

TEST(ProfileTest, a_tombstone_is_a_value_that_a_document_may_have) {
  const auto with = [](const std::string& tombstone, const char* deleted = "") {
    return refusal(R"({"identity": ["id"], "fields": {"op": {"type": "text", "column": "name"},
        "when": {"type": "timestamp", "column": "meta", "member": "when"},
        "set": {"type": "text", "column": "handle", "read_only": "ignore"},
        "is_deleted": {"type": "boolean")" +
                   std::string(deleted) + R"(}}, "tombstone": )" + tombstone + "}");
  };
  EXPECT_FAULT(with("5"), "tombstone");
  EXPECT_FAULT(with(R"({"value": "D"})"), "tombstone.field");
  EXPECT_FAULT(with(R"({"field": "when"})"), "tombstone.field");
  EXPECT_FAULT(with(R"({"field": "set"})"), "tombstone.field");
  EXPECT_FAULT(with(R"({"field": "op", "value": ["D"]})"), "tombstone.value");
  EXPECT_FAULT(with(R"({"field": "op", "value": null})"), "tombstone.value");
  EXPECT_FAULT(with(R"({"field": "op", "action": "delete", "revive": true})"), "tombstone.revive");
  EXPECT_FAULT(with(R"({"field": "op"})", R"(, "read_only": "ignore")"), "tombstone.action");
  EXPECT_FAULT(with(R"({"field": "op"})", R"(, "create_only": "reject")"), "tombstone.action");
  for (const char* value : {R"("D")", "1", "true", "false"}) {
    EXPECT_EQ(with(R"({"field": "op", "value": )" + std::string(value) + "}"), "accepted");
  }
  EXPECT_EQ(with(R"({"field": "gone", "action": "delete"})", R"(, "read_only": "ignore")"),
            "accepted");
  EXPECT_EQ(with(R"({"field": "is_deleted", "revive": true})"), "accepted");
}

TEST(ProfileTest, ranges_are_pairs_of_dates) {
  const auto with = [](const std::string& ranges) {
    return refusal(
        R"({"identity": ["id"], "fields": {"name": {"type": "text"}, "from": {"type": "date", "column": "available_from"},
        "to": {"type": "date", "column": "available_to"}}, "ranges": )" +
        ranges + "}");
  };
  EXPECT_FAULT(with("{}"), "ranges");
  EXPECT_FAULT(with(R"([["from"]])"), "ranges.0");
  EXPECT_FAULT(with(R"([["from", "to"], ["from", "name"]])"), "ranges.1");
  EXPECT_FAULT(with(R"([["from", "till"]])"), "ranges.0");
  EXPECT_EQ(with(R"([["from", "to"]])"), "accepted");
}

TEST(ProfileTest, references_name_rows_of_a_table) {
  EXPECT_FAULT(of_field(R"({"role": "reference", "column": "category_id"})"), "fields.f.table");
  EXPECT_FAULT(of_field(R"({"role": "reference", "column": "category_id", "table": "categories"})"),
               "fields.f.table");
  EXPECT_FAULT(
      of_field(R"({"role": "reference", "column": "name", "table": "category", "by": ["id"]})"),
      "fields.f.column");
  EXPECT_FAULT(of_field(R"({"role": "links", "table": "category", "by": ["id"]})"),
               "fields.f.table");
  EXPECT_FAULT(of_field(R"({"role": "reference", "column": "category_id", "table": "category"})"),
               "fields.f.by");
  EXPECT_FAULT(
      of_field(R"({"role": "reference", "column": "category_id", "table": "category", "by": []})"),
      "fields.f.by");
  EXPECT_FAULT(
      of_field(
          R"({"role": "reference", "column": "category_id", "table": "category", "by": ["nam"]})"),
      "fields.f.by.0");
  EXPECT_FAULT(of_field(R"({"role": "embed", "of": "nobody"})"), "fields.f.of");
  EXPECT_FAULT(of_field(R"({"role": "embed"})"), "fields.f.of");
}

TEST(ProfileTest, references_say_what_becomes_of_missing_rows) {
  const auto reference = [](const std::string& table, const std::string& more) {
    return of_field(R"({"role": "reference", "column": "category_id", "table": ")" + table +
                    R"(", "by": )" + more + "}");
  };
  EXPECT_EQ(reference("category", R"(["id", "reference"], "missing": "create")"), "accepted");
  EXPECT_EQ(reference("category", R"(["id", "uuid", "path"], "missing": "create")"), "accepted");
  EXPECT_EQ(reference("category", R"(["reference", "path"], "separator": "/")"), "accepted");
  EXPECT_EQ(reference("tax_group", R"(["internal_description"], "missing": "create")"), "accepted");
  EXPECT_EQ(reference("cost_centre", R"(["code"], "missing": "create")"), "accepted");
  EXPECT_EQ(reference("measurement", R"(["id", "code"], "missing": "park")"), "accepted");
  EXPECT_FAULT(reference("category", R"(["id", "reference"], "missing": "make")"),
               "fields.f.missing");
  EXPECT_FAULT(reference("category", R"(["id", "uuid"], "missing": "create")"), "fields.f.missing");
  EXPECT_FAULT(reference("category", R"(["reference", "name"], "missing": "create")"),
               "fields.f.missing");
  EXPECT_FAULT(reference("category", R"(["reference", "path"], "missing": "create")"),
               "fields.f.missing");
  EXPECT_FAULT(reference("cost_centre", R"(["name"], "missing": "create")"), "fields.f.missing");
  EXPECT_FAULT(reference("measurement", R"(["code"], "missing": "create")"), "fields.f.missing");
  EXPECT_FAULT(reference("product", R"(["reference"], "missing": "create")"), "fields.f.missing");
  EXPECT_FAULT(reference("feature", R"(["path"])"), "fields.f.by.0");
  EXPECT_FAULT(reference("category", R"(["path"], "separator": " ")"), "fields.f.separator");
  EXPECT_FAULT(reference("category", R"(["reference"], "separator": ">")"), "fields.f.separator");
}

TEST(ProfileTest, variants_are_known_by_sku) {
  EXPECT_FAULT(of_field(R"({"role": "variants", "fields": {"title": {"type": "text"}}})"),
               "fields.f.fields");
  EXPECT_FAULT(
      of_field(
          R"({"role": "variants", "fields": {"sku": {"type": "text"}, "x": {"type": "text"}}})"),
      "fields.f.fields.x.column");
  EXPECT_FAULT(
      of_field(
          R"({"role": "variants", "fields": {"sku": {"type": "text"}, "price": {"type": "text"}}})"),
      "fields.f.fields.price.type");
  EXPECT_EQ(
      of_field(
          R"({"role": "variants", "fields": {"sku": {"type": "text"}, "price": {"type": "decimal"}}})"),
      "accepted");
  EXPECT_FAULT(
      of_field(
          R"({"role": "variants", "fields": {"sku": {"type": "text"}, "price": {"type": "decimal"}, "cost": {"type": "decimal", "column": "price"}}})"),
      "fields.f.fields.price.column");
}

TEST(ProfileTest, fields_are_found_by_name_and_column) {
  const auto profile = compile(
      "test", R"({"identity": ["id", "natural"], "fields": {"b": {"type": "text", "column": "name"},
      "a": {"type": "text", "column": "meta", "member": "a"}, "o": {"role": "organization"}}})");
  EXPECT_EQ(profile->fields.at(static_cast<std::size_t>(profile->find("b"))).column, Column::name);
  EXPECT_EQ(profile->find("c"), -1);
  EXPECT_EQ(profile->find(""), -1);
  EXPECT_EQ(profile->field_of(Column::name)->name, "b");
  EXPECT_EQ(profile->field_of(Column::meta), nullptr);
  EXPECT_EQ(profile->name_of(Column::name), "b");
  EXPECT_EQ(profile->name_of(Column::handle), "handle");
  EXPECT_EQ(profile->rule("natural")->rule, "natural");
  EXPECT_EQ(profile->rule("handle"), nullptr);
  EXPECT_TRUE(profile->columns.has(Column::meta));
}

TEST(ProfileTest, deep_and_odd_definitions_are_refused_with_a_message) {
  for (const char* json : {R"({"fields": {"f": null}, "identity": null})",
                           R"({"fields": {"f": {}}, "identity": ["id"]})",
                           R"({"identity": [null], "fields": {"name": {"type": "text"}}})"})
    EXPECT_NE(refusal(json), "accepted");
}

TEST(ProfileTest, a_default_is_stored_as_a_documents_value_is) {
  const auto initial = [](const std::string& definition) {
    const auto profile =
        compile("test", R"({"identity": ["id"], "fields": {"f": )" + definition + "}}");
    const auto& value = profile->fields[0].initial;
    return value ? value->json() : "none";
  };
  EXPECT_EQ(initial(R"({"type": "integer", "column": "calories", "coerce": true, "default": "7"})"),
            "7");
  EXPECT_EQ(initial(R"({"type": "integer", "column": "calories", "default": 7.0})"), "7");
  EXPECT_EQ(
      initial(R"({"type": "boolean", "column": "is_common", "coerce": true, "default": "no"})"),
      "false");
  EXPECT_EQ(initial(R"({"type": "texts", "column": "tags", "split": ",", "default": "a, b"})"),
            R"(["a","b"])");
  EXPECT_EQ(initial(R"({"type": "texts", "column": "tags", "empty_list": "null", "default": []})"),
            "null");
  EXPECT_EQ(initial(R"({"type": "text", "column": "description", "empty": "null", "default": ""})"),
            "null");
  EXPECT_EQ(
      initial(R"({"type": "text", "column": "description", "empty": "absent", "default": ""})"),
      "none");
  EXPECT_EQ(
      initial(
          R"({"type": "uuid", "column": "uuid", "default": "123E4567-E89B-12D3-A456-426614174000"})"),
      R"("123e4567-e89b-12d3-a456-426614174000")");
  EXPECT_EQ(initial(R"({"type": "objects", "column": "images", "fields": {
                "url": {"type": "text"}, "order": {"type": "integer", "coerce": true, "default": "1"}},
                "default": [{"url": "u", "more": 2}]})"),
            R"([{"url":"u","order":1}])");
}

TEST(ProfileTest, what_must_have_a_value_is_not_cleared_by_default) {
  EXPECT_FAULT(of_field(R"({"type": "boolean", "column": "is_deleted", "action": "CLEAR"})"),
               "fields.f.action");
  EXPECT_FAULT(of_field(R"({"type": "boolean", "column": "is_archived", "action": "CLEAR"})"),
               "fields.f.action");
  EXPECT_EQ(of_field(R"({"type": "boolean", "column": "is_common", "action": "CLEAR"})"),
            "accepted");
}

}  // namespace
}  // namespace product_upsert
