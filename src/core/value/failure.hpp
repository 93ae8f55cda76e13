#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace product_upsert {

// Rule 60: one vocabulary of soft errors for every profile. Of these,
//   constraint: the owner's constraint or trigger refused the row;
//   superseded, a note: a later document of the call stands;
//   deleted, a note: the product matched is deleted softly and stays so;
//   held_back, a note: a source that goes before the document's has written the field;
//   suppressed: the owner's trigger, rule or policy kept the row out without an error;
//   unreadable: no JSON, or none that can be held;
//   parked: the document waits for a row that it names;
//   unknown_reference: "not_found" too, but of a row that the document names, not of the product.
// recipe: code
// clang-format off
#define PRODUCT_CODES(code) \
  code(required)            \
  code(type)                \
  code(too_long)            \
  code(enumeration)         \
  code(format)              \
  code(range)               \
  code(unknown_field)       \
  code(not_found)           \
  code(collision)           \
  code(taken)               \
  code(ambiguous)           \
  code(stale)               \
  code(precondition)        \
  code(permission)          \
  code(read_only)           \
  code(constraint)          \
  code(superseded)          \
  code(deleted)             \
  code(held_back)           \
  code(suppressed)          \
  code(unreadable)          \
  code(parked)              \
  code(unknown_reference)
// clang-format on
enum class Code : unsigned char {
#define PRODUCT_CODE(name) name,
  PRODUCT_CODES(PRODUCT_CODE)
#undef PRODUCT_CODE
};
inline constexpr Code kCodes[] = {
#define PRODUCT_CODE(name) Code::name,
    PRODUCT_CODES(PRODUCT_CODE)
#undef PRODUCT_CODE
};
const char* name(Code code);  // "required", "type", … ("enum" for enumeration)

// Makes the further members of an error's JSON object, each of its type. Nothing else quotes them.
class Details {
 public:
  // Name and JSON text, such as {"valid", "[\"DRAFT\"]"} or {"positions", "[1,3]"}.
  using Members = std::vector<std::pair<std::string, std::string>>;

  Details() = default;
  // Adds to the given members.
  explicit Details(Members members) : members_(std::move(members)) {}

  Details& text(std::string member, std::string_view text);
  Details& texts(std::string member, std::span<const std::string> texts);
  Details& number(std::string member, std::int64_t number);
  Details& numbers(std::string member, std::span<const std::int64_t> numbers);
  Details& numbers(std::string member, std::initializer_list<std::int64_t> numbers) {
    return this->numbers(std::move(member), std::span(numbers.begin(), numbers.size()));
  }
  Details& flag(std::string member);  // true
  Details& more(const Members& members);
  // What was made; nothing is left here. NOLINTNEXTLINE(google-explicit-constructor): stands for it
  operator Members() { return std::move(members_); }

 private:
  Members members_;
};

// One error of a document (C3). `details` are made by Details.
struct Failure {
  Code code;
  std::string
      field;  // path, such as variants.0.price; empty where the document as a whole is meant
  std::string message;
  Details::Members details;
  // For an error that PostgreSQL raised: its SQLSTATE, which the call keeps, and the constraint.
  std::string sqlstate{}, constraint{};
};

// [{"field", "code", "message", …details}, …] as JSON text.
std::string errors_json(const std::vector<Failure>& errors);

// Counts failures by field and code; places in lists do not distinguish fields.
class FailureCounts {
 public:
  void add(const Failure& failure);
  // [{"field", "code", "count"}, …], most frequent first, limited; the rest is counted as one.
  std::string json() const;

 private:
  std::map<std::pair<std::string, Code>, std::uint64_t> counts_;
  std::uint64_t others_ = 0;
};

// The classes of error a call can raise; src/pg maps them to SQLSTATEs.
// recipe: kind
enum class Refused : unsigned char {
  invalid,            // 22023: document, option, profile
  null_argument,      // 22004
  permission,         // 42501
  not_found,          // P0002
  unknown_reference,  // 23503
  collision,          // 23505: collision, taken value, several matches
  precondition,       // 55000
  no_table,           // 42P01: a table that has to be there, of the caller's or of the catalogue
  standby,            // 25006: what writes has to be sent to the primary
  serialization,      // 40001
  limit,              // 54000: too large, too deep
};

// A call that is refused as a whole: the error to raise. `errors` go to the DETAIL as {"errors":
// […]}.
class Refusal : public std::runtime_error {
 public:
  Refusal(Refused kind, const std::string& message, std::string hint = {},
          std::vector<Failure> errors = {});
  // With this SQLSTATE in place of the kind's.
  Refusal&& with_sqlstate(std::string state) && {
    sqlstate = std::move(state);
    return std::move(*this);
  }
  Refused kind;
  std::string hint;
  std::string sqlstate;         // in place of the kind's; empty: that one
  std::string constraint;       // of PostgreSQL's own error
  std::vector<Failure> errors;  // never empty: where none are given, the message is the one
  // If these are only the first errors: further members of the DETAIL, as JSON.
  std::string counted;
};

// The failure with its texts shortened for a DETAIL.
Failure shortened(Failure failure);
std::string shortened(std::string text, std::size_t bytes);
// The errors of a DETAIL take at most so many bytes; with counts and all it stays below 64 kB.
constexpr std::size_t kLongestErrors = 40'000;
// {"errors": […]}; if there are too many, the first of them and {"counts": […]}.
std::string detail_json(const Refusal& refusal);

}  // namespace product_upsert
