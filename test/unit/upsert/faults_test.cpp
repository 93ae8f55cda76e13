// Every allocation fails in turn: the catalogue's own among them, so its every call fails too. What
// comes of it is std::bad_alloc, or the answer that comes without a fault; the same objects serve
// the next call as if nothing had been. Leaks and worse are the sanitizers' to see.
#include "core/value/faults.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <new>

#include "core/answer/answer.hpp"
#include "core/http/http.hpp"
#include "core/value/events.hpp"
#include "unit/call.hpp"
#include "unit/source_files.hpp"

namespace product_upsert {
namespace {

class Armed {
 public:
  explicit Armed(std::uint64_t first, std::uint64_t times = 1) {
    faults::plan = {faults::allocation, first, times, 0, 0};
  }
  Armed(const Armed&) = delete;
  Armed& operator=(const Armed&) = delete;
  ~Armed() { faults::plan = {}; }
};

// Runs it with the first, the second, … allocation failing until none is left, or with every
// `step`-th; returns how many there were. `ask` answers in text.
std::size_t fail_each(const std::function<std::string()>& ask, std::uint64_t times = 1,
                      std::uint64_t step = 1) {
  const std::string undisturbed = ask();
  if (std::getenv("LONG") != nullptr) step = 1;
  for (std::uint64_t n = 1;; n += step) {
    std::string answer;
    bool thrown = false;
    std::uint64_t failed = 0;
    {
      const Armed armed(n, times);
      try {
        answer = ask();
      } catch (const std::bad_alloc&) {
        thrown = true;
      }
      failed = faults::plan.failed;
    }
    EXPECT_EQ(thrown ? ask() : answer, undisturbed) << "allocation " << n;
    EXPECT_EQ(thrown || failed > 0, failed > 0) << "bad_alloc out of nothing";
    if (failed == 0) return n - 1;
    if (testing::Test::HasFailure()) return n;
  }
}

struct Case {
  const char* profile;
  const char* first;   // stored before
  const char* second;  // the call
  bool many;
  bool skip;
};

void fill(MemoryCatalogue& products) {
  MemoryRelated& rows = products.rows;
  rows.put(1, Table::category, R"({"id": 1, "reference": "c", "name": "category"})");
  rows.put(1, Table::feature, R"({"id": 1, "reference": "f"})");
  rows.put(1, Table::family, R"({"id": 1, "name": "family"})");
  rows.put(
      1, Table::custom_field,
      R"({"id": 1, "reference": "color", "type": "text", "unique_value": true, "is_identifier": true})");
  rows.put(1, Table::custom_field,
           R"({"id": 2, "reference": "list", "type": "text", "multiple_values": true})");
}

std::string outcome(const Case& c, MemoryCatalogue& products) {
  Call call(products, c.profile);
  call.options.wants_products = true;
  call.options.skip_rejects = c.skip;
  try {
    if (c.many) call.many(c.second);
    else call.one(c.second);
  } catch (const Refusal& refused) {
    return std::string(refused.what()) + errors_json(refused.errors);
  }
  std::string all = call.statuses();
  for (std::size_t i = 0; i < call.batch->items.size(); ++i)
    all += " | " + call.changed(i) + " | " + call.errors(i);
  return all + answer_bulk_json(*call.batch) + products.dump() + products.rows.dump();
}

class FaultsTest : public testing::TestWithParam<Case> {};

TEST_P(FaultsTest, each_allocation_of_a_call_fails) {
  const Case& c = GetParam();
  // The call alone is armed: what it meets is made anew, as a rolled back transaction leaves it.
  const auto ask = [&] {
    const faults::Plan plan = faults::plan;
    faults::plan = {};
    MemoryCatalogue products;
    fill(products);
    if (*c.first != 0) Call(products, c.profile).many(c.first);
    faults::plan = plan;
    return outcome(c, products);
  };
  EXPECT_GT(fail_each(ask), 20U);
}

INSTANTIATE_TEST_SUITE_P(
    Calls, FaultsTest,
    testing::Values(
        Case{"catalog", "", R"({"external_id": "a", "name": "n", "tags": ["x"], "price": 1.50})",
             false, false},
        Case{
            "catalog", R"([{"external_id": "a", "name": "n", "price": 1}])",
            R"([{"external_id": "a", "price": 2}, {"external_id": "b", "name": "b"}, {"price": "x"}])",
            true, true},
        Case{"catalog", "", R"([{"external_id": "a"}, {"external_id": "a", "name": 7}])", true,
             false},
        Case{
            "vending", R"([{"manufacturer": "M", "brand": "B", "name": "N"}])",
            R"([{"manufacturer": "M", "brand": "B", "name": "N", "cost": 2}, {"manufacturer": "M", "brand": "C", "name": "N"}])",
            true, false},
        Case{
            "retail",
            R"([{"external_id": "e", "title": "t", "handle": "h", "brand": "B", "variants": [{"sku": "s1", "price": 1, "position": 1}]}])",
            R"([{"external_id": "e", "variants": [{"sku": "s1", "price": 2}, {"sku": "s2", "price": 3, "position": 2, "options": [{"name": "c", "value": "red"}]}]}])",
            true, true},
        Case{
            "billing", R"([{"reference": "p", "name": "P", "category_id": 1}])",
            R"([{"reference": "r", "name": "n", "category_id": 1, "parent_product_id": 1, "features": [{"reference": "f"}], "custom_fields": [{"reference": "color", "value": "red"}, {"reference": "list", "values": ["a", "b"]}]}])",
            true, false},
        Case{
            "subscription", "",
            R"([{"number": "P-1", "name": "n", "type": "product", "productFamilies": [{"id": 1}], "translations": {"de": {"name": "x"}}}])",
            true, true},
        Case{"agency", "", R"({"name": "n", "external_cost": 100.5, "markup": 20})", false,
             false}));

TEST(FaultTest, each_allocation_of_compiling_a_profile_fails) {
  for (const char* name : {"catalog", "billing", "retail"}) {
    const std::string text = read_source_file(std::string("sql/profiles/") + name + ".json");
    fail_each([&] { return std::to_string(compile("mine", text)->fields.size()); }, 3, 41);
  }
}

TEST(FaultTest, each_allocation_of_a_request_and_its_error_fails) {
  const auto profile = shipped_profile("billing");
  for (const char* path : {"/v1/products/seat", "/nowhere"}) {
    fail_each([&]() -> std::string {
      Arena arena;
      const HttpRequest request{"GET", path, parse_json(R"({"version": "1"})", arena),
                                parse_json(R"({"x-api-key": "k"})", arena)};
      try {
        return route_request(*profile, request, arena).identifier;
      } catch (const Rejection& rejection) {
        return std::to_string(rejection.faults.size());
      }
    });
  }
}

// No memory at all: also whoever would tell of the first failure finds none.
TEST(FaultTest, all_allocations_fail_from_one_on) {
  const Case c{"catalog", "", R"({"external_id": "a", "name": 7, "price": "x"})", false, false};
  fail_each(
      [&] {
        const faults::Plan plan = faults::plan;
        faults::plan = {};
        MemoryCatalogue products;
        faults::plan = plan;
        return outcome(c, products);
      },
      1'000'000);
}

}  // namespace
}  // namespace product_upsert
