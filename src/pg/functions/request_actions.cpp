#include "pg/functions/request_actions.hpp"

#include <algorithm>

#include "core/answer/answer.hpp"
#include "core/document/reader.hpp"
#include "core/related/related_fields.hpp"
#include "core/value/text.hpp"
#include "pg/boundary/boundary.hpp"
#include "pg/boundary/settings.hpp"
#include "pg/functions/request_products.hpp"
#include "pg/store/change_feed.hpp"
#include "pg/store/kept_answers.hpp"
#include "pg/store/request_store.hpp"
#include "pg/types/jsonb.hpp"

namespace product_upsert {

namespace {

// The number of times that a product is read again because it changed between being read and being
// deleted.
constexpr int kMostRounds = 20;

class RequestAction {
 public:
  RequestAction(const Installation& installation, const std::shared_ptr<const Profile>& profile,
                const RoutedRequest& request, std::optional<RequestBody> body)
      : installation_(installation),
        profile_(profile),
        request_(request),
        body_(body),
        store_(installation.schema, installation.space, profile->variant_columns),
        requests_(installation.schema, installation.space),
        products_(profile, request, store_, requests_) {}

  HttpAnswer run() {
    find_organization();
    products_.organization_id = organization_id_;
    check_rights();
    if (request_.idempotency_key.empty()) return act();
    KeptAnswers kept(installation_.schema, organization_id_,
                     {request_.idempotency_key, request_.asked, request_.idempotency_hours});
    if (auto first = find_answer(kept)) return *std::move(first);
    HttpAnswer answer = act();
    kept.keep(answer);
    return answer;
  }

 private:
  std::optional<HttpAnswer> find_answer(KeptAnswers& kept) {
    refuse_on_standby();
    Arena arena;
    const auto body = body_ ? std::optional<Datum>(body_->json) : std::nullopt;
    try {
      return kept.find_or_claim(body, body_ && !body_->is_text ? JSONBOID : TEXTOID, arena);
    } catch (const KeptAnswers::OtherCall&) {
      throw Rejection(In::header, Code::collision, "idempotency-key", "was used for another call");
    }
  }

  HttpAnswer act() {
    switch (request_.route->action) {
      case RouteAction::get: return get();
      case RouteAction::list: return list();
      case RouteAction::remove: return remove();
      default: return upsert();
    }
  }

  // The header contains an organization's reference, exactly, or its id. If nothing is stored of an
  // organization, only its id identifies it.
  void find_organization() {
    const HttpDefinition& http = *profile_->http;
    if (!request_.organization) {
      organization_id_ = default_organization_id().value_or(0);
      if (organization_id_ == 0 && !may_be_told_by_documents()) refuse_no_organization();
      return;
    }
    const std::string said(trim(*request_.organization));
    const std::int64_t by_id = read_id(said).value_or(0);
    const std::int64_t by_reference = requests_.find_organization(said).value_or(0);
    const bool known = by_id != 0 && requests_.is_known(by_id);
    if (known && by_reference != 0 && by_reference != by_id)
      throw Rejection(In::header, Code::collision, http.organization_header,
                      "names organization " + said + " by id, but another by reference");
    organization_id_ = by_reference != 0 ? by_reference : by_id;
    if (organization_id_ == 0 || (http.organization_known && organization_id_ == by_id && !known))
      throw Rejection(In::header, Code::not_found, http.organization_header,
                      "names no known organization: " + said);
  }

  [[noreturn]] void refuse_no_organization() const {
    const std::string& header = profile_->http->organization_header;
    if (!header.empty()) throw Rejection(In::header, Code::required, header, "is required");
    throw Rejection(In::call, Code::required, "",
                    "an organization is required, which no header of the profile names");
  }

  // False with an idempotency key, since a kept answer belongs to one organization.
  bool may_be_told_by_documents() const {
    const RouteAction action = request_.route->action;
    return writes(action) && action != RouteAction::remove && request_.idempotency_key.empty() &&
           organization_field(*profile_) != nullptr;
  }

  bool may(Right right) { return store_.may(right, organization_id_); }

  // If documents name their organizations, the engine checks the rights of each.
  void check_rights() {
    const auto need = [](bool held, const char* what) {
      if (!held)
        throw Rejection(In::call, Code::permission, "",
                        std::string("permission denied to ") + what);
    };
    switch (request_.route->action) {
      case RouteAction::get:
      case RouteAction::list: return need(may(Right::view), "read products");
      case RouteAction::remove: return need(may(Right::remove), "delete products");
      default: break;
    }
    if (organization_field(*profile_) != nullptr) return;
    switch (request_.route->action) {
      case RouteAction::create: return need(may(Right::create), "create products");
      case RouteAction::update: return need(may(Right::update), "update products");
      default: need(may(Right::create) || may(Right::update), "create or update products");
    }
  }

  HttpAnswer get() {
    const auto batch = products_.read_named();
    check_version(batch->items.front());
    return answer_product(*batch, batch->items.front());
  }

  HttpAnswer list() {
    RoutedRequest request = with_custom_fields();
    std::optional<std::int64_t> total;
    if (tells_total(*profile_->http, *request.route))
      total = requests_.count(organization_id_, request);
    const auto ids = read_page(request, total);
    auto batch = products_.read_listed(ids);
    if (products_.give_uuids(*batch)) batch = products_.read_listed(ids);
    products_.show_uuids(*batch);
    std::vector<Value> products;
    for (const Item& item : batch->items)
      products.push_back(product_answer(*profile_, organization_id_, batch->answer_columns, item.id,
                                        item.result, batch->related_answers.get(), batch->arena));
    return {request.route->status,
            list_answer(*profile_->http, request, products, total.value_or(0), batch->arena).json(),
            {}};
  }

  // If pages continue after an id, one more product is read, to know whether there is a next page.
  std::vector<std::int64_t> read_page(RoutedRequest& request, std::optional<std::int64_t> total) {
    const bool by_id = !profile_->http->paging.after_parameter.empty();
    const std::int64_t limit = request.limit;
    if (by_id) ++request.limit;
    auto ids = requests_.list(organization_id_, request, total);
    request.limit = limit;
    if (by_id && std::ssize(ids) > limit) {
      ids.pop_back();
      request.next_after = ids.back();
    }
    return ids;
  }

  // Replaces the keys of filters by custom field with those under which values are stored.
  RoutedRequest with_custom_fields() {
    RoutedRequest request = request_;
    CustomFields definitions;
    for (RoutedRequest::Filter& filter : request.filters) {
      if (filter.filter->column) continue;
      if (definitions.empty()) definitions = read_custom_fields(store_.related(), organization_id_);
      const CustomFieldNames names(definitions);
      for (std::size_t i = 0; i < filter.values.size(); i += 2)
        filter.values[i] = key_of(names, filter.values[i], filter.filter->name);
    }
    return request;
  }

  static std::string key_of(const CustomFieldNames& names, const std::string& reference,
                            const std::string& parameter) {
    const auto named = names.find(reference, NamedBy::reference);
    if (named.size() == 1) return named.front()->key;
    Failure unknown = unknown_custom_field(reference, parameter);
    throw Rejection({{cause_of(unknown.code), In::parameter, std::move(unknown)}});
  }

  // Adds the version as ETag; If-None-Match may contain it already.
  HttpAnswer answer_product(Batch& batch, const Item& item) {
    const std::string tag = "\"" + std::to_string(item.version) + "\"";
    HttpAnswer answer{request_.route->status, {}, {{"ETag", tag}}};
    if (request_.route->action == RouteAction::get && is_known(item.version)) {
      answer.status = 304;
      return answer;
    }
    answer.body = answer_one(batch, item).json();
    if (item.id == 0) answer.headers.clear();
    if (item.status != Status::created) return answer;
    const auto value = [&](Column c) {
      const ColumnSet& columns = batch.answer_columns;
      return columns.has(c) ? item.result[columns.index(c)] : Value();
    };
    if (const std::string path = location_of(*profile_->http, request_, value); !path.empty())
      answer.headers.emplace_back("Location", path);
    return answer;
  }

  // Whether If-None-Match contains the version.
  bool is_known(std::int32_t version) const {
    const std::string& known = request_.if_none_match;
    return known == "*" || known.find("\"" + std::to_string(version) + "\"") != std::string::npos;
  }

  void check_version(const Item& item) const {
    const auto& others = request_.or_versions;
    if (!request_.if_version || *request_.if_version == item.version ||
        std::find(others.begin(), others.end(), item.version) != others.end())
      return;
    throw Rejection(In::header, Code::precondition, "if-match",
                    "is not the product's version, which is " + std::to_string(item.version));
  }

  // recipe: feed
  HttpAnswer remove() {
    const Route& route = *request_.route;
    for (int round = 0; round < kMostRounds; ++round) {
      const auto batch = products_.read_named();
      const Item& item = batch->items.front();
      check_version(item);
      refuse_known(item.version);
      if (route.only_column) check_removable(*batch, item);
      HttpAnswer answer{route.status, answer_one(*batch, item).json(), {}};
      if (requests_.remove(organization_id_, item.id, item.version, route)) {
        if (change_feed()) {
          const DeletedProduct deleted{item.id, item.version};
          ChangeFeed(installation_.schema, installation_.space)
              .note_deletions(organization_id_, {&deleted, 1});
        }
        return answer;
      }
    }
    throw Refusal(Refused::serialization,
                  "could not delete the product because of concurrent writers", "Try again.");
  }

  void check_removable(const Batch& batch, const Item& item) const {
    const Route& route = *request_.route;
    const Value& held = item.result[batch.answer_columns.index(*route.only_column)];
    if (held.has_value() && std::find(route.only_values.begin(), route.only_values.end(),
                                      held.printed()) != route.only_values.end())
      return;
    const std::string field(profile_->name_of(*route.only_column));
    std::string allowed;
    for (const std::string& v : route.only_values) allowed += (allowed.empty() ? "" : " or ") + v;
    throw Rejection({{cause_of(Code::precondition),
                      In::path,
                      {Code::precondition, "",
                       "only a product whose " + field + " is " + allowed +
                           " can be deleted; it is " + (held.has_value() ? held.printed() : "null"),
                       Details().text("resource_id", request_.identifier)}}});
  }

  HttpAnswer upsert() {
    const Route& route = *request_.route;
    UpsertCall call;
    call.profile = profile_->name;
    call.organization = {organization_id_, request_.organization.has_value()};
    call.options.mode = route.action == RouteAction::create   ? Mode::create
                        : route.action == RouteAction::update ? Mode::update
                                                              : Mode::upsert;
    call.options.identifier = request_.identifier_field;
    call.options.custom_field = request_.custom_field_reference;
    call.field_actions = request_.field_actions;
    call.ignored = route.ignored;
    call.required = route.required;
    call.options.if_version = request_.if_version;
    call.options.or_versions = request_.or_versions;
    if (route.action == RouteAction::update) call.target = find_target();
    // Without a body, an empty document is read, so that the answer says what is missing.
    const std::string_view otherwise = route.set.empty() ? std::string_view("{}") : route.set;
    const bool as_sent = body_ && route.set.empty();
    call.document = as_sent ? body_->json : make_jsonb(otherwise);
    call.text = as_sent && body_->is_text;
    call.lines = DocumentText::Lines::no;
    Upsert upsert(installation_, std::move(call));
    const bool products = !route.many || profile_->bulk_answer == BulkAnswer::products;
    upsert.options.wants_products = products;
    try {
      upsert.run(route.many ? DocumentReader::Shape::many : DocumentReader::Shape::one);
    } catch (const Refusal& refusal) {
      if (refusal.kind == Refused::standby) throw;
      refuse_version(refusal);
      if (route.action == RouteAction::update &&
          std::any_of(refusal.errors.begin(), refusal.errors.end(),
                      [](const Failure& f) { return f.code == Code::not_found; }))
        products_.refuse_unknown();
      throw;
    }
    // Only the body itself is missing.
    if (!body_ && route.set.empty())
      throw Rejection(In::body, Code::required, "", "a body is required");
    Batch& batch = upsert.batch();
    check_existed(batch);
    check_unknown(batch);
    HttpAnswer answer = route.many ? HttpAnswer{route.status, answer_bulk_json(batch), {}}
                                   : answer_product(batch, batch.items.front());
    upsert.finish();
    return answer;
  }

  // If-None-Match of a call that writes: a product that exists must not have such a version.
  void check_unknown(const Batch& batch) const {
    for (const Item& item : batch.items) {
      if (item.status != Status::updated && item.status != Status::unchanged) continue;
      refuse_known(item.status == Status::updated ? item.version - 1 : item.version);
    }
  }

  void refuse_known(std::int32_t version) const {
    if (is_known(version))
      throw Rejection(In::header, Code::precondition, "if-none-match",
                      "does not fit: the product exists, in version " + std::to_string(version));
  }

  // If-Match: * requires that the product exists, in any version.
  void check_existed(const Batch& batch) const {
    if (!request_.if_any_version || request_.route->action == RouteAction::create) return;
    if (std::any_of(batch.items.begin(), batch.items.end(),
                    [](const Item& item) { return item.status == Status::created; }))
      throw Rejection(In::header, Code::precondition, "if-match",
                      "does not fit: the product does not exist");
  }

  // Of the preconditions that fail, the one without a field is that of If-Match.
  void refuse_version(const Refusal& refusal) const {
    if (!request_.if_version) return;
    for (const Failure& f : refusal.errors) {
      if (f.code == Code::precondition && f.field.empty())
        throw Rejection(In::header, Code::precondition, "if-match", "does not fit: " + f.message);
    }
  }

  // If the path may be one of several identifiers, the product is named by its id, so that the
  // document may change the others.
  std::pair<Column, Value> find_target() {
    if (request_.identifiers.empty()) products_.refuse_unknown();
    if (request_.route->identifiers.size() == 1) return request_.identifiers.front();
    const std::int64_t id = products_.read_named()->items.front().id;
    return {Column::id, *Value::parse_number(std::to_string(id), target_)};
  }

  const Installation& installation_;
  const std::shared_ptr<const Profile>& profile_;
  const RoutedRequest& request_;
  std::optional<RequestBody> body_;
  Store store_;
  RequestStore requests_;
  RequestedProducts products_;
  std::int64_t organization_id_ = 0;
  Arena target_;  // holds the value that find_target() returns
};

}  // namespace

HttpAnswer perform(const Installation& installation, const std::shared_ptr<const Profile>& profile,
                   const RoutedRequest& request, std::optional<RequestBody> body) {
  return RequestAction(installation, profile, request, body).run();
}

}  // namespace product_upsert
