#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "core/value/value.hpp"

// Bodies of answers as a profile writes them: JSON, in whose texts {name} stands for a value and
// {name|otherwise} for a text where there is none. A text that is nothing but a variable becomes
// the value itself, of whatever kind; without a value its member is left out. {{ is a brace.
//   {"$each": template}                a list, of the template for each fault
//   {"$each": template, "$by": text}   an object: for each text that $by gives, a list
namespace product_upsert {

// Gives what a variable stands for; absent where there is nothing.
using Lookup = std::function<Value(std::string_view name)>;

// Refuses, with the path, a template that is malformed or has a variable that is not known.
void check_template(const Value& body, const std::string& path,
                    const std::function<bool(std::string_view name)>& known);

// `one` looks up for the body as a whole, each of `all` for a fault of "$each".
Value fill_template(const Value& body, const Lookup& one, std::span<const Lookup> all,
                    Arena& arena);

// What a variable may stand for, as JSON Schema, and whether it stands for anything in every case.
struct VariableSchema {
  std::string schema;
  bool always = true;
};
using DescribeVariable = std::function<VariableSchema(std::string_view name)>;

// What comes of a template, as JSON Schema.
std::string template_schema(const Value& body, const DescribeVariable& one,
                            const DescribeVariable& each);

}  // namespace product_upsert
