// Scenarios at random.
#include "unit/schedule/scenario.hpp"

#include <algorithm>

namespace product_upsert::schedules {

namespace {

class Maker {
 public:
  Maker(std::uint64_t seed, const Taste& taste) : random_(seed), taste_(taste) {}

  Scenario make() {
    Scenario s;
    // What the sessions quarrel about, in this scenario.
    focus_ = random_.below(6);
    const std::size_t stored = random_.below(5);
    for (std::size_t i = 0; i < stored; ++i) s.before.push_back(stored_product(i));
    const int sessions =
        2 + static_cast<int>(random_.below(static_cast<std::size_t>(taste_.sessions) - 1));
    for (int i = 0; i < sessions; ++i) s.sessions.push_back(script());
    return s;
  }

 private:
  std::string quoted(const std::string& s) { return '"' + s + '"'; }
  std::string external_id() { return random_.of<std::string>({"a", "b", "c"}); }

  Step stored_product(std::size_t i) {
    Step step;
    const std::string key(1, static_cast<char>('a' + i));
    std::string document =
        R"({"external_id": ")" + key + R"(", "name": ")" + key + R"(", "price": 1)";
    if (random_.one_in(2)) document += R"(, "handle": "h)" + std::to_string(i + 1) + '"';
    if (random_.one_in(3))
      document += R"(, "manufacturer": "M", "brand": "B)" + std::to_string(i % 2) + '"';
    if (taste_.variants && random_.one_in(2))
      document += R"(, "variants": [{"sku": "s)" + std::to_string(i + 1) +
                  R"(", "price": 1, "position": 1}])";
    if (taste_.custom_fields && random_.one_in(2))
      document += R"(, "custom_fields": {"code": "c)" + std::to_string(i + 1) + R"("})";
    if (taste_.parents && i > 0 && random_.one_in(3))
      document += R"(, "parent_product_id": {"external_id": ")" +
                  std::string(1, static_cast<char>('a' + random_.below(i))) + R"("})";
    if (taste_.organizations && random_.one_in(5)) step.organization_id = 2;
    step.documents.push_back(document + "}");
    step.skips = true;
    return step;
  }

  // Members that say who is meant, then some that say what it becomes.
  std::string document() {
    std::string d;
    const auto add = [&](const std::string& name, const std::string& value) {
      if (d.find('"' + name + '"') != std::string::npos) return;
      d += (d.empty() ? "{\"" : ", \"") + name + "\": " + value;
    };
    const auto key = [&](std::size_t which) {
      switch (which) {
        case 0: add("external_id", quoted(external_id())); break;
        case 1: add("handle", quoted("h" + std::to_string(1 + random_.below(3)))); break;
        case 2: add("reference", quoted("r" + std::to_string(1 + random_.below(2)))); break;
        default:
          add("manufacturer", "\"M\"");
          add("brand", quoted("B" + std::to_string(random_.below(2))));
          break;
      }
    };
    if (!random_.one_in(8)) key(random_.one_in(3) ? 1 + random_.below(3) : 0);
    if (random_.one_in(3)) key(random_.below(4));
    add("name", quoted(random_.of<std::string>({"a", "b", "n"})));
    const std::size_t changes = 1 + random_.below(2);
    for (std::size_t i = 0; i < changes; ++i)
      change(random_.one_in(2) ? focus_ : random_.below(8), add);
    if (taste_.organizations && random_.one_in(8)) add("organization_id", "2");
    return d + "}";
  }

  template <typename Add>
  void change(std::size_t which, Add add) {
    const auto number = [&](std::size_t n) { return std::to_string(1 + random_.below(n)); };
    switch (which) {
      case 0: add("price", number(3)); break;
      case 1: add("handle", random_.one_in(4) ? "null" : quoted("h" + number(3))); break;
      case 2:
        if (!taste_.variants) break;
        add("variants",
            R"([{"sku": "s)" + number(3) + R"(", "price": )" + number(2) + R"(, "position": 1})" +
                (random_.one_in(3) ? R"(, {"sku": "s4", "price": 1, "position": 2})" : "") + "]");
        break;
      case 3:
        if (!taste_.custom_fields) break;
        add("custom_fields",
            R"({"code": )" + (random_.one_in(5) ? "null" : quoted("c" + number(3))) +
                (random_.one_in(3) ? R"(, "label": "l)" + number(2) + '"' : "") + "}");
        break;
      case 4:
        if (!taste_.parents) break;
        add("parent_product_id",
            // By its id: another name may be another's by the time that the product is written.
            random_.one_in(6) ? "null" : R"({"id": )" + number(4) + "}");
        break;
      case 5: add("manufacturer", random_.one_in(4) ? "null" : "\"M\""); break;
      case 6: add("features", R"([{"reference": "f)" + number(2) + R"("}])"); break;
      default: add("description", quoted("d" + number(2))); break;
    }
  }

  Step step() {
    Step s;
    if (taste_.flags && taste_.custom_fields && random_.one_in(14)) {
      s.kind = Step::Kind::index_field;
      s.custom_field = random_.of<std::string>({"code", "code", "label"});
      s.flagged = random_.one_in(2);
      return s;
    }
    if (taste_.sql && random_.one_in(10)) {
      s.kind =
          !taste_.deletes || random_.one_in(2) ? Step::Kind::sql_update : Step::Kind::sql_delete;
      s.id = 1 + static_cast<std::int64_t>(random_.below(4));
      s.price = 5 + static_cast<std::int64_t>(random_.below(2));
      return s;
    }
    const std::size_t documents = random_.one_in(2) ? 1 : 1 + random_.below(3);
    for (std::size_t i = 0; i < documents; ++i) s.documents.push_back(document());
    s.skips = random_.one_in(2);
    if (random_.one_in(6)) s.mode = random_.one_in(2) ? Mode::create : Mode::update;
    if (random_.one_in(8)) s.if_version = 1 + static_cast<std::int32_t>(random_.below(2));
    if (random_.one_in(6)) s.identifier = random_.of<std::string>({"external_id", "handle"});
    else if (taste_.custom_fields && random_.one_in(12))
      s.custom_field = random_.of<std::string>({"code", "label"});
    if (random_.one_in(8))
      s.actions = random_.of<std::string>({R"({"variants": "REPLACE"})", R"({"price": "IGNORE"})",
                                           R"({"parent_product_id": "CLEAR"})",
                                           R"({"custom_fields": "REPLACE"})"});
    if (s.actions.find("parent") != std::string::npos && !taste_.parents) s.actions.clear();
    if (taste_.organizations && random_.one_in(8)) s.organization_id = 2;
    return s;
  }

  Script script() {
    Script s;
    const std::size_t transactions = random_.one_in(4) ? 2 : 1;
    for (std::size_t i = 0; i < transactions; ++i) {
      Script::Transaction t;
      if (taste_.repeatable_read && random_.one_in(4)) t.isolation = Isolation::repeatable_read;
      const std::size_t steps = taste_.long_transactions && random_.one_in(5) ? 2 : 1;
      for (std::size_t j = 0; j < steps; ++j) t.steps.push_back(step());
      // Alone, as what waits for every call has to be; and an old snapshot, which does not show the
      // values, is refused.
      const auto index = std::find_if(t.steps.begin(), t.steps.end(), [](const Step& one) {
        return one.kind == Step::Kind::index_field;
      });
      if (index != t.steps.end()) {
        t.steps = {*index};
        t.isolation = Isolation::read_committed;
      }
      t.commits = !random_.one_in(12);
      s.transactions.push_back(std::move(t));
    }
    return s;
  }

  Random random_;
  const Taste& taste_;
  std::size_t focus_ = 0;
};

}  // namespace

Scenario make_scenario(std::uint64_t seed, const Taste& taste) { return Maker(seed, taste).make(); }

std::string Scenario::told() const {
  std::string out = "stored:\n";
  for (const Step& s : before) out += "  " + s.told() + "\n";
  for (std::size_t i = 0; i < sessions.size(); ++i) {
    out += "session " + std::to_string(i) + ":\n";
    for (const auto& t : sessions[i].transactions) {
      out += t.isolation == Isolation::repeatable_read ? "  BEGIN REPEATABLE READ\n" : "  BEGIN\n";
      for (const Step& s : t.steps) out += "    " + s.told() + "\n";
      out += t.commits ? "  COMMIT\n" : "  ROLLBACK\n";
    }
  }
  return out;
}

}  // namespace product_upsert::schedules
