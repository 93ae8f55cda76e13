#include "core/profile/definition.hpp"

#include <algorithm>

#include "core/value/failure.hpp"
#include "core/value/text.hpp"

namespace product_upsert::definition {

void fault(const std::string& path, const std::string& what) {
  throw Refusal(Refused::invalid, (path.empty() ? std::string("$") : path) + ": " + what,
                "See doc/profiles.md for the language of profiles.",
                {{Code::format, path, what, {}}});
}

void Faults::raise() const {
  if (all_.empty()) return;
  std::string message =
      (all_.front().field.empty() ? "$" : all_.front().field) + ": " + all_.front().message;
  if (all_.size() > 1) message += " (and " + std::to_string(all_.size() - 1) + " more)";
  throw Refusal(Refused::invalid, message, "See doc/profiles.md for the language of profiles.",
                all_);
}

void expect(const Value& v, Kind kind, const std::string& path, const char* what) {
  if (v.kind() != kind) fault(path, std::string("must be ") + what);
}

void only(const Value& object, const std::string& path,
          std::initializer_list<std::string_view> known) {
  Faults faults;
  for (const Member& m : object.members()) {
    if (std::find(known.begin(), known.end(), m.key) != known.end()) continue;
    std::string valid;
    for (auto k : known) add_to_list(valid, k);
    faults.apart([&] {
      fault((path.empty() ? "" : path + ".") + std::string(m.key),
            "is not known here; valid are " + valid);
    });
  }
  faults.raise();
}

std::string text(const Value& v, const std::string& path) {
  expect(v, Kind::text, path, "text");
  if (v.as_text().empty()) fault(path, "must not be empty");
  return std::string(v.as_text());
}

bool flag(const Value& v, const std::string& path, bool otherwise) {
  if (v.is_absent()) return otherwise;
  expect(v, Kind::boolean, path, "true or false");
  return v.as_boolean();
}

std::optional<std::uint32_t> length(const Value& v, const std::string& path) {
  if (v.is_absent()) return std::nullopt;
  const auto n = v.as_integer();
  if (!n || *n < 0 || *n > 1'000'000'000)
    fault(path, "must be a whole number from 0 to 1000000000");
  return static_cast<std::uint32_t>(*n);
}

std::optional<Value> number(const Value& v, const std::string& path) {
  if (v.is_absent()) return std::nullopt;
  if (!v.is_number()) fault(path, "must be a number");
  return v;
}

std::vector<std::string> texts(const Value& v, const std::string& path) {
  if (v.is_absent()) return {};
  if (v.kind() == Kind::text) return {std::string(v.as_text())};
  expect(v, Kind::list, path, "text or a list of texts");
  std::vector<std::string> all;
  for (std::size_t i = 0; i < v.items().size(); ++i) {
    const Value& item = v.items()[i];
    expect(item, Kind::text, path + "." + std::to_string(i), "text");
    all.emplace_back(item.as_text());
  }
  if (all.empty()) fault(path, "must not be empty");
  return all;
}

int status(const Value& v, const std::string& path, std::optional<int> otherwise) {
  if (v.is_absent() && otherwise) return *otherwise;
  const auto n = v.as_integer();
  if (!n || *n < 100 || *n > 599) fault(path, "must be a status from 100 to 599");
  return static_cast<int>(*n);
}

}  // namespace product_upsert::definition
