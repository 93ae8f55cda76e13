#pragma once

#include <string_view>
#include <unordered_map>

#include "core/document/reader.hpp"
#include "core/value/json_text.hpp"

namespace product_upsert {

// Reads documents from JSON text and passes them to a DocumentReader, in the way that jsonb with
// the same content would be. A document that cannot be read is reported as such, and the others are
// read (fine point p), as long as their ends can be found.
class DocumentText {
 public:
  // Whether documents may come one a line instead of in a list.
  enum class Lines : bool { no, yes };

  // `memory` holds what of the documents does not stand in their text as it is.
  DocumentText(DocumentReader& reader, Arena& memory) : reader_(reader), memory_(memory) {}

  // Reads the whole input, in the reader's shape; Shape::each: one document. The text must outlive
  // the batch. It is not copied, except for documents at its very end.
  void read(std::string_view text, Lines lines);

  // The text of each document that can be read, by its place in the batch.
  using Texts = std::unordered_map<std::size_t, std::string_view>;
  // From now on; must outlive the reader of the text.
  void note_texts(Texts& texts) { texts_ = &texts; }

 private:
  void read_one(std::string_view text);
  void read_many(Lines lines);
  void read_lines();
  bool find_envelope(std::size_t object, std::size_t& list);
  bool has_key(std::string_view quoted, std::string_view key);
  void read_envelope(std::size_t object, std::size_t list);
  std::size_t read_list(std::size_t at);
  void read_behind(std::size_t at);
  bool read_document(std::string_view json, std::size_t line);
  void tell(const Value& value);
  void tell_fault(std::string_view json, std::size_t line);
  void tell_fault_at(const std::string& what, std::size_t at, std::size_t line,
                     std::size_t line_begin);
  std::optional<Value> read_value(std::string_view json);
  std::string_view padded(std::string_view json);

  DocumentReader& reader_;
  Arena& memory_;
  Arena containers_;
  JsonText json_;
  Texts* texts_ = nullptr;
  std::string_view text_;
  std::string_view shown_;  // the text without white space at its end, which may be padding
};

}  // namespace product_upsert
