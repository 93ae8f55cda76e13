#pragma once

#include <span>
#include <string>

#include "core/upsert/match_rules.hpp"
#include "core/upsert/matcher.hpp"

namespace product_upsert {

// For people: the identity rules that a document was looked up by, in order, with the keys that it
// says and the products that they found. Empty where it says no key at all.
std::string match_words(const MatchRules& match, std::span<const ItemKey> keys,
                        std::span<const Matcher::Candidate> candidates);

}  // namespace product_upsert
