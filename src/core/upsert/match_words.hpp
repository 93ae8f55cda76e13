#pragma once

#include <span>
#include <string>

#include "core/upsert/match_rules.hpp"
#include "core/upsert/matcher.hpp"

namespace product_upsert {

// For people: the identity rules that a document was looked up by, in order, with its keys and the
// products that they found. Empty if it has no key at all.
std::string match_words(const MatchRules& match, std::span<const ItemKey> keys,
                        std::span<const Matcher::Candidate> candidates);

}  // namespace product_upsert
