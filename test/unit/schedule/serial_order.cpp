#include "unit/schedule/serial_order.hpp"

#include <algorithm>
#include <bit>
#include <iterator>

namespace product_upsert::schedules {

namespace {

// Columns that differ from run to run, or are told otherwise.
bool is_left_out(Column c) {
  return c == Column::id || c == Column::uuid || c == Column::created_at || c == Column::updated_at;
}

// Of "rejected: taken sku, required name".
std::vector<std::string> failures_in(const std::string& text) {
  std::vector<std::string> all;
  const std::size_t colon = text.find(": ");
  for (std::size_t at = colon == std::string::npos ? text.size() : colon + 2; at < text.size();) {
    const std::size_t end = std::min(text.find(", ", at), text.size());
    all.push_back(text.substr(at, end - at));
    at = end + 2;
  }
  return all;
}

std::uint32_t all_documents(const Step& step) { return (1U << step.documents.size()) - 1U; }

}  // namespace

std::string tell_state(const Database& database, const Labels& labels) {
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < kTables; ++i) {
    const auto t = static_cast<Table>(i);
    if (t == Table::feature || t == Table::custom_field) continue;
    const int product = find_column(t, "product_id");
    const bool has_id = find_column(t, "id") >= 0;
    for (const Version& v : database.rows(t)) {
      if (!database.is_live(v)) continue;
      std::string line = std::string(info(t).name) + " in " + std::to_string(v.organization_id);
      if (t == Table::product)
        line += " " + label_of(labels, v.organization_id, v.values[0].as_integer().value_or(0));
      for (std::size_t c = 0; c < Database::width(t); ++c) {
        const Value& value = v.values[c];
        if (!value.has_value()) continue;
        if (t == Table::product) {
          const auto column = static_cast<Column>(c);
          if (is_left_out(column)) continue;
          line += ' ';
          line += info(column).name;
          line += ' ';
          if (column == Column::parent_product_id)
            line += label_of(labels, v.organization_id, value.as_integer().value_or(0));
          else value.write_json(line);
        } else if (static_cast<int>(c) == product) {
          line += " of " + label_of(labels, v.organization_id, value.as_integer().value_or(0));
        } else if (c > 0 || !has_id) {
          line += ' ';
          value.write_json(line);
        }
      }
      lines.push_back(std::move(line));
    }
  }
  std::sort(lines.begin(), lines.end());
  std::string out;
  for (const std::string& line : lines) out += line + "\n";
  return out;
}

std::string label_of(const Labels& labels, std::int64_t organization_id, std::int64_t id) {
  const auto it = labels.find({organization_id, id});
  return it == labels.end() ? "nobody's " + std::to_string(id) : it->second;
}

std::string label_created(std::size_t step, std::size_t document) {
  return "new " + std::to_string(step) + "." + std::to_string(document);
}

// A state in some order, with what steps answer there and come to.
struct SerialOrders::Node {
  Node(Database database, Labels labels)
      : database(std::move(database)),
        labels(std::move(labels)),
        state(tell_state(this->database, this->labels)) {}
  Database database;
  Labels labels;
  std::string state;
  using Key = std::pair<std::size_t, std::uint32_t>;
  std::map<Key, Outcome> outcomes;
  std::map<Key, std::unique_ptr<Node>> next;
};

struct SerialOrders::Search {
  const std::vector<Ran>& ran;
  const std::string& state;
  std::vector<char> done;
  // Which documents of each step are part of the order; the others are told on the way.
  std::vector<std::uint32_t> ordered;
  std::vector<Node*> path;
  std::string lacking;
};

SerialOrders::SerialOrders(const Database& stored) {
  Labels labels;
  for (const Version& v : stored.rows(Table::product)) {
    const std::int64_t id = v.values[0].as_integer().value_or(0);
    labels[{v.organization_id, id}] = std::to_string(id);
  }
  root_ = std::make_unique<Node>(stored.settled(arena_), std::move(labels));
}

SerialOrders::~SerialOrders() = default;

const SerialOrders::Outcome& SerialOrders::ask(Node& node, const Ran& ran,
                                               std::uint32_t documents) {
  after(node, ran, documents);
  return node.outcomes.at({ran.number, documents});
}

SerialOrders::Node& SerialOrders::after(Node& node, const Ran& ran, std::uint32_t documents) {
  auto& next = node.next[{ran.number, documents}];
  if (next) return *next;
  ++tried_;
  Database database = node.database.settled(arena_);
  NoTurns alone;
  Session session(0, database, alone);
  Outcome& outcome = node.outcomes[{ran.number, documents}];
  Labels labels = node.labels;
  session.begin(Isolation::read_committed);
  bool written = false;
  try {
    outcome.answer = run_step(*ran.step, session, session, database.rules(), documents);
    written = outcome.answer.refused.empty();
  } catch (const SqlError& error) {
    outcome.answer.refused = error.state;
  }
  std::size_t place = 0;
  for (const DocumentAnswer& d : outcome.answer.documents) {
    while ((documents >> place & 1U) == 0) ++place;
    const std::int64_t organization = d.organization_id;
    if (d.status == Status::created)
      labels[{organization, d.id}] = label_created(ran.number, place);
    outcome.labels.push_back(d.status == Status::rejected ? ""
                                                          : label_of(labels, organization, d.id));
    ++place;
  }
  if (written) session.commit();
  else session.rollback();
  next = std::make_unique<Node>(database.settled(arena_), std::move(labels));
  return *next;
}

// Whether the answers of the step agree with what it answers there with those documents; only the
// documents of `asked` are compared, of which the call has more.
bool agrees(const StepAnswer& was, const std::vector<std::string>& labels, const StepAnswer& is,
            const std::vector<std::string>& is_labels, std::uint32_t documents,
            std::uint32_t asked) {
  if (was.refused != is.refused || was.affected != is.affected) return false;
  std::size_t n = 0;
  for (std::size_t d = 0; d < was.documents.size(); ++d) {
    if ((documents >> d & 1U) == 0) continue;
    const std::size_t at = n++;
    if ((asked >> d & 1U) == 0) continue;
    if (was.documents[d].text != is.documents[at].text || labels[d] != is_labels[at]) return false;
  }
  return true;
}

std::string SerialOrders::explain(const std::vector<Ran>& ran, const std::string& state) {
  Search s{ran,
           state,
           std::vector<char>(ran.size(), 0),
           std::vector<std::uint32_t>(ran.size(), 0),
           {root_.get()},
           {}};
  for (std::size_t i = 0; i < ran.size(); ++i) {
    // What wrote nothing is told on the way.
    if (!ran[i].answer.wrote()) s.done[i] = 1;
  }
  if (search(s, *root_)) return {};
  return s.lacking.empty() ? "no order gives the answers" : s.lacking;
}

bool SerialOrders::search(Search& s, Node& node) {
  bool any = false;
  for (std::size_t i = 0; i < s.ran.size(); ++i) {
    if (s.done[i] != 0) continue;
    any = true;
    // In a session's own order.
    const bool early = std::any_of(
        s.ran.begin(), s.ran.begin() + static_cast<std::ptrdiff_t>(i), [&](const Ran& r) {
          return r.session == s.ran[i].session &&
                 s.done[static_cast<std::size_t>(&r - s.ran.data())] == 0;
        });
    if (early) continue;
    const StepAnswer& answer = s.ran[i].answer;
    const std::uint32_t all = all_documents(*s.ran[i].step);
    if (goes_on(s, node, i, all)) return true;
    std::uint32_t wrote = 0;
    for (std::size_t d = 0; d < answer.documents.size(); ++d)
      wrote |= answer.documents[d].wrote() ? 1U << d : 0U;
    if (wrote != all && goes_on(s, node, i, wrote)) return true;
  }
  if (any) return false;
  if (node.state != s.state) {
    if (s.lacking.empty())
      s.lacking = "an order gives the answers, but another state:\n" + node.state;
    return false;
  }
  for (std::size_t i = 0; i < s.ran.size(); ++i) {
    if (is_told(s, i)) continue;
    s.lacking = "an order gives the state, but step " + std::to_string(s.ran[i].number) +
                " is not told so in it";
    return false;
  }
  return true;
}

bool SerialOrders::goes_on(Search& s, Node& node, std::size_t index, std::uint32_t documents) {
  const Ran& ran = s.ran[index];
  const Outcome& outcome = ask(node, ran, documents);
  if (!agrees(ran.answer, ran.labels, outcome.answer, outcome.labels, documents, documents))
    return false;
  Node& next = after(node, ran, documents);
  s.done[index] = 1;
  s.ordered[index] = documents;
  s.path.push_back(&next);
  const bool found = search(s, next);
  s.path.pop_back();
  s.done[index] = 0;
  return found;
}

// Whether the documents of the step that are not part of the order would be answered so somewhere
// on the way: in the call as a whole, or in what was left of it when they were decided. Each
// failure by itself: what a document refers to is read before what it is.
bool SerialOrders::is_told(Search& s, std::size_t index) {
  const Ran& ran = s.ran[index];
  const std::uint32_t all = all_documents(*ran.step);
  const auto somewhere = [&](const std::vector<std::uint32_t>& calls, const auto& agrees) {
    return std::any_of(s.path.begin(), s.path.end(), [&](Node* node) {
      return std::any_of(calls.begin(), calls.end(), [&](std::uint32_t documents) {
        return agrees(ask(*node, ran, documents), documents);
      });
    });
  };
  const auto each_failure = [&](const std::vector<std::uint32_t>& calls, const std::string& text,
                                const auto& text_in) {
    const auto all_told = failures_in(text);
    return !all_told.empty() && std::all_of(all_told.begin(), all_told.end(), [&](const auto& f) {
      return somewhere(calls, [&](const Outcome& outcome, std::uint32_t documents) {
        const auto told = failures_in(text_in(outcome, documents));
        return std::find(told.begin(), told.end(), f) != told.end();
      });
    });
  };
  std::vector<std::uint32_t> calls;
  for (std::uint32_t documents = all; documents > 0; --documents) calls.push_back(documents);
  if (ran.answer.documents.empty()) {
    if (ran.answer.wrote()) return true;
    if (calls.empty()) calls.push_back(0);
    return somewhere(calls,
                     [&](const Outcome& o, std::uint32_t documents) {
                       return agrees(ran.answer, ran.labels, o.answer, o.labels, documents, 0);
                     }) ||
           each_failure(calls, ran.answer.refused,
                        [](const Outcome& o, std::uint32_t) { return o.answer.refused; });
  }
  for (std::size_t d = 0; d < ran.answer.documents.size(); ++d) {
    const std::uint32_t one = 1U << d;
    if ((s.ordered[index] & one) != 0) continue;
    std::vector<std::uint32_t> with;
    std::copy_if(calls.begin(), calls.end(), std::back_inserter(with),
                 [&](std::uint32_t documents) { return (documents & one) != 0; });
    const DocumentAnswer& answer = ran.answer.documents[d];
    const bool told = somewhere(with, [&](const Outcome& o, std::uint32_t documents) {
      return agrees(ran.answer, ran.labels, o.answer, o.labels, documents, one);
    });
    if (told) continue;
    if (answer.status != Status::rejected ||
        !each_failure(with, answer.text, [&](const Outcome& o, std::uint32_t documents) {
          const auto at = static_cast<std::size_t>(std::popcount(documents & (one - 1U)));
          return at < o.answer.documents.size() ? o.answer.documents[at].text : std::string();
        }))
      return false;
  }
  return true;
}

}  // namespace product_upsert::schedules
