#include "core/value/failure.hpp"

#include <algorithm>

#include "core/value/value.hpp"

namespace product_upsert {

namespace {

// recipe: kind
Code code_of(Refused kind) {
  switch (kind) {
    case Refused::null_argument: return Code::required;
    case Refused::permission: return Code::permission;
    case Refused::not_found: return Code::not_found;
    case Refused::unknown_reference: return Code::unknown_reference;
    case Refused::collision: return Code::collision;
    case Refused::precondition:
    case Refused::no_table:
    case Refused::standby:
    case Refused::serialization: return Code::precondition;
    case Refused::limit: return Code::too_long;
    case Refused::invalid: break;
  }
  return Code::format;
}

}  // namespace

Details& Details::text(std::string member, std::string_view text) {
  members_.emplace_back(std::move(member), std::string());
  write_json_string(text, members_.back().second);
  return *this;
}

Details& Details::texts(std::string member, std::span<const std::string> texts) {
  std::string json = "[";
  for (const std::string& t : texts) {
    if (json.size() > 1) json += ',';
    write_json_string(t, json);
  }
  members_.emplace_back(std::move(member), json + "]");
  return *this;
}

Details& Details::number(std::string member, std::int64_t number) {
  members_.emplace_back(std::move(member), std::to_string(number));
  return *this;
}

Details& Details::numbers(std::string member, std::span<const std::int64_t> numbers) {
  std::string json = "[";
  for (const std::int64_t n : numbers) json += (json.size() > 1 ? "," : "") + std::to_string(n);
  members_.emplace_back(std::move(member), json + "]");
  return *this;
}

Details& Details::flag(std::string member) {
  members_.emplace_back(std::move(member), "true");
  return *this;
}

Details& Details::more(const Members& members) {
  members_.insert(members_.end(), members.begin(), members.end());
  return *this;
}

Refusal::Refusal(Refused kind, const std::string& message, std::string hint,
                 std::vector<Failure> errors)
    : std::runtime_error(message), kind(kind), hint(std::move(hint)), errors(std::move(errors)) {
  if (this->errors.empty()) this->errors.push_back({code_of(kind), "", message, {}});
}

// recipe: code
const char* name(Code code) {
  switch (code) {
    case Code::required: return "required";
    case Code::type: return "type";
    case Code::too_long: return "too_long";
    case Code::enumeration: return "enum";
    case Code::format: return "format";
    case Code::range: return "range";
    case Code::unknown_field: return "unknown_field";
    case Code::not_found: return "not_found";
    case Code::collision: return "collision";
    case Code::taken: return "taken";
    case Code::ambiguous: return "ambiguous";
    case Code::stale: return "stale";
    case Code::precondition: return "precondition";
    case Code::permission: return "permission";
    case Code::read_only: return "read_only";
    case Code::constraint: return "constraint";
    case Code::superseded: return "superseded";
    case Code::deleted: return "deleted";
    case Code::held_back: return "held_back";
    case Code::suppressed: return "suppressed";
    case Code::unreadable: return "unreadable";
    case Code::parked: return "parked";
    case Code::unknown_reference: return "not_found";
  }
  return "invalid";
}

// recipe: error
std::string errors_json(const std::vector<Failure>& errors) {
  std::string out = "[";
  for (const Failure& error : errors) {
    if (out.size() > 1) out += ", ";
    out += "{\"field\": ";
    if (error.field.empty()) {
      out += "null";
    } else {
      write_json_string(error.field, out);
    }
    out += ", \"code\": \"";
    out += name(error.code);
    out += "\", \"message\": ";
    write_json_string(error.message, out);
    for (const auto& [member, json] : error.details) {
      out += ", ";
      write_json_string(member, out);
      out += ": ";
      out += json;
    }
    out += '}';
  }
  return out += ']';
}

namespace {

constexpr std::size_t kLongestMessage = 2000;
constexpr std::size_t kLongestField = 300;
constexpr std::size_t kMostKinds = 2000;  // of failures counted separately
constexpr std::size_t kMostTold = 40;

// variants.0.price becomes variants.*.price
std::string without_places(const std::string& field) {
  std::string pattern;
  for (std::size_t at = 0; at <= field.size();) {
    const std::size_t dot = std::min(field.find('.', at), field.size());
    const std::string part = field.substr(at, dot - at);
    const bool place =
        at > 0 && !part.empty() && part.find_first_not_of("0123456789") == std::string::npos;
    pattern += (at == 0 ? "" : ".") + (place ? std::string("*") : part);
    at = dot + 1;
  }
  return pattern;
}

}  // namespace

std::string shortened(std::string text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0U) == 0x80U) --bytes;
  text.resize(bytes);
  return text + "...";
}

Failure shortened(Failure failure) {
  failure.field = shortened(std::move(failure.field), kLongestField);
  failure.message = shortened(std::move(failure.message), kLongestMessage);
  std::erase_if(failure.details, [](const auto& d) { return d.second.size() > kLongestMessage; });
  return failure;
}

void FailureCounts::add(const Failure& failure) {
  const std::pair kind(shortened(without_places(failure.field), kLongestField), failure.code);
  const auto it = counts_.find(kind);
  if (it != counts_.end()) ++it->second;
  else if (counts_.size() < kMostKinds) counts_.emplace(kind, 1);
  else ++others_;
}

std::string FailureCounts::json() const {
  std::vector<std::pair<std::uint64_t, std::pair<std::string, Code>>> sorted;
  for (const auto& [kind, count] : counts_) sorted.emplace_back(count, kind);
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::uint64_t others = others_;
  std::string out = "[";
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const auto& [count, kind] = sorted[i];
    if (i >= kMostTold) {
      others += count;
      continue;
    }
    out += i == 0 ? "{\"field\": " : ", {\"field\": ";
    if (kind.first.empty()) out += "null";
    else write_json_string(kind.first, out);
    out += std::string(", \"code\": \"") + name(kind.second) +
           "\", \"count\": " + std::to_string(count) + "}";
  }
  if (others > 0) out += ", {\"others\": true, \"count\": " + std::to_string(others) + "}";
  return out + "]";
}

std::string detail_json(const Refusal& refusal) {
  std::vector<Failure> first;
  FailureCounts counts;
  std::size_t bytes = 0;
  for (const Failure& failure : refusal.errors) {
    counts.add(failure);
    if (bytes > kLongestErrors) continue;
    first.push_back(shortened(failure));
    const std::size_t more = errors_json({first.back()}).size();
    if (bytes + more > kLongestErrors && bytes > 0) first.pop_back();
    bytes += more;
  }
  std::string counted = refusal.counted;
  if (counted.empty() && first.size() < refusal.errors.size())
    counted = "\"counts\": " + counts.json();
  return "{\"errors\": " + errors_json(first) + (counted.empty() ? "" : ", " + counted) + "}";
}

}  // namespace product_upsert
