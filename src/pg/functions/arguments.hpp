#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/document/reader.hpp"
#include "core/value/failure.hpp"
#include "pg/boundary/compat.hpp"

namespace product_upsert {

struct UpsertCall;

// An argument of the functions that SQL calls. test/sql/arguments.sql checks that the functions of
// sql/install have the same arguments, with the same types and defaults, in the same order.
// recipe: option
struct Argument {
  std::string_view name;
  const char* type;      // in SQL's notation
  const char* fallback;  // its default in SQL's notation; null: none
  // Copies the given value to the call; null if the function itself reads it. Throws Refusal.
  void (*read)(const NullableDatum& given, UpsertCall& call) = nullptr;
};

namespace argument {

void read_document(const NullableDatum& given, UpsertCall& call);
void read_document_text(const NullableDatum& given, UpsertCall& call);
void read_identifier_field(const NullableDatum& given, UpsertCall& call);
void read_custom_field_reference(const NullableDatum& given, UpsertCall& call);
void read_field_actions(const NullableDatum& given, UpsertCall& call);
void read_profile(const NullableDatum& given, UpsertCall& call);
void read_organization_id(const NullableDatum& given, UpsertCall& call);
void read_mode(const NullableDatum& given, UpsertCall& call);
void read_if_version(const NullableDatum& given, UpsertCall& call);
void read_on_error(const NullableDatum& given, UpsertCall& call);
void read_dry_run(const NullableDatum& given, UpsertCall& call);
void read_on_duplicate(const NullableDatum& given, UpsertCall& call);
void read_idempotency_key(const NullableDatum& given, UpsertCall& call);

inline constexpr Argument document{"document", "jsonb", nullptr, read_document};
inline constexpr Argument documents{"documents", "jsonb", nullptr, read_document};
// Functions with it exist for json too.
inline constexpr Argument document_text{"document", "text", nullptr, read_document_text};
inline constexpr Argument documents_text{"documents", "text", nullptr, read_document_text};

inline constexpr Argument identifier_field{"identifier_field", "text", "NULL",
                                           read_identifier_field};
inline constexpr Argument custom_field_reference{"custom_field_reference", "text", "NULL",
                                                 read_custom_field_reference};
inline constexpr Argument field_actions{"field_actions", "jsonb", "NULL", read_field_actions};
inline constexpr Argument profile{"profile", "text", "NULL", read_profile};
inline constexpr Argument organization_id{"organization_id", "bigint", "NULL",
                                          read_organization_id};
inline constexpr Argument mode{"mode", "text", "'upsert'", read_mode};
inline constexpr Argument if_version{"if_version", "integer", "NULL", read_if_version};
inline constexpr Argument on_error{"on_error", "text", "'abort'", read_on_error};
inline constexpr Argument dry_run{"dry_run", "boolean", "false", read_dry_run};
inline constexpr Argument on_duplicate{"on_duplicate", "text", "'reject'", read_on_duplicate};
inline constexpr Argument idempotency_key{"idempotency_key", "text", "NULL", read_idempotency_key};

// For product_upsert_from and product_import_rows.
inline constexpr Argument source{"source", "regclass", nullptr};
inline constexpr Argument document_column{"document_column", "name", "'document'"};
inline constexpr Argument key_column{"key_column", "name", "NULL"};
inline constexpr Argument before{"before", "bigint", nullptr};
inline constexpr Argument cells{"cells", "boolean", nullptr};
// For product_import_plan.
inline constexpr Argument parts{"parts", "integer", nullptr};

// For product_get and product_request.
inline constexpr Argument id{"id", "bigint", nullptr};
inline constexpr Argument profile_name{"name", "text", nullptr};
inline constexpr Argument request_profile{"profile", "text", nullptr};
inline constexpr Argument method{"method", "text", nullptr};
inline constexpr Argument path{"path", "text", nullptr};
inline constexpr Argument body{"body", "jsonb", "NULL"};
inline constexpr Argument body_text{"body", "text", "NULL"};
inline constexpr Argument parameters{"parameters", "jsonb", "'{}'"};
inline constexpr Argument headers{"headers", "jsonb", "'{}'"};

}  // namespace argument

// A function's arguments, in order.
template <std::size_t N>
using ArgumentList = std::array<const Argument*, N>;
using Arguments = std::span<const Argument* const>;

template <std::size_t N, std::size_t M>
consteval ArgumentList<N + M> operator+(const ArgumentList<N>& first,
                                        const ArgumentList<M>& second) {
  ArgumentList<N + M> all{};
  for (std::size_t i = 0; i < N; ++i) all[i] = first[i];
  for (std::size_t i = 0; i < M; ++i) all[N + i] = second[i];
  return all;
}

template <std::size_t N>
consteval int position_of(const Argument& argument, const ArgumentList<N>& all) {
  for (std::size_t i = 0; i < N; ++i) {
    // Under UBSan, g++ 12 compares no addresses at compile time.
    if (all[i]->name == argument.name) return static_cast<int>(i);
  }
  throw "the function has no such argument";
}

namespace arguments {

// The options of every function that takes documents, and those of functions that take many.
inline constexpr ArgumentList<7> kOptions{
    &argument::identifier_field, &argument::custom_field_reference, &argument::field_actions,
    &argument::profile,          &argument::organization_id,        &argument::mode,
    &argument::if_version};
inline constexpr ArgumentList<3> kBulkOptions{&argument::on_error, &argument::dry_run,
                                              &argument::on_duplicate};

inline constexpr auto kMatch = ArgumentList<1>{&argument::document} + kOptions;
inline constexpr auto kMatchText = ArgumentList<1>{&argument::document_text} + kOptions;
inline constexpr ArgumentList<2> kSingleOptions{&argument::dry_run, &argument::idempotency_key};
inline constexpr auto kUpsert = kMatch + kSingleOptions;
inline constexpr auto kUpsertText = kMatchText + kSingleOptions;
inline constexpr ArgumentList<1> kOnce{&argument::idempotency_key};
inline constexpr auto kBulk =
    ArgumentList<1>{&argument::documents} + kOptions + kBulkOptions + kOnce;
inline constexpr auto kBulkText =
    ArgumentList<1>{&argument::documents_text} + kOptions + kBulkOptions + kOnce;
inline constexpr auto kSource =
    ArgumentList<2>{&argument::source, &argument::document_column} + kOptions + kBulkOptions;
inline constexpr auto kFrom = kSource + ArgumentList<1>{&argument::key_column};
// recipe: import
inline constexpr auto kImportRows = kSource + ArgumentList<2>{&argument::before, &argument::cells};
inline constexpr auto kImportPlan =
    kOptions + kBulkOptions + ArgumentList<2>{&argument::cells, &argument::parts};
inline constexpr ArgumentList<3> kGet{&argument::id, &argument::profile,
                                      &argument::organization_id};
inline constexpr ArgumentList<6> kRequest{
    &argument::request_profile, &argument::method, &argument::path, &argument::body,
    &argument::parameters,      &argument::headers};
inline constexpr ArgumentList<6> kRequestText{
    &argument::request_profile, &argument::method,     &argument::path,
    &argument::body_text,       &argument::parameters, &argument::headers};
inline constexpr ArgumentList<1> kProfileSchema{&argument::profile_name};

}  // namespace arguments

// Throws other_functions() for a call with fewer arguments. Call it before fcinfo->args is read by
// position.
void check_arity(FunctionCallInfo fcinfo, Arguments all);
// Reads the arguments, without checking them against the profile. Throws Refusal.
UpsertCall read_call(FunctionCallInfo fcinfo, Arguments all);

// A text, empty if it is null. It is a copy, so the argument may be freed.
std::optional<std::string> text_argument(const NullableDatum& given);
// The argument, or the setting product_upsert.organization_id if it is null. Throws Refusal.
std::int64_t organization_argument(const NullableDatum& given);
// The same for a call that names no organization, whose documents may name theirs.
ForOrganization organization_of_setting();
// 22004, for a call that must name its organization (product_upsert.require_organization).
Refusal no_organization();
// The argument, or the setting product_upsert.profile if it is null.
std::string profile_argument(const NullableDatum& given);

}  // namespace product_upsert
