#include <algorithm>
#include <set>

#include "core/http/http_error.hpp"
#include "core/http/http_template.hpp"
#include "core/profile/definition.hpp"
#include "core/value/text.hpp"

namespace product_upsert {

using namespace definition;

namespace {

// The variables that every template may use; see answer_faults.
bool is_known(std::string_view variable) {
  for (const std::string_view known :
       {"code", "field", "message", "sentence", "status", "method", "path", "error"}) {
    if (variable == known) return true;
  }
  return variable.starts_with("details.");
}

std::vector<std::string> all_causes() {
  std::vector<std::string> causes = {"credentials", "path", "method", "fault"};
  for (const Code code : kCodes) causes.push_back(cause_of(code));
  return causes;
}

ErrorRule read_rule(const Value& v, const Value& usual, const std::string& path) {
  expect(v, Kind::object, path, "an object");
  only(v, path, {"on", "in", "method", "field", "detail", "status", "set", "body"});
  ErrorRule rule;
  rule.causes = texts(v["on"], path + ".on");
  const auto causes = all_causes();
  for (const std::string& cause : rule.causes) {
    if (std::find(causes.begin(), causes.end(), cause) == causes.end())
      fault(path + ".on", "\"" + cause + "\" is not known; valid are " + joined(causes));
  }
  for (const std::string& place : texts(v["in"], path + ".in")) {
    rule.places.push_back(word<In>(Value::text(place), path + ".in",
                                   {{"call", In::call},
                                    {"header", In::header},
                                    {"path", In::path},
                                    {"parameter", In::parameter},
                                    {"body", In::body}},
                                   std::nullopt));
  }
  rule.methods = texts(v["method"], path + ".method");
  rule.fields = texts(v["field"], path + ".field");
  if (!v["detail"].is_absent()) rule.detail = text(v["detail"], path + ".detail");
  rule.status = status(v["status"], path + ".status", std::nullopt);
  rule.set = v["set"];
  if (!rule.set.is_absent()) expect(rule.set, Kind::object, path + ".set", "an object");
  check_template(rule.set, path + ".set", is_known);
  rule.body = v["body"].is_absent() ? usual : v["body"];
  if (rule.body.is_absent())
    fault(path + ".body", "is missing, and so is http.error, which would stand in for it");
  return rule;
}

// For each cause there must be a rule that answers it wherever it occurs.
void check_causes(const std::vector<ErrorRule>& rules) {
  for (const std::string& cause : all_causes()) {
    const bool answered = std::any_of(rules.begin(), rules.end(), [&](const ErrorRule& rule) {
      return rule.places.empty() && rule.methods.empty() && rule.fields.empty() &&
             rule.detail.empty() &&
             (rule.causes.empty() ||
              std::find(rule.causes.begin(), rule.causes.end(), cause) != rule.causes.end());
    });
    if (!answered)
      fault("http.errors", "no rule answers \"" + cause +
                               "\" wherever it comes from: end with one without conditions");
  }
}

}  // namespace

std::vector<ErrorRule> compile_error_rules(const Value& errors, const Value& usual) {
  expect(errors, Kind::list, "http.errors", "a list of rules");
  std::vector<ErrorRule> rules;
  std::set<std::string_view> set;
  const auto path = [](std::size_t i) { return "http.errors." + std::to_string(i); };
  for (std::size_t i = 0; i < errors.items().size(); ++i) {
    rules.push_back(read_rule(errors.items()[i], usual, path(i)));
    for (const Member& m : rules.back().set.members()) set.insert(m.key);
  }
  const auto known = [&](std::string_view name) { return is_known(name) || set.contains(name); };
  check_template(usual, "http.error", known);
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (const Value body = errors.items()[i]["body"]; !body.is_absent())
      check_template(body, path(i) + ".body", known);
  }
  check_causes(rules);
  return rules;
}

}  // namespace product_upsert
