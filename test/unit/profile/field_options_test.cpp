// Which options a kind of field takes: the table, what the compiler makes of it, and the doc.
#include "core/profile/field_options.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "core/profile/profile.hpp"
#include "core/value/failure.hpp"
#include "unit/source_files.hpp"

namespace product_upsert {
namespace {

// A value that each option may have.
const std::map<std::string_view, std::string>& values() {
  static const std::map<std::string_view, std::string> all = {
      {"description", R"("d")"},
      {"role", R"("column")"},
      {"type", R"("text")"},
      {"column", R"("name")"},
      {"member", R"("m")"},
      {"required", "true"},
      {"nullable", "false"},
      {"default", "1"},
      {"min_length", "1"},
      {"max_length", "9"},
      {"min", "1"},
      {"max", "9"},
      {"enum", R"(["a"])"},
      {"no_white_space", "true"},
      {"precision", R"("milliseconds")"},
      {"empty", R"("absent")"},
      {"null", R"("absent")"},
      {"coerce", "true"},
      {"split", R"(",")"},
      {"empty_list", R"("object")"},
      {"read_only", R"("ignore")"},
      {"create_only", R"("ignore")"},
      {"generated", "true"},
      {"marked_up", R"({"base": "cost", "percent": "markup"})"},
      {"hidden", "true"},
      {"quiet", "true"},
      {"action", R"("IGNORE")"},
      {"key", R"("k")"},
      {"fields", "{}"},
      {"entries", "{}"},
      {"table", R"("category")"},
      {"by", R"(["id"])"},
      {"separator", R"(">")"},
      {"missing", R"("reject")"},
      {"resource", R"("r")"},
      {"answer", R"("id")"},
      {"fixed", "[]"},
      {"shape", "{}"},
      {"of", R"("o")"},
      {"value", "1"},
      {"style", R"("object")"},
      {"types", "{}"},
      {"free", "true"},
      {"values", R"("texts")"}};
  return all;
}

bool is_type(std::string_view kind) {
  for (const FieldOption& o : field_options())
    if (o.name == "type") return o.is_for(kind);
  return false;
}

// Whether the compiler says that the option says nothing of such a field.
bool refused(std::string_view kind, const FieldOption& option) {
  const std::string field = std::string("{\"") + (is_type(kind) ? "type" : "role") + "\": \"" +
                            std::string(kind) + "\", \"" + std::string(option.name) +
                            "\": " + values().at(option.name) + "}";
  try {
    compile("test", R"({"identity": ["id"], "fields": {"f": )" + field + "}}");
  } catch (const Refusal& r) {
    return std::string(r.what()).find("is not an option of") != std::string::npos;
  }
  return false;
}

TEST(FieldOptionsTest, an_option_is_refused_on_every_kind_of_which_it_says_nothing) {
  for (const FieldOption& option : field_options()) {
    if (option.name == "type" || option.name == "role") continue;  // they say the kind
    for (const std::string_view kind : field_kinds())
      EXPECT_EQ(refused(kind, option), !option.is_for(kind)) << option.name << " on " << kind;
  }
}

TEST(FieldOptionsTest, every_kind_is_a_word_that_the_compiler_knows) {
  for (const std::string_view kind : field_kinds()) {
    const std::string field = std::string("{\"") + (is_type(kind) ? "type" : "role") + "\": \"" +
                              std::string(kind) + "\"}";
    try {
      compile("test", R"({"identity": ["id"], "fields": {"f": )" + field + "}}");
    } catch (const Refusal& r) {
      EXPECT_EQ(std::string(r.what()).find("must be one of"), std::string::npos)
          << kind << ": " << r.what();
    }
  }
}

// The words that the compiler says a member must be one of.
std::vector<std::string> words_of(const std::string& member) {
  std::string said;
  try {
    compile("test", R"({"identity": ["id"], "fields": {"f": {")" + member + R"(": "no word"}}})");
  } catch (const Refusal& r) {
    said = r.errors.front().message;
  }
  const std::string_view before = "must be one of ";
  const std::size_t at = said.find(before);
  if (at == std::string::npos) return {};
  std::vector<std::string> words;
  std::istringstream list(said.substr(at + before.size()));
  for (std::string word; std::getline(list, word, ',');)
    words.push_back(word.substr(word.front() == ' ' ? 1 : 0));
  return words;
}

TEST(FieldOptionsTest, every_word_of_the_compiler_is_a_kind) {
  std::vector<std::string> words = words_of("role");
  ASSERT_GT(words.size(), 1U);
  EXPECT_EQ(std::erase(words, "column"), 1U);  // its types are the kinds
  const std::vector<std::string> types = words_of("type");
  ASSERT_GT(types.size(), 1U);
  words.insert(words.end(), types.begin(), types.end());
  std::sort(words.begin(), words.end());
  std::vector<std::string> kinds(field_kinds().begin(), field_kinds().end());
  std::sort(kinds.begin(), kinds.end());
  EXPECT_EQ(words, kinds);
}

// To write the table anew, copy what this prints.
TEST(FieldOptionsTest, the_doc_says_which_option_is_for_which_kind) {
  std::string table = "| option | applies to |\n|---|---|\n";
  for (const FieldOption& option : field_options()) {
    std::string kinds = option.kinds == "*" ? "every kind" : std::string(option.kinds);
    if (option.kinds != "*") {
      for (std::size_t i = 0; (i = kinds.find(' ', i)) != std::string::npos; i += 2)
        kinds.replace(i, 1, ", ");
    }
    if (!option.object && !option.variant) kinds += "; not within an object, nor of a variant";
    else if (!option.object) kinds += "; not within an object";
    else if (!option.variant) kinds += "; not of a variant";
    table += "| `" + std::string(option.name) + "` | " + kinds + " |\n";
  }
  EXPECT_NE(read_source_file("doc/profiles.md").find(table), std::string::npos) << table;
}

}  // namespace
}  // namespace product_upsert
