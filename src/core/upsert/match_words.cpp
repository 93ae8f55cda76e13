#include "core/upsert/match_words.hpp"

#include <algorithm>

#include "core/profile/describe.hpp"
#include "core/value/text.hpp"

namespace product_upsert {

namespace {

std::string said_words(const Key& key) {
  std::string words;
  for (const Value& v : key.values)
    add_to_list(words, v.has_value() ? describe(v) : std::string("none"));
  return key.complete ? words : words + ", as far as it is said";
}

}  // namespace

std::string match_words(const MatchRules& match, std::span<const ItemKey> keys,
                        std::span<const Matcher::Candidate> candidates) {
  if (keys.empty() && candidates.empty()) return {};
  std::string all, unsaid;
  for (const std::uint16_t rule : match.asked()) {
    const ItemKey* const key = find_key(keys, rule);
    const bool indirect = rule == match.indirect();
    const IdentityRule& r = match.all().rules[rule];
    if (key == nullptr && !indirect) {
      add_to_list(unsaid, r.name);
      continue;
    }
    all += (all.empty() ? "looked up: " : "; ") + match.words(r);
    if (key != nullptr && !indirect) all += " " + said_words(key->key);
    std::string found;
    for (const Matcher::Candidate& c : candidates) {
      if (c.rule != rule) continue;
      found += (found.empty() ? ": product " : ", product ") + std::to_string(c.id);
    }
    all += found.empty() ? ": no product" : found;
  }
  if (!unsaid.empty()) all += (all.empty() ? "" : "; ") + ("not in the document: " + unsaid);
  return all;
}

}  // namespace product_upsert
