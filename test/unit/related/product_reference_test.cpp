// References to products that other documents of the call make: the parent, and those in a user's
// own columns.
#include <gtest/gtest.h>

#include "core/catalogue/own_column.hpp"
#include "core/value/events.hpp"
#include "unit/call.hpp"

namespace product_upsert {
namespace {

class ProductReferenceTest : public testing::Test {
 protected:
  ProductReferenceTest() {
    own.product = {like, next};
    for (Column c : own.product) products.own_columns[c];
    Arena arena;
    const auto profile = compile_profile("own",
                                         parse_json(R"({"identity": ["external_id"], "fields": {
            "external_id": {"type": "text"}, "name": {"type": "text", "required": true},
            "parent": {"role": "reference", "column": "parent_product_id", "table": "product", "by": ["external_id"]},
            "like": {"role": "reference", "column": "like_of_references", "table": "product", "by": ["external_id"]},
            "replaced_by": {"role": "reference", "column": "next_of_references", "table": "product", "by": ["external_id"]}}})",
                                                    arena),
                                         own);
    call = std::make_unique<Call>(products, profile);
    call->skip();
  }
  std::string at(std::size_t item, Column column) const {
    return products.at(1, call->id(item), column);
  }
  std::string id(std::size_t item) const { return std::to_string(call->id(item)); }

  // `options`: of the field external_id. `members`: of the profile.
  std::shared_ptr<const Profile> compile_numbered(
      std::string options, const std::string& members = R"("judged_by": "at",)") const {
    options.insert(1, std::string(R"("type": "text")") + (options == "{}" ? "" : ", "));
    Arena arena;
    return compile_profile("numbered",
                           parse_json(R"({"identity": ["external_id", "number"], )" + members +
                                          R"("fields": {
            "external_id": )" + options + R"(, "number": {"type": "text"}, "name": {"type": "text"},
            "at": {"type": "timestamp", "column": "meta", "member": "at"},
            "like": {"role": "reference", "column": "like_of_references", "table": "product", "by": ["external_id"]}}})",
                                      arena),
                           own);
  }

  Column like = own_column({"like_of_references", ColumnType::bigint});
  Column next = own_column({"next_of_references", ColumnType::bigint});
  OwnColumns own;
  MemoryCatalogue products;
  std::unique_ptr<Call> call;
};

TEST_F(ProductReferenceTest, in_a_column_of_ones_own_a_product_of_the_same_call_is_referred_to) {
  call->many(R"([{"external_id": "a", "name": "A", "like": "b", "replaced_by": "c", "parent": "c"},
                 {"external_id": "b", "name": "B"}, {"external_id": "c", "name": "C"}])");
  EXPECT_EQ(call->statuses(), "created created created");
  EXPECT_EQ(at(0, like), id(1));
  EXPECT_EQ(at(0, next), id(2));
  EXPECT_EQ(at(0, Column::parent_product_id), id(2));
  EXPECT_EQ(at(1, like), "null");
  call->many(R"([{"external_id": "a", "like": "d"}, {"external_id": "d", "name": "D"}])");
  EXPECT_EQ(call->statuses(), "updated created");
  EXPECT_EQ(call->changed(), "like");
  EXPECT_EQ(at(0, like), id(1));
  EXPECT_NE(at(0, next), id(1));
}

TEST_F(ProductReferenceTest, only_parents_must_not_form_a_circle) {
  call->many(R"([{"external_id": "a", "name": "A", "like": "b", "replaced_by": "a"},
                 {"external_id": "b", "name": "B", "like": "a"}])");
  EXPECT_EQ(call->statuses(), "created created");
  EXPECT_EQ(at(0, like), id(1));
  EXPECT_EQ(at(1, like), id(0));
  EXPECT_EQ(at(0, next), id(0));
  call->many(
      R"([{"external_id": "a", "replaced_by": "b"}, {"external_id": "b", "replaced_by": "a"}])");
  EXPECT_EQ(call->statuses(), "updated updated");
  call->many(R"([{"external_id": "a", "parent": "b"}, {"external_id": "b", "parent": "a"}])");
  EXPECT_EQ(call->codes(0) + "; " + call->codes(1), "range parent; range parent");
  EXPECT_EQ(at(0, Column::parent_product_id), "null");
}

TEST_F(ProductReferenceTest, c4_what_refers_to_a_rejected_product_is_rejected) {
  call->many(R"([{"external_id": "a", "name": "A", "like": "b"}, {"external_id": "b"}])");
  EXPECT_EQ(call->statuses(), "rejected rejected");
  EXPECT_EQ(call->codes(0), "not_found like");
}

TEST_F(ProductReferenceTest, same_documents_that_refer_to_other_products_differ) {
  call->options.on_duplicate = OnDuplicate::same;
  for (const char* field : {"like", "parent"}) {
    products.clear();
    const std::string first = R"([{"external_id": "a", "name": "A", ")" + std::string(field) +
                              R"(": "b"}, {"external_id": "a", "name": "A")";
    const std::string made =
        R"(}, {"external_id": "b", "name": "B"}, {"external_id": "c", "name": "C"}])";
    call->many(first + ", \"" + field + R"(": "c")" + made);
    EXPECT_EQ(call->statuses(), "rejected rejected created created") << field;
    products.clear();
    call->many(first + made);
    EXPECT_EQ(call->statuses(), "rejected rejected created created") << field;
    products.clear();
    call->many(first + ", \"" + field + R"(": "b")" + made);
    EXPECT_EQ(call->statuses(), "created unchanged created created") << field;
  }
}

// A name counts that its product has in the end (doc/profiles.md, "References and links").
TEST_F(ProductReferenceTest, a_name_that_a_product_does_not_get_names_none) {
  products.put(1, R"({"external_id": "s", "name": "S", "number": "n"})");
  Arena arena;
  const auto profile =
      compile_profile("numbered",
                      parse_json(R"({"identity": ["external_id", "number"], "fields": {
          "external_id": {"type": "text"}, "number": {"type": "text"}, "name": {"type": "text"},
          "like": {"role": "reference", "column": "like_of_references", "table": "product", "by": ["external_id"]}}})",
                                 arena),
                      own);
  Call numbered(products, profile);
  numbered.skip();
  const std::string refers = R"({"external_id": "a", "like": "t"})";
  const std::string renames = R"({"external_id": "t", "number": "n"})";
  // Another document of the product stands.
  numbered.options.on_duplicate = OnDuplicate::last;
  numbered.many("[" + renames + R"(, {"external_id": "s"}, )" + refers + "]");
  EXPECT_EQ(numbered.statuses(), "unchanged unchanged rejected");
  EXPECT_EQ(numbered.codes(2), "not_found like");
  numbered.many("[" + refers + R"(, {"external_id": "s", "name": "T"}, )" + renames + "]");
  EXPECT_EQ(numbered.statuses(), "created unchanged updated");
  EXPECT_EQ(products.at(1, numbered.id(0), like), std::to_string(numbered.id(2)));
}

TEST_F(ProductReferenceTest, a_name_that_an_action_keeps_away_names_no_product) {
  call->actions(R"({"external_id": "IGNORE"})");
  call->many(
      R"([{"external_id": "a", "name": "A", "like": "b"}, {"external_id": "b", "name": "B"}])");
  EXPECT_EQ(call->statuses(), "rejected created");
  EXPECT_EQ(call->codes(0), "not_found like");
  EXPECT_EQ(at(1, Column::external_id), "null");
}

// The product was not read into memory, because it holds all else that the document says.
TEST_F(ProductReferenceTest, a_name_that_an_action_keeps_from_an_unchanged_product_names_none) {
  const auto id = products.put(1, R"({"external_id": "s", "name": "S", "number": "n"})");
  Call numbered(products, compile_numbered("{}", ""));
  numbered.skip().actions(R"({"external_id": "IGNORE"})");
  numbered.many(
      R"([{"number": "m", "like": "t"}, {"external_id": "t", "number": "n", "name": "S"}])");
  EXPECT_EQ(numbered.statuses(), "rejected unchanged");
  EXPECT_EQ(numbered.codes(0), "not_found like");
  EXPECT_EQ(products.at(1, id, Column::external_id), R"("s")");
}

TEST_F(ProductReferenceTest, of_several_documents_that_say_a_name_the_one_counts_that_gives_it) {
  for (const char* options : {R"({"create_only": "ignore"})", "{}"}) {
    for (const bool first : {true, false}) {
      products.clear();
      products.put(
          1, R"({"external_id": "s", "number": "n", "meta": {"at": "2026-02-01T00:00:00Z"}})");
      Call numbered(products, compile_numbered(options));
      // Its product keeps its name, which is set at creation; or the document is older.
      const std::string keeps =
          R"({"external_id": "t", "number": "n", "at": "2026-01-01T00:00:00Z"})";
      const std::string gives = R"({"external_id": "t", "number": "k"})";
      numbered.skip().many("[" + (first ? keeps + ", " + gives : gives + ", " + keeps) +
                           R"(, {"external_id": "b", "number": "b", "like": "t"}])");
      EXPECT_EQ(numbered.status(2), "created") << options << first << numbered.errors(2);
      EXPECT_EQ(products.at(1, numbered.id(2), like), std::to_string(numbered.id(first ? 1 : 0)))
          << options << first;
    }
  }
}

// Another session makes the product meanwhile, newer, and then changes the product that refers to
// it.
TEST_F(ProductReferenceTest,
       the_product_of_a_stale_document_is_referred_to_by_the_name_that_it_has) {
  const auto b = products.put(1, R"({"number": "b"})");
  int writes = 0;
  products.before_write = [&] {
    ++writes;
    if (writes == 1)
      products.put(
          1, R"({"external_id": "t", "number": "n", "meta": {"at": "2026-02-01T00:00:00Z"}})");
    else if (writes < 4) products.change(1, b, R"({"name": "of the other session"})");
  };
  Call numbered(products, compile_numbered("{}"));
  numbered.skip().many(R"([{"external_id": "t", "number": "n", "at": "2026-01-01T00:00:00Z"},
                           {"number": "b", "like": "t"}])");
  EXPECT_TRUE(numbered.item(0).stale);
  EXPECT_GT(writes, 2);
  EXPECT_EQ(numbered.statuses(), "unchanged updated") << numbered.errors(1);
  EXPECT_EQ(products.at(1, b, like), std::to_string(numbered.id(0)));
}

TEST_F(ProductReferenceTest, an_id_that_documents_only_find_products_by_names_no_new_one) {
  Arena arena;
  const auto profile = compile_profile("found",
                                       parse_json(R"({"identity": ["external_id", "id"], "fields": {
      "id": {"type": "integer", "read_only": "match"}, "external_id": {"type": "text"}, "name": {"type": "text"},
      "like": {"role": "reference", "column": "like_of_references", "table": "product", "by": ["id"]}}})",
                                                  arena),
                                       own);
  Call found(products, profile);
  found.skip().many(
      R"([{"external_id": "a", "name": "A", "like": 77}, {"id": 77, "external_id": "b", "name": "B"}])");
  EXPECT_EQ(found.statuses(), "rejected created");
  EXPECT_NE(found.id(1), 77);
}

TEST_F(ProductReferenceTest, an_id_in_any_notation_names_a_product_of_the_same_call) {
  Arena arena;
  const auto profile = compile_profile("given",
                                       parse_json(R"({"identity": ["id"], "fields": {
      "id": {"type": "integer"}, "name": {"type": "text"},
      "like": {"role": "reference", "column": "like_of_references", "table": "product", "by": ["id"]}}})",
                                                  arena),
                                       own);
  Call given(products, profile);
  given.skip().many(R"([{"id": 990001, "name": "A"}, {"id": 990002, "like": 990001.0},
                        {"id": 990003, "like": {"id": 9.90001e5}}, {"id": 990004, "like": "990001"}])");
  EXPECT_EQ(given.statuses(), "created created created created") << given.errors(1);
  for (const std::size_t i : {1U, 2U, 3U}) EXPECT_EQ(products.at(1, given.id(i), like), "990001");
}

TEST_F(ProductReferenceTest, rows_that_defaults_set_apart_are_inserted_behind_what_they_refer_to) {
  ColumnInfo defaulted{"set_apart_of_references", ColumnType::text};
  defaulted.has_default = true;
  own.product.push_back(own_column(defaulted));
  products.own_columns[own.product.back()] = R"("d")";
  Arena arena;
  const auto profile = compile_profile("apart",
                                       parse_json(R"({"identity": ["external_id"], "fields": {
          "external_id": {"type": "text"}, "name": {"type": "text"},
          "apart": {"type": "text", "column": "set_apart_of_references"},
          "like": {"role": "reference", "column": "like_of_references", "table": "product", "by": ["external_id"]}}})",
                                                  arena),
                                       own);
  Call apart(products, profile);
  apart.many(R"([{"external_id": "a", "name": "A", "like": "b"},
                 {"external_id": "b", "name": "B", "apart": "x", "like": "c"},
                 {"external_id": "c", "name": "C", "like": "a"}])");
  EXPECT_EQ(apart.statuses(), "created created created");
  for (const std::size_t i : {0U, 1U, 2U})
    EXPECT_EQ(products.at(1, apart.id(i), like), std::to_string(apart.id((i + 1) % 3)));
}

}  // namespace
}  // namespace product_upsert
