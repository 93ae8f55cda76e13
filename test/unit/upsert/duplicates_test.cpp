// Documents of one call that are the same product (on_duplicate).
#include "core/upsert/duplicates.hpp"

#include <gtest/gtest.h>

#include "core/answer/answer.hpp"
#include "core/upsert/matcher.hpp"
#include "core/upsert/planner.hpp"
#include "unit/call.hpp"
#include "unit/source_files.hpp"
#include "unit/steps.hpp"

namespace product_upsert {

namespace {

class DuplicatesTest : public testing::Test {
 protected:
  std::string name(std::int64_t id) const { return products.at(1, id, Column::name); }

  MemoryCatalogue products;
  Call call{products, "catalog"};
};

TEST_F(DuplicatesTest, same_identical_documents_count_once) {
  call.options.on_duplicate = OnDuplicate::same;
  for (const char* first : {"created", "unchanged"}) {
    call.many(R"([{"external_id": "a", "name": "a"}, {"external_id": "b", "name": "b"},
                  {"name": "a", "external_id": "a"}])");
    EXPECT_EQ(call.statuses(), std::string(first) + " " + first + " unchanged");
    EXPECT_EQ(call.id(2), call.id(0));
    EXPECT_FALSE(call.item(2).superseded);
    EXPECT_FALSE(call.item(2).stale);
  }
  EXPECT_EQ(products.size(), 2U);
}

TEST_F(DuplicatesTest, same_nulls_are_the_same) {
  call.options.on_duplicate = OnDuplicate::same;
  call.many(R"([{"external_id": "a", "name": "a", "description": null},
                {"external_id": "a", "name": "a", "description": null}])");
  EXPECT_EQ(call.statuses(), "created unchanged");
}

TEST_F(DuplicatesTest, same_documents_that_differ_collide) {
  call.options.on_duplicate = OnDuplicate::same;
  EXPECT_EQ(call.refused_many(R"([{"external_id": "a", "name": "a"},
                                  {"external_id": "a", "name": "b"}])"),
            "collision external_id, collision external_id");
}

TEST_F(DuplicatesTest, last_the_last_document_stands) {
  call.options.on_duplicate = OnDuplicate::last;
  call.many(R"([{"external_id": "a", "name": "1"}, {"external_id": "b", "name": "b"},
                {"external_id": "a", "name": "2"}, {"external_id": "a", "name": "3"}])");
  EXPECT_EQ(call.statuses(), "unchanged created unchanged created");
  EXPECT_TRUE(call.item(0).superseded);
  EXPECT_EQ(call.id(0), call.id(3));
  EXPECT_EQ(name(call.id(0)), R"("3")");
  call.many(R"([{"external_id": "a", "name": "4"}, {"external_id": "a", "name": "5"}])");
  EXPECT_EQ(call.statuses(), "unchanged updated");
  EXPECT_EQ(call.item(0).version, 2);
}

TEST_F(DuplicatesTest, last_two_with_different_keys_are_the_same_as_a_third) {
  call.options.on_duplicate = OnDuplicate::last;
  call.many(R"([{"external_id": "a", "handle": "h", "name": "1"}, {"handle": "h", "name": "2"},
                {"external_id": "a", "name": "3"}])");
  EXPECT_EQ(call.statuses(), "unchanged unchanged created");
  EXPECT_EQ(products.size(), 1U);
  // One that fails by itself does not make two others the same.
  call.skip().many(R"([{"external_id": "b", "handle": "g", "name": 1}, {"handle": "g", "name": "2"},
                       {"external_id": "b", "name": "3"}])");
  EXPECT_EQ(call.statuses(), "rejected created created");
  // It is set aside also where only another of its keys is one of theirs.
  call.skip().many(R"([{"external_id": "d", "handle": "j", "name": 1},
                       {"handle": "j", "name": "2"}])");
  EXPECT_EQ(call.statuses(), "rejected created");
  // The third may be the last of them, too.
  call.many(R"([{"external_id": "c", "name": "1"}, {"handle": "i", "name": "2"},
                {"external_id": "c", "handle": "i", "name": "3"}])");
  EXPECT_EQ(call.statuses(), "unchanged unchanged created");
}

TEST_F(DuplicatesTest, last_one_that_fails_does_not_stand) {
  call.options.on_duplicate = OnDuplicate::last;
  call.skip().many(R"([{"external_id": "a", "name": "1"}, {"external_id": "a", "name": "2"},
                       {"external_id": "a", "name": 3}])");
  EXPECT_EQ(call.statuses(), "unchanged created rejected");
  products.constraint = [](const auto& p) {
    return p[Column::name].as_text() == "kept out" ? std::string("no") : std::string();
  };
  call.skip().many(R"([{"external_id": "a", "name": "5"}, {"external_id": "a", "name": "6"},
                       {"external_id": "a", "name": "kept out"}])");
  EXPECT_EQ(call.statuses(), "unchanged updated rejected");
  EXPECT_EQ(name(call.id(0)), R"("6")");
}

TEST_F(DuplicatesTest, fine_point_f_one_that_fails_is_told_of_the_product_that_it_matched) {
  call.options.on_duplicate = OnDuplicate::last;
  const auto id = products.put(1, R"({"external_id": "a", "name": "a"})");
  call.skip().many(R"([{"external_id": "a", "name": "1"}, {"external_id": "a", "name": 2}])");
  EXPECT_EQ(call.statuses(), "updated rejected");
  EXPECT_EQ(call.id(1), id);
  EXPECT_EQ(call.decided_by(1), "external_id");
}

// A document of each product that waits for the other's key is told by what the last one says.
TEST_F(DuplicatesTest, last_who_is_superseded_claims_no_sku) {
  Call varied(products, compile("varied", R"({"identity": ["external_id"], "fields": {
      "external_id": {"type": "text"}, "name": {"type": "text"},
      "variants": {"role": "variants", "fields": {"sku": {"type": "text"}}}}})"));
  varied.options.on_duplicate = OnDuplicate::last;
  varied.many(R"([{"external_id": "a", "variants": [{"sku": "s"}]},
                  {"external_id": "a", "variants": [{"sku": "t"}]},
                  {"external_id": "b", "variants": [{"sku": "s"}]}])");
  EXPECT_EQ(varied.statuses(), "unchanged created created");
}

TEST_F(DuplicatesTest, last_by_sku_who_has_a_sku_of_each_of_two_makes_them_the_same) {
  Call varied(products, compile("varied", R"({"identity": ["external_id"], "fields": {
      "external_id": {"type": "text"}, "name": {"type": "text"},
      "variants": {"role": "variants", "fields": {"sku": {"type": "text"}}}}})"));
  varied.options.on_duplicate = OnDuplicate::last;
  varied.options.identifier = "sku";
  varied.many(R"([{"name": "1", "variants": [{"sku": "s"}]},
                  {"name": "2", "variants": [{"sku": "t"}]},
                  {"name": "3", "variants": [{"sku": "s"}, {"sku": "t"}]},
                  {"name": "4", "variants": [{"sku": "u"}]}])");
  EXPECT_EQ(varied.statuses(), "unchanged unchanged created created");
  EXPECT_TRUE(varied.item(0).superseded);
  // One that fails by itself does not.
  products.clear();
  varied.skip().many(R"([{"name": "1", "variants": [{"sku": "s"}]},
                         {"name": "2", "variants": [{"sku": "t"}]},
                         {"name": 3, "variants": [{"sku": "s"}, {"sku": "t"}]}])");
  EXPECT_EQ(varied.statuses(), "created created rejected");
  EXPECT_EQ(varied.codes(2), "type name");
}

TEST_F(DuplicatesTest, last_a_tombstone_is_told_by_which_key_the_other_was_made) {
  Call grave(products, compile("grave", R"({"identity": ["external_id"],
      "tombstone": {"field": "gone"}, "fields": {"external_id": {"type": "text"},
      "name": {"type": "text"}, "is_deleted": {"type": "boolean"}}})"));
  grave.options.on_duplicate = OnDuplicate::last;
  grave.many(R"([{"external_id": "a", "gone": true}, {"external_id": "a", "name": "a"}])");
  EXPECT_EQ(grave.statuses(), "unchanged created");
  EXPECT_EQ(grave.id(0), grave.id(1));
  EXPECT_EQ(grave.decided_by(0), "external_id");
}

// It is the same by a rule, whichever level made the other new.
TEST_F(DuplicatesTest, fine_point_e_who_is_the_same_is_told_the_rule_and_not_the_level) {
  Call vending(products, "vending");
  vending.options.on_duplicate = OnDuplicate::same;
  vending.many(R"([{"manufacturer": "M", "brand": "B", "name": "N"},
                   {"manufacturer": "M", "brand": "B", "name": "N"}])");
  EXPECT_EQ(vending.statuses(), "created unchanged");
  EXPECT_EQ(vending.decided_by(0), "manufacturer");
  EXPECT_EQ(vending.decided_by(1), "natural");
}

TEST_F(DuplicatesTest, last_all_are_answered_with_the_product_that_is_stored) {
  call.options.on_duplicate = OnDuplicate::last;
  call.products().many(R"([{"external_id": "a", "name": "1"}, {"external_id": "a", "name": "2"}])");
  const std::string answers = answer_bulk_json(*call.batch);
  EXPECT_NE(answers.find(R"("name":"2")"), answers.rfind(R"("name":"2")")) << answers;
}

TEST_F(DuplicatesTest, same_identical_documents_that_fail_are_all_rejected_each_for_its_own_fault) {
  call.options.on_duplicate = OnDuplicate::same;
  for (const char* fault : {R"("name": 3)", R"("name": "a", "parent_product_id": "none")",
                            R"("name": "a", "nope": 1)", R"("name": "a", "custom_fields": 7)"}) {
    const std::string document = std::string(R"({"external_id": "a", )") + fault + "}";
    call.skip().many("[" + document + "," + document + "," + document + "]");
    EXPECT_EQ(call.statuses(), "rejected rejected rejected") << fault;
    EXPECT_EQ(call.codes(0), call.codes(2)) << fault;
    EXPECT_EQ(call.codes(0).find("collision"), std::string::npos) << call.codes(0);
    EXPECT_EQ(call.decided_by(2), "") << fault;
  }
  EXPECT_EQ(products.size(), 0U);
}

TEST_F(DuplicatesTest, same_identical_documents_share_what_is_found_out_late) {
  call.skip().many(R"([{"external_id": "taker", "name": "t", "handle": "taken"}])");
  call.options.on_duplicate = OnDuplicate::same;
  const std::string document = R"({"external_id": "a", "name": "a", "handle": "taken"})";
  std::string all = "[" + document;
  for (int i = 1; i < 120; ++i) all += "," + document;
  call.options.identifier = "external_id";
  call.skip().many(all + "]");
  EXPECT_EQ(call.codes(0), "taken handle");
  EXPECT_EQ(call.codes(119), "taken handle");
  EXPECT_EQ(call.status(119), "rejected");
  EXPECT_EQ(call.decided_by(119), call.decided_by(0));
  // It is found out once.
  EXPECT_LE(call.engine->effort().rounds, 2);
}

TEST_F(DuplicatesTest, last_many_that_are_refused_late_are_no_concurrent_writers) {
  call.skip().many(R"([{"external_id": "taker", "name": "t", "handle": "taken"}])");
  call.options.on_duplicate = OnDuplicate::last;
  call.options.identifier = "external_id";
  std::string all = R"([{"external_id": "a", "name": "first"})";
  for (int i = 0; i < 120; ++i)
    all += R"(, {"external_id": "a", "name": "n)" + std::to_string(i) + R"(", "handle": "taken"})";
  call.skip().many(all + "]");
  EXPECT_EQ(call.status(0), "created");
  EXPECT_FALSE(call.item(0).superseded);
  EXPECT_EQ(call.codes(1), "taken handle");
  EXPECT_EQ(call.codes(120), "taken handle");
}

TEST_F(DuplicatesTest, last_documents_that_all_fail_by_themselves_do_not_collide) {
  call.options.on_duplicate = OnDuplicate::last;
  call.skip().many(R"([{"external_id": "a", "name": 1}, {"external_id": "a", "name": 2}])");
  EXPECT_EQ(call.codes(0), "type name");
  EXPECT_EQ(call.codes(1), "type name");
}

TEST_F(DuplicatesTest, last_who_is_superseded_by_one_that_is_superseded_is_told_of_the_product) {
  call.options.on_duplicate = OnDuplicate::last;
  call.many(R"([{"external_id": "a", "name": "1"}, {"external_id": "a", "handle": "h", "name": "2"},
                {"handle": "h", "name": "3"}])");
  EXPECT_EQ(call.statuses(), "unchanged unchanged created");
  EXPECT_EQ(call.id(0), call.id(2));
  EXPECT_EQ(call.item(0).version, 1);
}

// A parent is named by what only the document that stands makes.
TEST_F(DuplicatesTest, last_a_parent_is_the_document_that_stands) {
  call.options.on_duplicate = OnDuplicate::last;
  const std::string child = R"([{"external_id": "c", "name": "c", "parent_product_id": "p"}, )";
  for (const char* first : {R"("name": "1")", R"("name": 1)", R"("name": "1", "cost": "x")",
                            R"("name": "1", "parent_product_id": "none")"}) {
    MemoryCatalogue fresh;
    Call again(fresh, "catalog");
    again.options.on_duplicate = OnDuplicate::last;
    again.skip().many(child + R"({"external_id": "p", )" + first +
                      R"(}, {"external_id": "p", "name": "2"}])");
    EXPECT_EQ(again.status(0), "created") << first << again.errors(0);
    EXPECT_EQ(again.status(2), "created") << first;
    EXPECT_EQ(fresh.at(1, again.id(0), Column::parent_product_id), std::to_string(again.id(2)));
  }
  // The name is only that of one that gives way.
  call.skip().many(
      R"([{"external_id": "c", "name": "c", "parent_product_id": {"reference": "r"}},
          {"external_id": "p", "reference": "r", "name": "1"}, {"external_id": "p", "name": "2"}])");
  EXPECT_EQ(call.statuses(), "rejected unchanged created");
  EXPECT_EQ(call.codes(0), "not_found parent_product_id");
}

// As if each were a call of its own.
TEST_F(DuplicatesTest, last_where_documents_are_judged_is_the_last_of_the_newest) {
  Call timed(products,
             compile("timed", R"({"identity": ["external_id"], "judged_by": "at", "fields": {
      "external_id": {"type": "text"}, "name": {"type": "text"},
      "at": {"type": "timestamp", "column": "meta", "member": "at"}}})"));
  timed.options.on_duplicate = OnDuplicate::last;
  // Documents of one product by their days, 0 for none; and what the call says of each.
  int calls = 0;
  const auto last = [&](const std::vector<int>& days) {
    const std::string call_name = std::to_string(++calls);
    std::string all;
    for (std::size_t i = 0; i < days.size(); ++i) {
      all += (i == 0 ? "[" : ", ") + std::string(R"({"external_id": "a", "name": ")") + call_name +
             "." + std::to_string(i) + "\"";
      if (days[i] != 0) all += R"(, "at": "2026-01-0)" + std::to_string(days[i]) + R"(T00:00:00Z")";
      all += "}";
    }
    timed.many(all + "]");
    std::string told;
    for (std::size_t i = 0; i < days.size(); ++i) {
      const Item& item = timed.item(i);
      EXPECT_FALSE(item.stale && item.superseded);
      told += (i == 0 ? "" : " ") + std::string(item.stale        ? "stale"
                                                : item.superseded ? "superseded"
                                                                  : timed.status(i));
    }
    return told;
  };
  EXPECT_EQ(last({2, 1}), "created stale");
  EXPECT_EQ(last({3, 3}), "superseded updated");
  EXPECT_EQ(last({1, 4}), "stale updated");
  EXPECT_EQ(last({1, 0}), "stale updated");
  EXPECT_EQ(last({5, 0}), "superseded updated");
  EXPECT_EQ(last({6, 0, 5}), "superseded updated stale");
  EXPECT_EQ(last({6, 5, 6, 1}), "superseded superseded updated stale");
  EXPECT_EQ(last({1, 2}), "stale stale");
  EXPECT_EQ(last({0, 1}), "updated stale");
  EXPECT_EQ(name(timed.id(0)), R"("9.0")");
}

TEST_F(DuplicatesTest, same_is_said_of_unknown_fields_too) {
  Call keeper(products, compile("keeper", R"({"identity": ["external_id"], "unknown_fields": "keep",
      "fields": {"external_id": {"type": "text"}, "name": {"type": "text"}}})"));
  keeper.options.on_duplicate = OnDuplicate::same;
  for (const char* other : {R"("x": 2)", R"("y": 1)", R"("x": 1, "y": 1)", R"("name": "n")"}) {
    EXPECT_EQ(keeper.refused_many(R"([{"external_id": "a", "x": 1}, {"external_id": "a", )" +
                                  std::string(other) + "}]"),
              "collision external_id, collision external_id")
        << other;
  }
  EXPECT_EQ(keeper.refused_many(R"([{"external_id": "a"}, {"external_id": "a", "x": 1}])"),
            "collision external_id, collision external_id");
  keeper.many(R"([{"external_id": "a", "name": "n", "x": 1},
                  {"external_id": "a", "x": 1, "name": "n"}])");
  EXPECT_EQ(keeper.statuses(), "created unchanged");
}

TEST_F(DuplicatesTest, last_who_is_superseded_is_told_that_alone) {
  call.options.on_duplicate = OnDuplicate::last;
  call.skip().many(
      R"([{"external_id": "a", "name": "1", "parent_product_id": "p"}, {"external_id": "p"},
          {"external_id": "a", "name": "2"}])");
  EXPECT_EQ(call.statuses(), "unchanged rejected created");
  EXPECT_TRUE(call.item(0).superseded);
  EXPECT_EQ(call.codes(0), "");
}

TEST(DuplicatesStepTest, followers_go_back_to_their_group_where_their_leader_is_not_written) {
  MemoryCatalogue products;
  Steps steps(products, "catalog");
  steps.call.options.on_duplicate = OnDuplicate::last;
  BatchState& state =
      steps.read(R"([{"external_id": "a", "name": "n"}, {"external_id": "a", "name": "m"}])");
  Matcher matcher(state, nullptr);
  matcher.look_up(steps.group());
  Planner(state).plan(steps.group().items);
  Duplicates duplicates(state);
  duplicates.settle(steps.group());
  EXPECT_EQ(steps.call.statuses(), "unchanged pending");
  EXPECT_TRUE(state.decisions[0].final_keys.empty());

  state.batch.items[1].status = Status::rejected;
  std::vector<Group> groups{{1, {1}, {}, {}}};
  duplicates.join(groups);
  EXPECT_EQ(groups[0].items, (Items{0, 1}));
  EXPECT_EQ(steps.call.status(0), "pending");
}

// A document comes back when the one that it was behind is not written. By then a later one of the
// call may have written the product that it names: another writer gave it the key meanwhile.
class ComesBackTest : public testing::Test {
 protected:
  // The first of three documents comes back; of the last one, whose product it names by then, is
  // said when it is from and what became of it. Returns what becomes of the first.
  Status comes_back(const std::string& last_at, Status last, std::int64_t organization_id = 1,
                    bool fails = false) {
    steps.call.options.on_duplicate = OnDuplicate::last;
    BatchState& state = steps.match(
        R"([{"external_id": "b", "name": "0", "at": "2026-01-01T00:00:00Z"},
            {"external_id": "a", "name": "1", "at": "2026-01-02T00:00:00Z"},
            {"external_id": "a", "name": "2", "at": "2026-01-02T00:00:00Z"},
            {"external_id": "c", "name": "3", "at": ")" +
        last_at + R"("}])");
    Planner(state).plan(steps.group().items);
    Duplicates duplicates(state);
    duplicates.settle(steps.group());
    EXPECT_EQ(steps.call.statuses(), "pending unchanged pending pending");
    state.batch.items[0].status = Status::unchanged;  // of the same product, but before it
    state.batch.items[0].id = product;
    state.batch.items[2].status = Status::rejected;
    state.batch.items[3].status = last;
    state.batch.items[3].id = product;
    state.batch.items[3].version = 7;
    state.batch.items[3].organization_id = organization_id;
    std::vector<Group> groups{{1, {}, {}, {}}};
    duplicates.join(groups);
    EXPECT_EQ(groups[0].items, Items{1});
    duplicates.clear();
    Matcher matcher(state, nullptr);
    matcher.look_up(groups[0]);
    EXPECT_TRUE(matcher.choose(1));
    if (fails) state.batch.items[1].fail(Code::range, "name", "is wrong");
    duplicates.settle(groups[0]);
    groups[0].items.clear();
    duplicates.join(groups);
    return state.batch.items[1].status;
  }

  MemoryCatalogue products;
  Steps steps{products, compile("timed", R"({"identity": ["external_id"], "judged_by": "at",
      "fields": {"external_id": {"type": "text"}, "name": {"type": "text"},
      "at": {"type": "timestamp", "column": "meta", "member": "at"}}})")};
  const std::int64_t product = products.put(1, R"({"external_id": "a", "name": "n"})");
};

TEST_F(ComesBackTest, last_it_is_behind_a_later_document_that_stands) {
  const std::string at = "2026-01-02T00:00:00Z";
  for (const Status stands : {Status::created, Status::updated, Status::unchanged}) {
    EXPECT_EQ(comes_back(at, stands), Status::unchanged);
    EXPECT_TRUE(steps.call.item(1).superseded);
    EXPECT_EQ(steps.call.item(1).version, 7);
  }
}

TEST_F(ComesBackTest, last_it_is_decided_anew_where_no_later_one_stands) {
  const std::string at = "2026-01-02T00:00:00Z";
  EXPECT_EQ(comes_back(at, Status::rejected), Status::pending);
  EXPECT_EQ(comes_back(at, Status::updated, 2), Status::pending);  // of another organization
  EXPECT_EQ(comes_back("2026-01-01T00:00:00Z", Status::updated), Status::pending);  // older
}

TEST_F(ComesBackTest, last_it_is_told_of_its_own_fault) {
  EXPECT_EQ(comes_back("2026-01-02T00:00:00Z", Status::updated, 1, true), Status::pending);
  EXPECT_EQ(steps.call.codes(1), "range name");
}

}  // namespace

}  // namespace product_upsert
