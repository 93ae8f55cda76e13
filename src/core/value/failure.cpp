#include "core/value/failure.hpp"

#include "core/value/value.hpp"

namespace product_upsert {

namespace {

Code code_of(Refused kind) {
  switch (kind) {
    case Refused::null_argument: return Code::required;
    case Refused::permission: return Code::permission;
    case Refused::not_found: return Code::not_found;
    case Refused::unknown_reference: return Code::unknown_reference;
    case Refused::collision: return Code::collision;
    case Refused::precondition:
    case Refused::serialization: return Code::precondition;
    case Refused::limit: return Code::too_long;
    case Refused::invalid: break;
  }
  return Code::format;
}

}  // namespace

Refusal::Refusal(Refused kind, const std::string& message, std::string hint,
                 std::vector<Failure> errors)
    : std::runtime_error(message), kind(kind), hint(std::move(hint)), errors(std::move(errors)) {
  if (this->errors.empty()) this->errors.push_back({code_of(kind), "", message, {}});
}

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
    case Code::suppressed: return "suppressed";
    case Code::unknown_reference: return "not_found";
  }
  return "invalid";
}

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

}  // namespace product_upsert
