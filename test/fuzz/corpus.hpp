#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/profile/profile.hpp"
#include "unit/memory_catalogue.hpp"

namespace product_upsert {

struct Subject {  // a profile and documents of it
  std::shared_ptr<const Profile> profile;
  std::vector<std::string> documents;
};

struct Definition {
  std::string json;
  std::vector<std::string> documents;
};

struct Corpus {
  std::vector<Subject> subjects;
  std::vector<Definition> definitions;
  std::vector<std::string> identifiers;  // of identifier_field, and one that is none
};

// Every profile of sql/profiles, with the documents of examples/ and some written by hand.
Corpus make_corpus();

// Rows of the other tables that those documents name.
void fill_related(MemoryCatalogue& products);

}  // namespace product_upsert
