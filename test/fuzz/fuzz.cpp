// fuzz_smoke ITERATIONS SEED [EPOCH]: mutated documents and profiles through the whole core,
// against the catalogue in memory. Ends non-zero, with the text that did it, where a rule below is
// broken:
//   - nothing but a Refusal is thrown; what goes to the catalogue is what its tables can hold;
//   - every document ends in a status, and a rejected one has written nothing;
//   - the same call again finds everything unchanged;
//   - answers and errors are JSON, unique rules hold.
// Epochs of some hundred iterations share one catalogue; a fault names its epoch, to run it alone.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <string>
#include <vector>

#include "core/answer/answer.hpp"
#include "core/value/events.hpp"
#include "fuzz/corpus.hpp"
#include "fuzz/mutate.hpp"
#include "fuzz/readers.hpp"
#include "unit/call.hpp"
#include "unit/source_files.hpp"

namespace product_upsert {
namespace {

constexpr std::uint64_t kEpoch = 100;

class Fuzz {
 public:
  Fuzz(const Corpus& corpus, std::uint64_t seed) : corpus_(corpus), random_(seed) {
    fill_related(products_);
  }

  void iterate() {
    if (random_.percent(10)) return try_definition();
    const Subject& subject = random_.pick(corpus_.subjects);
    try_documents(subject.profile, subject.documents);
  }

  // What was last tried, for the report of a fault.
  std::string text, what;
  std::uint64_t accepted = 0;

  [[noreturn]] void fault(const std::string& why) const { throw std::logic_error(why); }
  void finish() const {
    if (const std::string rule = products_.broken_rule(); !rule.empty()) fault(rule);
  }

 private:
  std::string document(const std::vector<std::string>& documents) {
    std::string json = random_.pick(documents);
    for (std::size_t n = random_.below(4); n > 0; --n)
      mutate(json, random_.pick(documents), random_);
    return json;
  }

  void try_documents(const std::shared_ptr<const Profile>& profile,
                     const std::vector<std::string>& documents) {
    const bool many = random_.percent(50);
    text = document(documents);
    if (many) {
      for (std::size_t n = random_.below(4); n > 0; --n)
        text += "," + (random_.percent(20) ? text : document(documents));
      text = "[" + text + "]";
      if (!profile->list_member.empty() && random_.percent(30))
        text = "{\"" + profile->list_member + "\":" + text + "}";
      if (random_.percent(10)) mutate(text, random_.pick(documents), random_);
    }
    Call call(products_, profile);
    call.options.wants_levels = random_.percent(70);
    call.options.wants_products = random_.percent(50);
    call.options.skip_rejects = random_.percent(60);
    if (random_.percent(10)) call.options.identifier = random_.pick(corpus_.identifiers);
    if (random_.percent(5)) call.options.custom_field = random_.percent(80) ? "color" : "nope";
    if (random_.percent(5)) call.options.mode = random_.percent(50) ? Mode::create : Mode::update;
    if (random_.percent(5)) call.options.if_version = static_cast<std::int32_t>(random_.below(3));
    if (random_.percent(3)) call.options.read_only = true;
    const Options& o = call.options;
    what = " " + profile->name + (many ? " many" : " one") + (o.skip_rejects ? " skip" : "") +
           (o.identifier ? " by " + *o.identifier : "") +
           (o.mode == Mode::upsert   ? ""
            : o.mode == Mode::create ? " create"
                                     : " update") +
           (o.if_version ? " version " + std::to_string(*o.if_version) : "") +
           (o.wants_products ? " products" : "") + (o.wants_levels ? " levels" : "") +
           (o.read_only ? " read-only" : "");
    run(call, many);
  }

  void run(Call& call, bool many) {
    hold_readers();
    const bool raced = random_.percent(8);
    const std::uint64_t before = products_.last_tid();
    const std::string dump = random_.percent(3) && !raced ? products_.dump() : std::string();
    if (raced) race();
    try {
      if (random_.percent(10)) choose_actions(call);
      if (many) call.many(text);
      else call.one(text);
    } catch (const Refusal& refused) {
      products_.before_write = nullptr;
      Arena arena;
      parse_json(errors_json(refused.errors), arena);
      if (*refused.what() == 0) fault("a refusal without a message");
      if (raced) return;
      if (products_.last_tid() != before) fault("a refused call has written");
      if (!dump.empty() && products_.dump() != dump) fault("a refused call has written rows");
      return;
    }
    products_.before_write = nullptr;
    check(call, before, raced);
    if (call.options.read_only) {
      if (!raced && products_.last_tid() != before) fault("a read-only call has written");
      return;
    }
    ++accepted;
    if (!raced) again(call, many);
  }

  void hold_readers() const {
    if (const std::string why = readers_disagree(text); !why.empty()) fault(why);
  }

  void choose_actions(Call& call) {
    static const std::vector<std::string> words = {"REPLACE", "IGNORE", "CLEAR",
                                                   "APPEND",  "remove", "x"};
    const auto& fields = call.batch->profile.fields;
    std::string json = "{";
    for (std::size_t n = 1 + random_.below(2); n > 0; --n) {
      if (json.size() > 1) json += ',';
      write_json_string(fields[random_.below(fields.size())].name, json);
      json += ":\"" + random_.pick(words) + "\"";
    }
    what += " actions " + json + "}";
    call.actions(json + "}");
  }

  // A concurrent writer that is there first.
  void race() {
    products_.before_write = [this] {
      products_.before_write = nullptr;
      std::vector<std::pair<std::int64_t, std::int64_t>> all;
      products_.each([&](const auto& p) { all.emplace_back(p.organization_id, p.id); });
      if (all.empty()) return;
      const auto [organization, id] = random_.pick(all);
      switch (random_.below(3)) {
        case 0: products_.change(organization, id, R"({"cost": 4})"); break;
        case 1:
          try {
            products_.change(organization, id, R"({"manufacturer": "M", "external_id": "e"})");
          } catch (const UniqueViolation&) {  // not this time
          }
          break;
        default: products_.deadlocks = 1;
      }
    };
  }

  void check(Call& call, std::uint64_t before, bool raced) {
    Batch& batch = *call.batch;
    Arena arena;
    for (std::size_t i = 0; i < batch.items.size(); ++i) {
      const Item& item = batch.items[i];
      if (item.status == Status::rejected) {
        if (item.failures.empty()) fault("rejected for no reason");
        const Value errors = parse_json(errors_of(item, i + 1), arena);
        if (errors.items().size() != item.failures.size()) fault("errors that are none");
        const auto* p = products_.get(item.organization_id, item.id);
        const bool matched = p != nullptr && item.decided_by != nullptr;
        if (!raced && matched && p->tid > before) fault("a rejected document has written");
        continue;
      }
      if (!item.failures.empty()) fault("failures without a rejection");
      if (call.options.read_only) continue;
      if (item.status == Status::pending) fault("a document without a status");
      const auto* p = products_.get(item.organization_id, item.id);
      if (p == nullptr) fault("an answer that names no product");
      if (!raced && p->version != item.version) fault("an answer with another version");
      if (!raced && (item.status == Status::unchanged) != (p->tid <= before))
        fault("unchanged and written, or the other way round");
      if ((item.status == Status::updated) == item.changed.empty())
        fault("updated without a changed field, or the other way round");
      if (call.options.wants_products) {
        const std::string answer = answer_one(batch, item).json();
        if (parse_json(answer, arena).json() != answer) fault("an answer out of order");
      }
    }
    if (call.options.wants_products && !call.options.read_only) {
      const Value answer = parse_json(arena.copy(answer_bulk_json(batch)), arena);
      if (answer.items().size() != batch.items.size()) fault("an answer of another length");
    }
  }

  // A product that the call itself made may have as its reference what was another's id alone.
  static bool fits_two_rows_now(const Refusal& refused) {
    return std::all_of(refused.errors.begin(), refused.errors.end(), [](const Failure& f) {
      return f.code == Code::collision && f.message.find("names different rows") == 0;
    });
  }

  // Once more: nothing is left to do, but for documents that no rule can find again.
  void again(const Call& first, bool many) {
    if (first.options.mode != Mode::upsert || first.options.if_version) return;
    for (Action a : first.options.actions) {
      if (a == Action::ignore || a == Action::clear) return;
    }
    bool whole = true;  // a rejected document may be acceptable once the others are written
    for (const Item& item : first.batch->items) {
      whole &= item.status != Status::rejected &&
               (item.status != Status::created || item.decided_by != nullptr);
    }
    if (!whole || !first.options.wants_levels) return;
    Call second(products_, first.profile());
    second.options = first.options;
    what += " (again)";
    try {
      if (many) second.many(text);
      else second.one(text);
    } catch (const Refusal& refused) {
      if (!fits_two_rows_now(refused)) throw;
      return;
    }
    for (const Item& item : second.batch->items) {
      if (item.status != Status::unchanged)
        fault(std::string("the second time it is ") + name(item.status) + ", by " +
              (item.decided_by == nullptr ? "nothing" : item.decided_by) + " " +
              errors_json(item.failures));
    }
  }

  void try_definition() {
    const Definition& definition = random_.pick(corpus_.definitions);
    std::string json = definition.json;
    for (std::size_t n = 1 + random_.below(3); n > 0; --n)
      mutate(json, random_.pick(corpus_.definitions).json, random_);
    text = json;
    what = " profile";
    hold_readers();
    std::shared_ptr<const Profile> profile;
    try {
      profile = compile("fuzzed", json);
    } catch (const Refusal& refused) {
      Arena arena;
      parse_json(errors_json(refused.errors), arena);
      return;
    }
    const std::string given = text;
    text = document(definition.documents);
    what = " profile " + given;
    Call call(products_, profile);
    call.options.skip_rejects = random_.percent(50);
    call.options.wants_products = random_.percent(50);
    run(call, false);
  }

  const Corpus& corpus_;
  Random random_;
  MemoryCatalogue products_;
};

int run(std::uint64_t iterations, std::uint64_t seed, std::uint64_t first) {
  const Corpus corpus = make_corpus();
  const auto start = std::chrono::steady_clock::now();
  std::uint64_t accepted = 0;
  for (std::uint64_t done = 0, epoch = first; done < iterations; ++epoch) {
    Fuzz fuzz(corpus, seed * 1'000'003 + epoch);
    for (std::uint64_t i = 0; i < kEpoch && done < iterations; ++i, ++done) {
      fuzz.what.clear();
      try {
        fuzz.iterate();
        if (i + 1 == kEpoch) fuzz.finish();
      } catch (const std::exception& e) {
        std::fprintf(stderr, "fault: %s\n%s\nin%s\nrun alone: fuzz_smoke %llu %llu %llu\n",
                     e.what(), fuzz.text.c_str(), fuzz.what.c_str(),
                     static_cast<unsigned long long>(kEpoch), static_cast<unsigned long long>(seed),
                     static_cast<unsigned long long>(epoch));
        return EXIT_FAILURE;
      }
    }
    accepted += fuzz.accepted;
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  std::printf("%llu iterations, %llu accepted calls, %.0f iterations/s\n",
              static_cast<unsigned long long>(iterations),
              static_cast<unsigned long long>(accepted),
              static_cast<double>(iterations) / took.count());
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace product_upsert

int main(int argc, char** argv) {
  const auto argument = [&](int n, std::uint64_t otherwise) {
    return argc > n ? std::strtoull(argv[n], nullptr, 10) : otherwise;
  };
  return product_upsert::run(argument(1, 20000), argument(2, 1), argument(3, 0));
}
