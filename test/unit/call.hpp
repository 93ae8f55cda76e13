#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/document/reader.hpp"
#include "core/upsert/engine.hpp"
#include "unit/memory_catalogue.hpp"

namespace product_upsert {

// One call, driven as src/pg drives it, from JSON text against a catalogue in memory. What it reads
// stays alive with it.
class Call {
 public:
  Call(MemoryCatalogue& catalogue, std::shared_ptr<const Profile> profile);
  Call(MemoryCatalogue& catalogue, const std::string& shipped_profile);

  Options options;
  std::int64_t organization_id = 1;
  std::unique_ptr<Batch> batch;
  std::unique_ptr<Engine> engine;

  // field_actions, as the option is given.
  Call& actions(std::string_view json);
  Call& skip();
  Call& products();  // asks for the stored products

  Call& read(std::string_view json, DocumentReader::Shape shape);
  Call& one(std::string_view json);   // reads a document and runs
  Call& many(std::string_view json);  // … an array of them
  // How the call was refused; empty message where it was not.
  std::string refused_one(std::string_view json);
  std::string refused_many(std::string_view json);

  const std::shared_ptr<const Profile>& profile() const { return profile_; }
  const Item& item(std::size_t i = 0) const { return batch->items.at(i); }
  std::int64_t id(std::size_t i = 0) const { return item(i).id; }
  std::string status(std::size_t i = 0) const { return name(item(i).status); }
  std::string statuses() const;  // "created updated"
  std::string decided_by(std::size_t i = 0) const;
  std::string changed(std::size_t i = 0) const;  // "name size"
  std::string codes(std::size_t i = 0) const;    // "required brand, type size"
  std::string errors(std::size_t i = 0) const;   // as in the errors column

 private:
  std::string refusal(std::string_view json, DocumentReader::Shape shape);
  MemoryCatalogue& catalogue_;
  std::shared_ptr<const Profile> profile_;
};

// "required brand, type size": the codes and fields of failures, in order.
std::string codes_of(const std::vector<Failure>& failures);

}  // namespace product_upsert
