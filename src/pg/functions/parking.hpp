#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/catalogue/identity.hpp"
#include "core/document/batch.hpp"
#include "core/document/document_text.hpp"
#include "core/document/options.hpp"
#include "pg/boundary/compat.hpp"
#include "pg/types/jsonb.hpp"

namespace product_upsert {

// The options of a call that decide the outcome of a document, as JSON. A waiting document is tried
// again with the same options, and a call with other options is another call for an idempotency
// key.
std::string options_json(const Options& options, const Value& field_actions);

// Parks the documents of a call that wait for rows that they name (`missing`: `park`), and removes
// waiting documents that a document of the call replaces. Use it within Spi.
class Parking {
 public:
  // The profile and the rules must outlive this object.
  Parking(std::string schema, Oid space, const Profile& profile, const IdentityRules& rules)
      : schema_(std::move(schema)), space_(space), profile_(profile), rules_(rules) {}

  // Begins a batch.
  void begin();
  // As documents are read, says where they are until park(): in a jsonb that holds all of them,
  // each in a jsonb, or in texts. Only needed if the profile may park documents.
  void note_list(const Jsonb* list) { list_ = list; }
  void note_row(std::size_t index, const Jsonb* row);
  DocumentText::Texts& texts() { return texts_; }

  // Call this after the batch is decided and written; calling it more often is harmless. `cells`:
  // documents are rows of a table.
  void park(Batch& batch, const Options& options, const Value& field_actions, bool cells);

 private:
  void forget_behind(Batch& batch);
  void replace(Batch& batch, const Options& options, const Value& field_actions, bool cells);
  std::vector<std::string> keys_of(Batch& batch, const Item& item) const;
  Value listed_documents(Arena& arena) const;
  std::string document_json(std::size_t index, bool cells, std::optional<Value>& listed,
                            Arena& kept) const;

  std::string schema_;
  Oid space_;
  const Profile& profile_;
  const IdentityRules& rules_;
  const Jsonb* list_ = nullptr;
  std::vector<const Jsonb*> rows_;
  DocumentText::Texts texts_;
  bool parked_ = false;
};

}  // namespace product_upsert
