#include "core/upsert/refused_rows.hpp"

#include <algorithm>

namespace product_upsert {

namespace {

void add(Failure& failure, const char* member, const std::string& text) {
  if (text.empty()) return;
  std::string json;
  write_json_string(text, json);
  failure.details.emplace_back(member, json);
}

}  // namespace

Failure failure_of(const WriteError& error, const Profile& profile) {
  constexpr const char* kNoPrivilege = "42501";
  Failure failure;
  failure.code = error.sqlstate == kNoPrivilege ? Code::permission : Code::constraint;
  if (error.table == "product" && !error.column.empty()) {
    const auto field =
        std::find_if(profile.fields.begin(), profile.fields.end(), [&](const Field& f) {
          return f.writes_column() && f.member.empty() && info(f.column).name == error.column;
        });
    failure.field = field == profile.fields.end() ? error.column : field->name;
  }
  failure.message = error.message;
  failure.sqlstate = error.sqlstate;
  failure.constraint = error.constraint;
  add(failure, "constraint", error.constraint);
  add(failure, "sqlstate", error.sqlstate);
  add(failure, "detail", error.detail);
  add(failure, "hint", error.hint);
  return failure;
}

}  // namespace product_upsert
