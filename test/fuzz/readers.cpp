#include "fuzz/readers.hpp"

#include "core/value/events.hpp"
#include "core/value/failure.hpp"
#include "core/value/json_fault.hpp"
#include "core/value/json_text.hpp"

namespace product_upsert {

std::string readers_disagree(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) return {};  // which nlohmann alone skips
  Arena arena;
  const std::string padded = std::string(text) + std::string(JsonText::kPadding, ']');
  JsonText reader;
  const auto read = reader.read({padded.data(), text.size()}, arena, arena);
  const auto fault = find_json_fault(text);
  if (read.has_value() == fault.has_value())
    return read ? "read, although at byte " + std::to_string(fault->at) + " " + fault->message
                : "not read, although without a fault";
  // Where nlohmann stops; no text of PostgreSQL's has it.
  if (text.find('\0') != std::string_view::npos) return {};
  try {
    const std::string other = parse_json(text, arena).json();
    if (!read)
      return "nlohmann takes it; at byte " + std::to_string(fault->at) + " " + fault->message;
    if (read->json() != other) return "nlohmann makes something else of it";
  } catch (const Refusal& refused) {
    // It gives up on numbers that no double holds.
    if (read && refused.hint.find("out_of_range") == std::string::npos)
      return std::string("nlohmann does not take it: ") + refused.what() + " " + refused.hint;
  }
  return {};
}

}  // namespace product_upsert
