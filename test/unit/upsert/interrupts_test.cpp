// A call of any size can be cancelled: work asks for it all along, and what comes of asking is
// passed on.
#include "core/value/interrupts.hpp"

#include <gtest/gtest.h>

#include <string>

#include "unit/call.hpp"

namespace product_upsert {
namespace {

struct Cancelled {};
std::size_t asked = 0;
std::size_t patience = ~std::size_t{0};

class InterruptsTest : public testing::Test {
 protected:
  InterruptsTest() {
    asked = 0;
    patience = ~std::size_t{0};
    set_interrupt_check([] {
      if (++asked > patience) throw Cancelled{};
    });
  }
  ~InterruptsTest() override { set_interrupt_check(nullptr); }

  static std::string documents(std::size_t count) {
    std::string json = "[";
    for (std::size_t i = 0; i < count; ++i) {
      const std::string n = std::to_string(i);
      json += (i == 0 ? "" : ",") + (R"({"external_id": "e)" + n) + R"(", "name": "n)" + n + "\"}";
    }
    return json + "]";
  }

  MemoryCatalogue products;
  Call call{products, "catalog"};
};

TEST_F(InterruptsTest, every_pass_over_the_documents_asks) {
  call.many(documents(50));
  const std::size_t fifty = asked;
  EXPECT_GE(fifty, 50U * 5);
  asked = 0;
  MemoryCatalogue others;
  Call(others, "catalog").many(documents(200));
  EXPECT_GE(asked, fifty * 3);
}

TEST_F(InterruptsTest,
       a_call_ends_wherever_it_is_cancelled_and_writes_nothing_before_it_is_decided) {
  const std::string json = documents(20);
  call.many(json);
  const std::size_t whole = asked;
  for (patience = 0; patience < whole; ++patience) {
    asked = 0;
    MemoryCatalogue fresh;
    Call cancelled(fresh, "catalog");
    EXPECT_THROW(cancelled.many(json), Cancelled) << patience;
    EXPECT_TRUE(fresh.size() == 0 || fresh.size() == 20) << patience;
  }
}

TEST_F(InterruptsTest, lists_are_appended_to_item_by_item) {
  std::string tags = "[";
  for (int i = 0; i < 5'000; ++i) tags += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\"";
  tags += "]";
  products.put(1, R"({"external_id": "e", "tags": )" + tags + "}");
  asked = 0;
  call.actions(R"({"tags": "APPEND"})").one(R"({"external_id": "e", "tags": )" + tags + "}");
  EXPECT_EQ(call.status(), "unchanged");
  EXPECT_GE(asked, 10'000U);
}

}  // namespace
}  // namespace product_upsert
