#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/value/failure.hpp"
#include "core/value/text.hpp"
#include "core/value/value.hpp"

// Reading a profile's definition: each of these takes the path of what it reads, and refuses a
// fault with that path.
namespace product_upsert::definition {

template <typename T>
using Words = std::vector<std::pair<std::string_view, T>>;

// Throws Refusal (invalid): "fields.size.type: must be …".
[[noreturn]] void fault(const std::string& path, const std::string& what);

// The faults of parts that are read apart from one another, so that all are told at once.
class Faults {
 public:
  template <typename Read>
  void apart(Read read) {
    try {
      read();
    } catch (const Refusal& refusal) {
      if (refusal.kind != Refused::invalid) throw;
      all_.insert(all_.end(), refusal.errors.begin(), refusal.errors.end());
    }
  }
  bool none() const { return all_.empty(); }
  // Throws them, if there are any.
  void raise() const;

 private:
  std::vector<Failure> all_;
};

void expect(const Value& v, Kind kind, const std::string& path, const char* what);
// The object has no members but these.
void only(const Value& object, const std::string& path,
          std::initializer_list<std::string_view> known);
std::string text(const Value& v, const std::string& path);  // not empty
bool flag(const Value& v, const std::string& path, bool otherwise);
std::optional<std::uint32_t> length(const Value& v, const std::string& path);
std::optional<Value> number(const Value& v, const std::string& path);
// A text, or a list of them; none where nothing is said.
std::vector<std::string> texts(const Value& v, const std::string& path);
// An HTTP status.
int status(const Value& v, const std::string& path, std::optional<int> otherwise);

template <typename T>
T word(const Value& v, const std::string& path, const Words<T>& words, std::optional<T> otherwise) {
  if (v.is_absent() && otherwise) return *otherwise;
  std::string valid;
  for (const auto& [w, value] : words) {
    if (v.kind() == Kind::text && v.as_text() == w) return value;
    add_to_list(valid, w);
  }
  fault(path, "must be one of " + valid);
}

}  // namespace product_upsert::definition
