#include "core/http/http_error.hpp"

#include <algorithm>

#include "core/http/http_template.hpp"
#include "core/value/events.hpp"
#include "core/value/interrupts.hpp"
#include "core/value/text.hpp"

namespace product_upsert {

namespace {

bool names(const std::vector<std::string>& fields, std::string_view field) {
  return std::any_of(fields.begin(), fields.end(), [&](std::string_view f) {
    if (!f.ends_with('*')) return f == field;
    return field.starts_with(f.substr(0, f.size() - 1));
  });
}

bool has_detail(const Failure& failure, std::string_view detail) {
  return std::any_of(failure.details.begin(), failure.details.end(),
                     [&](const auto& d) { return d.first == detail; });
}

template <typename T>
bool any_or_listed(const std::vector<T>& listed, const T& one) {
  return listed.empty() || std::find(listed.begin(), listed.end(), one) != listed.end();
}

// Methods are compared without regard to case, as those of routes.
bool has_method(const ErrorRule& rule, const HttpRequest& request) {
  return rule.methods.empty() || std::any_of(rule.methods.begin(), rule.methods.end(),
                                             [asked = lowered(request.method)](const auto& m) {
                                               return lowered(m) == asked;
                                             });
}

bool fits(const ErrorRule& rule, const HttpRequest& request, const Fault& fault) {
  return any_or_listed(rule.causes, fault.cause) && has_method(rule, request) &&
         any_or_listed(rule.places, fault.in) &&
         (rule.fields.empty() || names(rule.fields, fault.failure.field)) &&
         (rule.detail.empty() || has_detail(fault.failure, rule.detail));
}

const ErrorRule& rule_for(const std::vector<ErrorRule>& rules, const HttpRequest& request,
                          const Fault& fault) {
  // The compiler has checked that there is one.
  return *std::find_if(rules.begin(), rules.end(),
                       [&](const ErrorRule& rule) { return fits(rule, request, fault); });
}

std::string sentence(const Failure& failure) {
  return failure.field.empty() ? failure.message : failure.field + " " + failure.message;
}

// The values of a template's variables: set by the rule, or else taken from the failure.
class Variables {
 public:
  Variables(const ErrorRule& rule, const Fault& fault, const HttpRequest& request, Arena& arena)
      : rule_(rule), fault_(fault), request_(request), arena_(arena) {}

  Value operator()(std::string_view name) const {
    const Value set = rule_.set[name];
    if (set.is_absent()) return plain(name);
    return fill_template(
        set, [this](std::string_view n) { return plain(n); }, {}, arena_);
  }

 private:
  Value text(const std::string& s) const { return Value::text(arena_.copy(s)); }

  Value plain(std::string_view name) const {
    const Failure& failure = fault_.failure;
    if (name == "code")
      return text(fault_.cause == cause_of(failure.code) ? product_upsert::name(failure.code)
                                                         : fault_.cause);
    if (name == "field") return failure.field.empty() ? Value() : text(failure.field);
    if (name == "message") return text(failure.message);
    if (name == "sentence") return text(sentence(failure));
    if (name == "status") return Value::integer(rule_.status);
    if (name == "method") return text(request_.method);
    if (name == "path") return text(request_.path);
    if (name == "error")
      return parse_json(arena_.copy(errors_json({failure})), arena_).items().front();
    for (const auto& [detail, json] : failure.details) {
      if (name.substr(name.find('.') + 1) == detail) return parse_json(arena_.copy(json), arena_);
    }
    return {};
  }

  const ErrorRule& rule_;
  const Fault& fault_;
  const HttpRequest& request_;
  Arena& arena_;
};

}  // namespace

std::string cause_of(Code code) {
  return code == Code::unknown_reference ? "unknown_reference" : name(code);
}

Rejection::Rejection(In in, Code code, std::string field, std::string message)
    : faults({{cause_of(code), in, {code, std::move(field), std::move(message), {}}}}) {}

std::vector<Fault> faults_of(const Refusal& refusal) {
  std::vector<Fault> faults;
  for (const Failure& failure : refusal.errors)
    faults.push_back({cause_of(failure.code), In::body, failure});
  return faults;
}

HttpAnswer answer_faults(const std::vector<ErrorRule>& rules, const HttpRequest& request,
                         const std::vector<Fault>& faults) {
  Arena arena;
  std::vector<const ErrorRule*> fitting;
  fitting.reserve(faults.size());
  for (const Fault& fault : faults) {
    check_interrupts();
    fitting.push_back(&rule_for(rules, request, fault));
  }
  const auto first = std::min_element(fitting.begin(), fitting.end());
  const ErrorRule& rule = **first;
  std::vector<Lookup> all;
  for (std::size_t i = 0; i < faults.size(); ++i) {
    if (fitting[i]->status == rule.status)
      all.emplace_back(Variables(*fitting[i], faults[i], request, arena));
  }
  const auto place = static_cast<std::size_t>(first - fitting.begin());
  const Value body =
      fill_template(rule.body, Variables(rule, faults[place], request, arena), all, arena);
  return {rule.status, body.json(), {}};
}

}  // namespace product_upsert
