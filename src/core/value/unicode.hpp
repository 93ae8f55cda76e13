#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace product_upsert {

// How a text is compared as part of an identity rule. Each fold is a function of the text alone, on
// which the unique index is built and which the matcher calls.
// recipe: fold
enum class Fold : std::uint8_t {
  exact,
  letter_case,  // "case": Unicode case folding
  nfc,          // composed
  compatible,   // NFKC, case folding, no default-ignorable characters
  gtin,         // digits without separators, padded to 14
};
const char* name(Fold fold);
std::optional<Fold> find_fold(std::string_view name);
// Every name, for messages and checks.
std::string list_folds();

// Idempotent: a folded text folds to itself. Never empty unless `utf8` is, or all such texts would
// be the same key.
std::string folded(Fold fold, std::string_view utf8);

// Bytes of the default-ignorable character (byte order mark, zero-width space, …) that the text
// begins with; 0 where it begins with none.
std::size_t leading_ignorable(std::string_view s);
// C0 and C1 controls, DEL.
bool has_control(std::string_view s);

// For messages: the text with escapes (\u0301, \u{1F3FB}) for what cannot be seen: controls,
// default-ignorable characters, white space other than plain blanks inside, and combining marks if
// the text is not in its composed form.
std::string legible(std::string_view s);

}  // namespace product_upsert
