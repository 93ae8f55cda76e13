#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "core/value/failure.hpp"
#include "core/value/value.hpp"

// Turns the faults of a request into the answer that its API documents.
namespace product_upsert {

struct HttpRequest {
  std::string method, path;
  Value parameters, headers;  // objects, or nothing
};

struct HttpAnswer {
  int status = 200;
  std::string body;  // JSON text; empty: none
  std::vector<std::pair<std::string, std::string>> headers{};
};

// Where in a request a fault lies.
enum class In : std::uint8_t { call, header, path, parameter, body };

// What a request is refused for. `cause`: the name of a Code, or one of
//   unknown_reference  Code::unknown_reference, whose name is that of another
//   credentials        none of the headers of which one must be there
//   path, method       nothing is there, or it cannot be asked so
//   fault              an error of PostgreSQL's or ours
struct Fault {
  std::string cause;
  In in = In::body;
  Failure failure;
};

std::string cause_of(Code code);

// Thrown where a request is refused.
struct Rejection : std::exception {
  explicit Rejection(std::vector<Fault> faults) : faults(std::move(faults)) {}
  Rejection(In in, Code code, std::string field, std::string message);
  const char* what() const noexcept override { return "request refused"; }
  std::vector<Fault> faults;
};

// Defines the answer to faults: the first rule of the profile that applies to one.
struct ErrorRule {
  std::vector<std::string> causes;   // none: any
  std::vector<In> places;            // none: any
  std::vector<std::string> methods;  // none: any
  std::vector<std::string> fields;   // none: any; "custom_fields*": all that begins so
  std::string detail;                // the failure has this further member
  int status = 500;
  Value set;   // object: what the template's variables of these names stand for
  Value body;  // template
};

// Compiles "errors" of "http"; `usual`: the template of rules that have none. Throws Refusal.
std::vector<ErrorRule> compile_error_rules(const Value& errors, const Value& usual);

// The faults of a call that was refused as a whole.
std::vector<Fault> faults_of(const Refusal& refusal);

// The answer to faults, of which there is at least one. Of the rules that apply to them, the first
// one of the profile is used; its template gets all faults whose rules have the same status.
HttpAnswer answer_faults(const std::vector<ErrorRule>& rules, const HttpRequest& request,
                         const std::vector<Fault>& faults);

}  // namespace product_upsert
