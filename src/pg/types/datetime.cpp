#include "pg/types/datetime.hpp"

#include <array>
#include <string>

#include "core/value/failure.hpp"
#include "pg/boundary/boundary.hpp"

namespace product_upsert {

namespace {

constexpr int kLastFourDigitYear = 9999;
constexpr std::size_t kUuidText = 36;

[[noreturn]] void refuse(const char* type, std::string_view text) {
  throw Refusal(Refused::invalid,
                std::string("invalid ") + type + ": \"" + std::string(text) + "\"");
}

// Writes `count` digits; returns the end.
char* put(char* to, unsigned value, int count) {
  for (int i = count - 1; i >= 0; --i, value /= 10) to[i] = static_cast<char>('0' + value % 10);
  return to + count;
}

char* put_date(char* to, int year, int month, int day) {
  to = put(to, static_cast<unsigned>(year), 4);
  *to++ = '-';
  to = put(to, static_cast<unsigned>(month), 2);
  *to++ = '-';
  return put(to, static_cast<unsigned>(day), 2);
}

// Reads `count` digits at `at`; false if one of the characters is no digit.
bool take(std::string_view text, std::size_t at, std::size_t count, int& value) {
  if (text.size() < at + count) return false;
  value = 0;
  for (std::size_t i = at; i < at + count; ++i) {
    if (text[i] < '0' || text[i] > '9') return false;
    value = value * 10 + (text[i] - '0');
  }
  return true;
}

// Reads a date at the start of the text, as days since 2000-01-01.
bool take_date(std::string_view text, DateADT& date) {
  int year;
  int month;
  int day;
  if (!take(text, 0, 4, year) || !take(text, 5, 2, month) || !take(text, 8, 2, day)) return false;
  if (text[4] != '-' || text[7] != '-' || year < 1 || month < 1 || month > MONTHS_PER_YEAR)
    return false;
  if (day < 1 || day > day_tab[isleap(year)][month - 1]) return false;
  date = date2j(year, month, day) - POSTGRES_EPOCH_JDATE;
  return true;
}

// Reads the form …T…Z only, with at most six decimals.
bool take_utc(std::string_view text, TimestampTz& timestamp) {
  DateADT date;
  int hour;
  int minute;
  int second;
  if (text.size() < 20 || text.back() != 'Z' || !take_date(text, date)) return false;
  if (text[10] != 'T' || text[13] != ':' || text[16] != ':') return false;
  if (!take(text, 11, 2, hour) || !take(text, 14, 2, minute) || !take(text, 17, 2, second))
    return false;
  if (hour > 23 || minute > 59 || second > 59) return false;
  int micros = 0;
  if (const std::size_t decimals = text.size() - 20; decimals > 0) {
    if (text[19] != '.' || decimals < 2 || decimals > 7 || !take(text, 20, decimals - 1, micros))
      return false;
    for (std::size_t i = decimals - 1; i < 6; ++i) micros *= 10;
  }
  timestamp = date * USECS_PER_DAY +
              ((hour * MINS_PER_HOUR + minute) * INT64CONST(60) + second) * USECS_PER_SEC + micros;
  return true;
}

// The value of a hexadecimal digit; 16 for any other character.
constexpr auto kHexValue = [] {
  std::array<unsigned char, 256> values;
  values.fill(16);
  for (unsigned char i = 0; i < 10; ++i) values['0' + i] = i;
  for (unsigned char i = 0; i < 6; ++i) {
    values['a' + i] = static_cast<unsigned char>(10 + i);
    values['A' + i] = static_cast<unsigned char>(10 + i);
  }
  return values;
}();

}  // namespace

Value read_date(DateADT date, Arena& arena) {
  if (DATE_IS_NOBEGIN(date)) return Value::text("-infinity");
  if (DATE_IS_NOEND(date)) return Value::text("infinity");
  pg_tm tm = {};
  j2date(date + POSTGRES_EPOCH_JDATE, &tm.tm_year, &tm.tm_mon, &tm.tm_mday);
  char text[MAXDATELEN + 1];
  if (tm.tm_year >= 1 && tm.tm_year <= kLastFourDigitYear) {
    const char* const end = put_date(text, tm.tm_year, tm.tm_mon, tm.tm_mday);
    return Value::text(arena.copy(std::string_view(text, static_cast<std::size_t>(end - text))));
  }
  EncodeDateOnly(&tm, USE_ISO_DATES, text);
  return Value::text(arena.copy(std::string_view(text)));
}

Value read_timestamp(TimestampTz timestamp, Arena& arena) {
  if (TIMESTAMP_IS_NOBEGIN(timestamp)) return Value::text("-infinity");
  if (TIMESTAMP_IS_NOEND(timestamp)) return Value::text("infinity");
  std::int64_t days = timestamp / USECS_PER_DAY;
  std::int64_t rest = timestamp % USECS_PER_DAY;
  if (rest < 0) {
    --days;
    rest += USECS_PER_DAY;
  }
  pg_tm tm = {};
  j2date(static_cast<int>(days) + POSTGRES_EPOCH_JDATE, &tm.tm_year, &tm.tm_mon, &tm.tm_mday);
  const auto micros = static_cast<unsigned>(rest % USECS_PER_SEC);
  const auto seconds = static_cast<unsigned>(rest / USECS_PER_SEC);
  char text[MAXDATELEN + 1];
  if (tm.tm_year < 1 || tm.tm_year > kLastFourDigitYear) {
    tm.tm_hour = static_cast<int>(seconds / 3600);
    tm.tm_min = static_cast<int>(seconds / 60 % 60);
    tm.tm_sec = static_cast<int>(seconds % 60);
    EncodeDateTime(&tm, static_cast<fsec_t>(micros), true, 0, nullptr, USE_XSD_DATES, text);
    return Value::text(arena.copy(std::string_view(text)));
  }
  char* end = put_date(text, tm.tm_year, tm.tm_mon, tm.tm_mday);
  *end++ = 'T';
  end = put(end, seconds / 3600, 2);
  *end++ = ':';
  end = put(end, seconds / 60 % 60, 2);
  *end++ = ':';
  end = put(end, seconds % 60, 2);
  *end++ = '.';
  end = micros % 1000 == 0 ? put(end, micros / 1000, 3) : put(end, micros, 6);
  *end++ = 'Z';
  return Value::text(arena.copy(std::string_view(text, static_cast<std::size_t>(end - text))));
}

Value read_uuid(const pg_uuid_t* uuid, Arena& arena) {
  constexpr char kHex[] = "0123456789abcdef";
  char text[kUuidText];
  char* to = text;
  for (int i = 0; i < UUID_LEN; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) *to++ = '-';
    *to++ = kHex[uuid->data[i] >> 4U];
    *to++ = kHex[uuid->data[i] & 15U];
  }
  return Value::text(arena.copy(std::string_view(text, sizeof text)));
}

DateADT parse_date(std::string_view text) {
  DateADT date;
  if (text.size() != 10 || !take_date(text, date)) refuse("date", text);
  return date;
}

TimestampTz parse_timestamp(std::string_view text) {
  TimestampTz timestamp;
  if (take_utc(text, timestamp)) return timestamp;
  return Call([text] {
    char* const copy = pnstrdup(text.data(), text.size());
    const Datum parsed = DirectFunctionCall3(timestamptz_in, CStringGetDatum(copy),
                                             ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
    pfree(copy);
    return DatumGetTimestampTz(parsed);
  });
}

void parse_uuid(std::string_view text, unsigned char (&to)[UUID_LEN]) {
  if (text.size() != kUuidText) refuse("uuid", text);
  unsigned char seen = 0;
  const char* from = text.data();
  for (int i = 0; i < UUID_LEN; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) seen |= *from++ == '-' ? 0 : 16;
    const unsigned char high = kHexValue[static_cast<unsigned char>(*from++)];
    const unsigned char low = kHexValue[static_cast<unsigned char>(*from++)];
    seen |= high | low;
    to[i] = static_cast<unsigned char>(high << 4U | low);
  }
  if (seen >= 16) refuse("uuid", text);
}

}  // namespace product_upsert
