// Class Upsert, continued: a repeated call with an idempotency key gets the first call's answer.
#include "core/http/http.hpp"
#include "pg/functions/upsert.hpp"

namespace product_upsert {

namespace {

constexpr std::size_t kLongestCallKey = 255;

Refusal wrong_key(const std::string& message, Code code) {
  return Refusal(Refused::invalid, "idempotency_key " + message, {},
                 {{code, "idempotency_key", message, {}}});
}

}  // namespace

// recipe: option
std::optional<std::string> Upsert::find_answer(std::string_view function) {
  if (!call_.idempotency_key) return std::nullopt;
  refuse_on_standby();
  if (call_.idempotency_key->empty()) throw wrong_key("must not be empty", Code::range);
  if (call_.idempotency_key->size() > kLongestCallKey)
    throw wrong_key("must have at most 255 bytes", Code::too_long);
  if (call_.dry_run) throw wrong_key("is not for a dry run", Code::range);
  // An answer belongs to one organization.
  if (call_.organization.id == 0) throw no_organization();
  KeptAnswers::check_table(space_, "idempotency_key");
  std::string asked(function);
  for (const std::string& part : {profile_->name, options_json(options, call_.field_actions),
                                  std::string(options.skip_rejects ? "skip" : "abort"),
                                  std::to_string(static_cast<int>(options.on_duplicate)),
                                  std::string(call_.organization.fixed ? "fixed" : "")})
    (asked += '\n') += part;
  const std::int32_t hours = profile_->http ? profile_->http->idempotency_hours : 24;
  kept_ = std::make_unique<KeptAnswers>(schema_, call_.organization.id,
                                        KeyedCall{*call_.idempotency_key, asked, hours});
  Arena arena;
  try {
    const auto first = kept_->find_or_claim(call_.document, call_.text ? TEXTOID : JSONBOID, arena);
    return first ? std::optional(first->body) : std::nullopt;
  } catch (const KeptAnswers::OtherCall&) {
    const std::string message = "was used for another call";
    throw Refusal(Refused::precondition, "idempotency_key " + message, "Pass another one.",
                  {{Code::precondition, "idempotency_key", message, {}}});
  }
}

// It is moved, which clang-tidy does not see. NOLINTNEXTLINE(performance-unnecessary-value-param)
void Upsert::keep(std::string answer) { kept_->keep({200, std::move(answer), {}}); }

}  // namespace product_upsert
