#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "core/value/value.hpp"

// Templates of bodies in a profile: JSON whose texts contain {name} for a value, or
// {name|otherwise} for a text if there is no value. A text that consists only of a variable becomes
// the value itself, of any kind; if there is none, its member is left out. {{ is a brace.
//   {"$each": template}                a list, of the template for each fault
//   {"$each": template, "$by": text}   an object: for each text that $by gives, a list
namespace product_upsert {

// The value of a variable; absent if it has none.
using Lookup = std::function<Value(std::string_view name)>;

// Refuses, with the path, a template that is malformed or has an unknown variable.
void check_template(const Value& body, const std::string& path,
                    const std::function<bool(std::string_view name)>& known);

// `one` looks up for the body as a whole, each of `all` for a fault of "$each".
Value fill_template(const Value& body, const Lookup& one, std::span<const Lookup> all,
                    Arena& arena);

// The possible values of a variable, as JSON Schema, and whether it always has one.
struct VariableSchema {
  std::string schema;
  bool always = true;
};
using DescribeVariable = std::function<VariableSchema(std::string_view name)>;

// The result of a template, as JSON Schema.
std::string template_schema(const Value& body, const DescribeVariable& one,
                            const DescribeVariable& each);

}  // namespace product_upsert
