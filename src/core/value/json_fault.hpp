#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/value/arena.hpp"
#include "core/value/value.hpp"

namespace product_upsert {

// Why a text cannot be read as JSON, or not be held by PostgreSQL's jsonb and numeric.
struct JsonFault {
  std::size_t at;       // byte, from 0
  std::string message;  // "',' or '}' is expected"
};
// Slow: for texts that JsonText has refused, to tell where and why.
std::optional<JsonFault> find_json_fault(std::string_view text);

// The end of the JSON value that begins at `at`, going by brackets and quotes alone; npos where the
// text ends before. Of what has neither: where white space, a comma or a closing bracket follows.
std::size_t skip_json(std::string_view text, std::size_t at);
std::size_t skip_json_space(std::string_view text, std::size_t at);

// A number as JSON writes it, and nothing else; nothing too where no numeric holds it.
std::optional<Value> read_json_number(std::string_view text, Arena& arena);

// What to do about a text that is not JSON but is often sent in its place; empty where it is none
// that we know. `at`: where the fault is. Without quotes and backslashes.
std::string_view json_advice(std::string_view text, std::size_t at);

// The text from there on, at most 64 characters of one line, as valid UTF-8.
std::string shown_piece(std::string_view text, std::size_t at);

}  // namespace product_upsert
