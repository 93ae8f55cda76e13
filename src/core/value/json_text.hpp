#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "core/value/arena.hpp"
#include "core/value/value.hpp"

namespace product_upsert {

// Reads JSON texts that come one after the other, with simdjson: what it takes, and what comes of
// it, is what PostgreSQL's jsonb takes and makes of it. Its memory is that of the longest text.
class JsonText {
 public:
  // So many bytes behind a text must be there to be read, whatever they are.
  static constexpr std::size_t kPadding = 64;
  // As many bytes as an object of jsonb can have.
  static constexpr std::size_t kLongest = 0x0FFFFFFF;

  JsonText();
  ~JsonText();
  JsonText(const JsonText&) = delete;
  JsonText& operator=(const JsonText&) = delete;

  // Nothing where the text cannot be read: find_json_fault tells why. Texts of the value point into
  // `json` or, with long numbers, into `texts`; lists and objects are in `containers`.
  std::optional<Value> read(std::string_view json, Arena& texts, Arena& containers);

 private:
  class Reading;
  std::unique_ptr<Reading> reading_;
};

}  // namespace product_upsert
