// product_upsert_trigger: upserts the rows inserted into a table or view as documents.
#include <optional>
#include <string>

#include "core/answer/answer.hpp"
#include "core/value/failure.hpp"
#include "pg/boundary/boundary.hpp"
#include "pg/boundary/settings.hpp"
#include "pg/functions/document_column.hpp"
#include "pg/functions/feed.hpp"
#include "pg/functions/rows.hpp"
#include "pg/types/jsonb.hpp"
#include "pg/types/varlena.hpp"

namespace product_upsert {

namespace {

struct TriggerArguments {
  std::string document = "document";
  std::string profile;
  std::optional<std::string> identifier;
  bool keep = false;  // whether rejects stay in the table
};

TriggerArguments read_arguments(const Trigger* trigger) {
  TriggerArguments arguments;
  if (trigger->tgnargs > 4) {
    throw Refusal(Refused::invalid, "product_upsert_trigger takes at most four arguments",
                  "They are: document column, profile, identifier field, abort or keep.");
  }
  const auto argument = [&](int i) {
    return i < trigger->tgnargs ? std::string(trigger->tgargs[i]) : std::string();
  };
  if (const auto a = argument(0); !a.empty()) arguments.document = a;
  const auto profile = argument(1);
  arguments.profile = !profile.empty() ? profile : profile_argument({Datum{0}, true});
  if (const auto a = argument(2); !a.empty()) arguments.identifier = a;
  const std::string rejects = argument(3);
  if (!rejects.empty() && rejects != "abort" && rejects != "keep") {
    throw Refusal(Refused::invalid, "\"" + rejects + "\" is not a valid treatment of rejects",
                  "The fourth argument of product_upsert_trigger must be abort or keep.");
  }
  arguments.keep = rejects == "keep";
  return arguments;
}

UpsertCall as_call(const TriggerArguments& arguments) {
  UpsertCall call;
  call.profile = arguments.profile;
  call.organization = organization_of_setting();
  call.options.identifier = arguments.identifier;
  call.options.skip_rejects = arguments.keep;
  return call;
}

constexpr const char* kTriggerProtocolViolated = "39P01";
constexpr const char* kNotSupported = "0A000";

[[noreturn]] void refuse_attachment(const TriggerData* trigger, const char* message) {
  const std::string table =
      Call([trigger] { return quote_identifier(RelationGetRelationName(trigger->tg_relation)); });
  const std::string hint =
      trigger->tg_relation->rd_rel->relkind == RELKIND_VIEW
          ? "CREATE TRIGGER product_upsert INSTEAD OF INSERT ON " + table +
                " FOR EACH ROW EXECUTE FUNCTION product_upsert_trigger()"
          : "CREATE TRIGGER product_upsert AFTER INSERT ON " + table +
                " REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION "
                "product_upsert_trigger(), or BEFORE INSERT ... FOR EACH ROW to have the answer in "
                "the row.";
  throw Refusal(Refused::precondition, message, hint).with_sqlstate(kTriggerProtocolViolated);
}

void check_attachment(const TriggerData* trigger) {
  const TriggerEvent event = trigger->tg_event;
  if (!TRIGGER_FIRED_BY_INSERT(event))
    refuse_attachment(trigger, "product_upsert_trigger must be fired by INSERT alone");
  if (TRIGGER_FIRED_FOR_ROW(event)) {
    if (TRIGGER_FIRED_AFTER(event)) {
      refuse_attachment(trigger,
                        "product_upsert_trigger cannot be fired AFTER INSERT for each row");
    }
    return;
  }
  if (TRIGGER_FIRED_BEFORE(event)) {
    refuse_attachment(trigger,
                      "product_upsert_trigger cannot be fired BEFORE INSERT for each statement");
  }
  if (trigger->tg_trigger->tgnewtable == nullptr) {
    refuse_attachment(
        trigger, "product_upsert_trigger for each statement needs a transition table of new rows");
  }
}

// --- for each statement ---

class NoAnswer final : public Feed::Answer {
 public:
  void batch(const Batch&) override {}
  void restart() override {}
  void put_in_order() override {}
};

void upsert_statement(Upsert& call, const TriggerArguments& arguments, TriggerData* trigger) {
  if (arguments.keep) {
    throw Refusal(Refused::precondition,
                  "a trigger for each statement cannot keep rejects in the row",
                  "The rows are stored by then. Use a BEFORE INSERT trigger for each row, or "
                  "product_upsert_from with on_error => 'skip'.")
        .with_sqlstate(kNotSupported);
  }
  const DocumentColumn column = find_document_column(trigger->tg_relation, arguments.document);
  TransitionDocuments documents(trigger->tg_newtable, trigger->tg_relation, column.number);
  Feed feed(call, documents, column.is_text);
  NoAnswer answer;
  feed.run(answer);
}

// --- for each row ---

// The number of the column for an answer; 0 if the relation has no column of that name.
int find_answer_column(Relation relation, const char* name, Oid type) {
  const TupleDesc columns = RelationGetDescr(relation);
  const int number = Call([columns, name] { return SPI_fnumber(columns, name); });
  if (number <= 0) return 0;
  const FormData_pg_attribute* const column = TupleDescAttr(columns, number - 1);
  if (column->atttypid != type) {
    const std::string wanted = Call([type] { return format_type_be(type); });
    const std::string found = Call([column] { return format_type_be(column->atttypid); });
    throw Refusal(Refused::invalid,
                  column_in_words(relation, name) + " must be " + wanted + ", not " + found,
                  "product_upsert_trigger writes what became of the document into the columns id, "
                  "status and errors.",
                  {{Code::type, name, "must be " + wanted + ", not " + found, {}}})
        .with_sqlstate(kDatatypeMismatch);
  }
  if (column->attgenerated != '\0') {
    throw Refusal(Refused::precondition, column_in_words(relation, name) + " must not be generated",
                  "", {{Code::precondition, name, "must not be generated", {}}})
        .with_sqlstate(kNotSupported);
  }
  return number;
}

class AnswerColumns {
 public:
  explicit AnswerColumns(Relation relation)
      : relation_(relation),
        id_(find_answer_column(relation, "id", INT8OID)),
        status_(find_answer_column(relation, "status", TEXTOID)),
        errors_(find_answer_column(relation, "errors", JSONBOID)) {}

  bool can_keep_rejects() const { return status_ != 0 || errors_ != 0; }

  HeapTuple fill(HeapTuple row, const Item& item) const {
    int columns[3];
    Datum values[3] = {};
    bool nulls[3] = {};
    int count = 0;
    const auto put = [&](int column, Datum value, bool is_null) {
      columns[count] = column;
      values[count] = value;
      nulls[count++] = is_null;
    };
    if (id_ != 0) put(id_, Int64GetDatum(item.id), item.id == 0);
    if (status_ != 0) put(status_, make_text(name(item.status)), false);
    if (errors_ != 0) {
      bool is_null;
      const Datum errors = errors_column(item, 0, is_null);
      put(errors_, errors, is_null);
    }
    if (count == 0) return row;
    return Call([row, descriptor = RelationGetDescr(relation_), count,
                 c = static_cast<int*>(columns), v = static_cast<Datum*>(values),
                 n = static_cast<bool*>(nulls)] {
      return heap_modify_tuple_by_cols(row, descriptor, count, c, v, n);
    });
  }

 private:
  Relation relation_;
  int id_, status_, errors_;
};

void add_document(Upsert& call, const TriggerArguments& arguments, const TriggerData* trigger) {
  const DocumentColumn column = find_document_column(trigger->tg_relation, arguments.document);
  bool is_null;
  const Datum document = Call([trigger, number = column.number, is_null = &is_null] {
    return SPI_getbinval(trigger->tg_trigtuple, RelationGetDescr(trigger->tg_relation), number,
                         is_null);
  });
  if (is_null) return call.add_null();
  if (column.is_text) call.add_text(document);
  else call.add(document);
}

HeapTuple upsert_row(Upsert& call, const TriggerArguments& arguments, const TriggerData* trigger,
                     MemoryContext memory) {
  const AnswerColumns answer(trigger->tg_relation);
  if (arguments.keep && !answer.can_keep_rejects()) {
    throw Refusal(Refused::precondition,
                  '"' + std::string(RelationGetRelationName(trigger->tg_relation)) +
                      "\" has no column to keep rejects in",
                  "Add the columns status (text) and errors (jsonb).")
        .with_sqlstate(kNotSupported);
  }
  call.begin(DocumentReader::Shape::each);
  call.batch().bulk = false;  // no position needed: the document is the row
  add_document(call, arguments, trigger);
  call.run_batch();
  MemoryContextSwitchTo(memory);
  return answer.fill(trigger->tg_trigtuple, call.batch().items.front());
}

}  // namespace

PRODUCT_UPSERT_FUNCTION(product_upsert_trigger) {
  if (!CALLED_AS_TRIGGER(fcinfo)) {
    throw Refusal(Refused::precondition, "product_upsert_trigger must be called as a trigger")
        .with_sqlstate(kTriggerProtocolViolated);
  }
  auto* const trigger = reinterpret_cast<TriggerData*>(fcinfo->context);
  check_attachment(trigger);
  const TriggerArguments arguments = read_arguments(trigger->tg_trigger);
  const MemoryContext memory = CurrentMemoryContext;
  Upsert call(installation_of(fcinfo), as_call(arguments));
  HeapTuple row = nullptr;
  if (TRIGGER_FIRED_FOR_ROW(trigger->tg_event)) row = upsert_row(call, arguments, trigger, memory);
  else upsert_statement(call, arguments, trigger);
  call.finish();
  return PointerGetDatum(row);
}

}  // namespace product_upsert
