// For libFuzzer: what it feeds is mutated as JSON, and kept where it reaches code that nothing
// before it did. The first byte says what the text is, the second which profile reads it:
//   documents, one or many; the definition of a profile; field actions; a request of four lines
//   (method, path, parameters, headers); JSON as such.
// Nothing but a Refusal, or a request's Rejection, may come of it.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "core/answer/answer.hpp"
#include "core/http/http.hpp"
#include "core/value/events.hpp"
#include "fuzz/corpus.hpp"
#include "fuzz/mutate.hpp"
#include "fuzz/readers.hpp"
#include "unit/call.hpp"
#include "unit/source_files.hpp"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

namespace product_upsert {
namespace {

enum Kind : unsigned char { one, many, definition, actions, request, json, kinds };

const Corpus& corpus() {
  static const Corpus all = make_corpus();
  return all;
}

[[noreturn]] void fault(const char* why, std::string_view text) {
  std::fprintf(stderr, "%s: %.*s\n", why, static_cast<int>(text.size()), text.data());
  std::abort();
}

void call(const std::shared_ptr<const Profile>& profile, std::string_view text, bool as_many) {
  MemoryCatalogue products;
  fill_related(products);
  Call made(products, profile);
  made.options.wants_products = true;
  made.options.skip_rejects = as_many;
  try {
    if (as_many) made.many(text);
    else made.one(text);
    Arena arena;
    const std::string answer = answer_bulk_json(*made.batch);
    if (parse_json(answer, arena).items().size() != made.batch->items.size())
      fault("an answer of another length", text);
    for (std::size_t i = 0; i < made.batch->items.size(); ++i) parse_json(made.errors(i), arena);
  } catch (const Refusal& refused) {
    Arena arena;
    parse_json(errors_json(refused.errors), arena);
  }
  if (const std::string rule = products.broken_rule(); !rule.empty()) fault(rule.c_str(), text);
}

void ask(const Profile& profile, std::string_view text) {
  std::string_view lines[4];
  for (std::string_view& line : lines) {
    const std::size_t end = text.find('\n');
    line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  Arena arena;
  const HttpRequest asked{std::string(lines[0]), std::string(lines[1]), parse_json(lines[2], arena),
                          parse_json(lines[3], arena)};
  try {
    if (profile.http) route_request(profile, asked, arena);
  } catch (const Rejection&) {
  }
}

// What is written is read as the same.
void read(std::string_view text) {
  if (const std::string why = readers_disagree(text); !why.empty()) fault(why.c_str(), text);
  Arena arena;
  const std::string written = parse_json(text, arena).json();
  if (parse_json(written, arena).json() != written) fault("JSON that is read otherwise", text);
}

void feed(std::string_view input) {
  if (input.size() < 2) return;
  const auto& subjects = corpus().subjects;
  const auto& subject = subjects[static_cast<unsigned char>(input[1]) % subjects.size()];
  const std::string_view text = input.substr(2);
  try {
    switch (static_cast<unsigned char>(input[0]) % kinds) {
      case one: return call(subject.profile, text, false);
      case many: return call(subject.profile, text, true);
      case definition: return call(compile("fuzzed", text), subject.documents[0], false);
      case actions: {
        Arena arena;
        parse_actions(parse_json(text, arena), *subject.profile);
        return;
      }
      case request: return ask(*subject.profile, text);
      default: return read(text);
    }
  } catch (const Refusal& refused) {
    if (*refused.what() == 0) fault("a refusal without a message", text);
  }
}

// What a text of that kind is made of.
std::string_view sample(unsigned char kind, unsigned char profile, Random& random) {
  static const std::string asked =
      "GET\n/v1/products/seat\n{\"version\":\"1\"}\n{\"x-api-key\":\"k\",\"company\":\"1\"}";
  static const std::string acts = R"({"name":"IGNORE","tags":"APPEND","variants":"REPLACE"})";
  const Subject& subject = corpus().subjects[profile % corpus().subjects.size()];
  switch (kind % kinds) {
    case definition: return random.pick(corpus().definitions).json;
    case actions: return acts;
    case request: return asked;
    default: return random.pick(subject.documents);
  }
}

std::size_t put(std::string_view text, std::uint8_t* data, std::size_t most) {
  const std::size_t size = std::min(text.size(), most);
  std::memcpy(data, text.data(), size);
  return size;
}

}  // namespace
}  // namespace product_upsert

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  product_upsert::feed({reinterpret_cast<const char*>(data), size});
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t most, unsigned seed) {
  using namespace product_upsert;
  Random random(seed);
  if (size < 2 || random.percent(3)) {
    if (most < 2) return 0;
    data[0] = static_cast<std::uint8_t>(random.below(kinds));
    data[1] = static_cast<std::uint8_t>(random.below(corpus().subjects.size()));
    return 2 + put(sample(data[0], data[1], random), data + 2, most - 2);
  }
  if (random.percent(25)) return 2 + LLVMFuzzerMutate(data + 2, size - 2, most - 2);
  std::string text(reinterpret_cast<const char*>(data) + 2, size - 2);
  for (std::size_t n = 1 + random.below(3); n > 0; --n)
    mutate(text, sample(data[0], data[1], random), random);
  return 2 + put(text, data + 2, most - 2);
}
