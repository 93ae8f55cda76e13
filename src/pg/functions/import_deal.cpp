// Divides the next batch of an import into parts and sends them to its workers, on the side of the
// session that calls product_import.
#include <algorithm>

#include "core/upsert/parts.hpp"
#include "pg/boundary/boundary.hpp"
#include "pg/boundary/in_context.hpp"
#include "pg/functions/import_crew.hpp"
#include "pg/functions/upsert.hpp"
#include "pg/sql/cursor.hpp"

namespace product_upsert {

namespace {

constexpr const char* kAhead =
    "SELECT s.\"position\", s.key, s.document FROM pg_temp.product_import_ahead s "
    "ORDER BY s.\"position\"";
// The most documents that are read before they are looked at.
constexpr std::uint64_t kMostTogether = 500;

// The parts of the documents in product_import_ahead. They are kept in the session after planning,
// until they are sent.
std::vector<Parts::Share>* shares = nullptr;

class Planned final : public RowSink {
 public:
  Planned(Upsert& call, MemoryContext memory) : call_(call), memory_(memory) {}
  void row(const Row& row) override {
    const InContext memory(memory_);
    if (row.is_null(2)) call_.add_null();
    else if (row.type(2) == JSONBOID) call_.add(row.datum(2));
    else call_.add_text(row.datum(2));
    Arena arena;
    keys_.push_back(row.is_null(1) ? 0 : hash_text(view_text(row.datum(1), arena)));
  }
  void add_keys(Parts& parts) {
    auto document = static_cast<std::uint32_t>(parts.size() - keys_.size());
    for (const std::uint64_t key : keys_) parts.add_key(document++, key);
    keys_.clear();
  }

 private:
  Upsert& call_;
  MemoryContext memory_;
  std::vector<std::uint64_t> keys_;  // hashed; rows of one key stay together
};

void send(int worker, ToWorker what, const char* text, bool flush) {
  const bool sent = Call([=] {
    shm_mq_iovec pieces[] = {{reinterpret_cast<const char*>(&what), sizeof what},
                             {text, strlen(text)}};
    return send_to_worker(worker, static_cast<shm_mq_iovec*>(pieces), 2, flush);
  });
  if (!sent) refuse_ended(worker);
}

class Sent final : public RowSink {
 public:
  explicit Sent(MemoryContext memory) : memory_(memory) {}
  void row(const Row& row) override {
    const Parts::Share share = shares->at(document_++);
    const NullableDatum document{row.datum(2), row.is_null(2)};
    const NullableDatum key{row.datum(1), row.is_null(1)};
    const InContext memory(memory_);
    const bool sent = Call([=, position = DatumGetInt64(row.datum(0))] {
      return send_document(share, position, document, key);
    });
    if (!sent) refuse_ended(share.part);
  }

 private:
  static bool send_document(Parts::Share share, std::int64_t position, NullableDatum document,
                            NullableDatum key) {
    const varlena* const bytes = document.isnull ? nullptr : PG_DETOAST_DATUM(document.value);
    const varlena* const name = key.isnull ? nullptr : PG_DETOAST_DATUM_PACKED(key.value);
    DocumentMessage message{};
    message.what = ToWorker::document;
    message.alone = share.alone;
    message.is_null = document.isnull;
    message.document_size = bytes == nullptr ? 0 : VARSIZE(bytes);
    message.position = position;
    shm_mq_iovec pieces[] = {
        {reinterpret_cast<const char*>(&message), sizeof message},
        {reinterpret_cast<const char*>(bytes), message.document_size},
        {name == nullptr ? "" : VARDATA_ANY(name), name == nullptr ? 0 : VARSIZE_ANY_EXHDR(name)}};
    const bool sent = send_to_worker(share.part, static_cast<shm_mq_iovec*>(pieces), 3, false);
    MemoryContextReset(CurrentMemoryContext);
    return sent;
  }

  MemoryContext memory_;
  std::size_t document_ = 0;
};

MemoryContext make_context() {
  return Call([] {
    return AllocSetContextCreate(CurrentMemoryContext, "product_import documents",
                                 ALLOCSET_DEFAULT_SIZES);
  });
}

}  // namespace

PRODUCT_UPSERT_FUNCTION(product_import_plan) {
  using arguments::kImportPlan;
  const NullableDatum& cells = fcinfo->args[position_of(argument::cells, kImportPlan)];
  const NullableDatum& count = fcinfo->args[position_of(argument::parts, kImportPlan)];
  Upsert call(fcinfo, kImportPlan);
  call.options.read_only = true;
  if (!cells.isnull && DatumGetBool(cells.value)) call.take_cells();
  const int most = count.isnull ? 1 : std::clamp(DatumGetInt32(count.value), 1, kMostWorkers);
  const MemoryContext memory = make_context();
  Parts parts = call.make_parts();
  Planned planned(call, memory);
  KeptSnapshot snapshot;
  Cursor cursor(kAhead, snapshot);
  for (std::uint64_t fetched = kMostTogether; fetched == kMostTogether;) {
    call.begin(DocumentReader::Shape::each, parts.size());
    fetched = cursor.fetch(static_cast<long>(kMostTogether), planned);
    call.add_to(parts);
    planned.add_keys(parts);
    Call([memory] { MemoryContextReset(memory); });
  }
  cursor.close();
  snapshot.release();
  if (shares == nullptr) shares = new std::vector<Parts::Share>;
  *shares = parts.deal(static_cast<std::uint16_t>(most));
  const auto documents = static_cast<std::int64_t>(parts.size());
  Call([memory] { MemoryContextDelete(memory); });
  call.finish();
  return Int64GetDatum(documents);
}

PRODUCT_UPSERT_FUNCTION(product_import_deal) {
  const MemoryContext caller = CurrentMemoryContext;
  std::vector<bool> has(static_cast<std::size_t>(crew_size()));
  if (shares == nullptr) throw Refusal(Refused::precondition, "no documents are planned");
  check_crew_user();
  for (const Parts::Share& share : *shares) {
    if (share.part >= has.size()) throw Refusal(Refused::precondition, "the import has no workers");
    has[share.part] = true;
  }
  const text* const work = Call([given = fcinfo->args[0].value] { return DatumGetTextPP(given); });
  const std::string json(VARDATA_ANY(work), VARSIZE_ANY_EXHDR(work));
  for (int w = 0; w < crew_size(); ++w) {
    if (has[static_cast<std::size_t>(w)]) send(w, ToWorker::work, json.c_str(), false);
  }
  Spi spi;
  spi.connect();
  KeptSnapshot snapshot;
  Cursor cursor(kAhead, snapshot);
  const MemoryContext memory = make_context();
  Sent sent(memory);
  while (cursor.fetch(static_cast<long>(kMostTogether), sent) == kMostTogether) {
  }
  cursor.close();
  snapshot.release();
  Call([memory] { MemoryContextDelete(memory); });
  spi.finish();
  std::vector<Datum> dealt;
  for (int w = 0; w < crew_size(); ++w) {
    if (!has[static_cast<std::size_t>(w)]) continue;
    send(w, ToWorker::end, "", true);
    dealt.push_back(Int32GetDatum(w));
  }
  MemoryContextSwitchTo(caller);
  return Call([numbers = dealt.data(), count = static_cast<int>(dealt.size())] {
    return PointerGetDatum(
        construct_array(numbers, count, INT4OID, sizeof(int32), true, TYPALIGN_INT));
  });
}

}  // namespace product_upsert
