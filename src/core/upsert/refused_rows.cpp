#include "core/upsert/refused_rows.hpp"

#include <algorithm>

namespace product_upsert {

namespace {

void add(Details& details, const char* member, const std::string& text) {
  if (!text.empty()) details.text(member, text);
}

}  // namespace

std::string field_of(const std::string& column, const Profile& profile) {
  const auto field =
      std::find_if(profile.fields.begin(), profile.fields.end(), [&](const Field& f) {
        return f.writes_column() && f.member.empty() && info(f.column).name == column;
      });
  return field == profile.fields.end() ? column : field->name;
}

Failure failure_of(const WriteError& error, const Profile& profile) {
  constexpr const char* kNoPrivilege = "42501";
  Failure failure;
  failure.code = error.sqlstate == kNoPrivilege ? Code::permission : Code::constraint;
  if (error.table == "product" && !error.column.empty())
    failure.field = field_of(error.column, profile);
  failure.message = error.message;
  failure.sqlstate = error.sqlstate;
  failure.constraint = error.constraint;
  Details details;
  add(details, "constraint", error.constraint);
  add(details, "sqlstate", error.sqlstate);
  add(details, "detail", error.detail);
  add(details, "hint", error.hint);
  failure.details = details;
  return failure;
}

}  // namespace product_upsert
