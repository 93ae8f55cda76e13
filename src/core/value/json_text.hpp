#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "core/value/arena.hpp"
#include "core/value/value.hpp"

namespace product_upsert {

// Reads JSON texts one after the other with simdjson. It accepts what PostgreSQL's jsonb accepts,
// and gives the same values. Its memory is that of the longest text.
class JsonText {
 public:
  // So many bytes after a text must be readable, whatever they are.
  static constexpr std::size_t kPadding = 64;
  // As many bytes as an object of jsonb can have.
  static constexpr std::size_t kLongest = 0x0FFFFFFF;

  JsonText();
  ~JsonText();
  JsonText(const JsonText&) = delete;
  JsonText& operator=(const JsonText&) = delete;

  // Nothing if the text cannot be read: find_json_fault says why. Texts of the value point into
  // `json` or, with long numbers, into `texts`; lists and objects are in `containers`.
  std::optional<Value> read(std::string_view json, Arena& texts, Arena& containers);

 private:
  class Reading;
  std::unique_ptr<Reading> reading_;
};

}  // namespace product_upsert
