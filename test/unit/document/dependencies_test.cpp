// Which documents of a call hang on which others, by themselves.
#include "core/document/dependencies.hpp"

#include <gtest/gtest.h>

#include "core/document/batch.hpp"
#include "unit/source_files.hpp"

namespace product_upsert {
namespace {

class DependenciesTest : public testing::Test {
 protected:
  DependenciesTest() : batch(*shipped_profile("catalog")) { batch.items.resize(6); }

  void fail(std::uint32_t item) { batch.items[item].fail(Code::range, "", "is wrong"); }
  // The items that fail, in order.
  std::string failed() const {
    std::string all;
    for (std::size_t i = 0; i < batch.items.size(); ++i)
      if (!batch.items[i].failures.empty()) all += (all.empty() ? "" : " ") + std::to_string(i);
    return all;
  }

  Batch batch;
  Dependencies dependencies{batch};
  const Failure failure{Code::unknown_reference, "f", "is gone", {}};
};

TEST_F(DependenciesTest, the_document_of_a_product_is_of_those_that_it_began_with_last) {
  batch.items[0].id = 9;
  batch.items[1].id = 7;
  batch.items[3].id = 8;
  batch.items[4].id = 5;
  dependencies.begin({0, 1, 2});
  EXPECT_EQ(dependencies.document_of(7), 1U);
  EXPECT_EQ(dependencies.document_of(8), std::nullopt);
  dependencies.begin({3, 4});  // as of the next organization
  EXPECT_EQ(dependencies.document_of(8), 3U);
  EXPECT_EQ(dependencies.document_of(5), 4U);
  EXPECT_EQ(dependencies.document_of(9), std::nullopt);
}

TEST_F(DependenciesTest, what_hangs_on_a_failed_document_fails_however_far_away) {
  dependencies.add(1, 0, failure);
  dependencies.add(2, 1, failure);
  dependencies.add(3, 0, failure);
  dependencies.add(5, 4, failure);
  dependencies.fail_dependents();
  EXPECT_EQ(failed(), "");
  fail(0);
  dependencies.fail_dependents();
  EXPECT_EQ(failed(), "0 1 2 3");
  EXPECT_EQ(batch.items[2].failures.size(), 1U);
}

TEST_F(DependenciesTest, what_hangs_on_one_that_fails_now_is_told) {
  dependencies.add(1, 0, failure);
  dependencies.add(2, 1, failure);
  fail(0);
  fail(4);
  EXPECT_EQ(dependencies.fail_dependents({4}), Dependencies::Items({4}));
  EXPECT_EQ(failed(), "0 4");
  EXPECT_EQ(dependencies.fail_dependents({0}), Dependencies::Items({0, 1, 2}));
  dependencies.add(3, 2, failure);
  EXPECT_EQ(dependencies.fail_dependents({2}), Dependencies::Items({2, 3}));
}

TEST_F(DependenciesTest, what_hangs_together_is_one_component_each_behind_what_it_hangs_on) {
  dependencies.add(0, 2, failure);
  dependencies.add(2, 3, failure);
  dependencies.add(1, 5, failure);  // the latter is not asked about
  using All = std::vector<Dependencies::Items>;
  EXPECT_EQ(dependencies.components({0, 1, 2, 3, 4}), (All{{3, 2, 0}, {1}, {4}}));
}

}  // namespace
}  // namespace product_upsert
