#include "core/value/unicode.hpp"

#include <gtest/gtest.h>
#include <utf8proc.h>

#include <cstdlib>
#include <memory>
#include <random>

#include "core/value/nearest.hpp"

namespace product_upsert {
namespace {

TEST(UnicodeTest, folds_have_names) {
  for (const char* word : {"exact", "case", "nfc", "compatible", "gtin"}) {
    const auto fold = find_fold(word);
    ASSERT_TRUE(fold) << word;
    EXPECT_STREQ(name(*fold), word);
  }
  EXPECT_FALSE(find_fold("upper"));
  EXPECT_EQ(list_folds(), "exact, case, nfc, compatible, gtin");
}

TEST(UnicodeTest, case_is_unicodes_and_composed) {
  EXPECT_EQ(folded(Fold::letter_case, "AbC-1"), "abc-1");
  EXPECT_EQ(folded(Fold::letter_case, "STRASSE"), folded(Fold::letter_case, "straße"));
  EXPECT_EQ(folded(Fold::letter_case, "E\xCC\x81"), "é");
  EXPECT_EQ(folded(Fold::exact, "AbC"), "AbC");
}

TEST(UnicodeTest, nfc_composes_and_leaves_case) {
  EXPECT_EQ(folded(Fold::nfc, "The\xCC\x81"), "Thé");
  EXPECT_EQ(folded(Fold::nfc, "thé"), "thé");
}

TEST(UnicodeTest, compatible_drops_what_is_ignorable_but_never_all) {
  EXPECT_EQ(folded(Fold::compatible, "ＡＢＣ１"), "abc1");
  EXPECT_EQ(folded(Fold::compatible,
                   "a\xC2\xAD"
                   "b"),
            "ab");
  EXPECT_EQ(folded(Fold::compatible, "\xE2\x80\x8B"), "\xE2\x80\x8B");
}

TEST(UnicodeTest, gtin_is_fourteen_digits) {
  EXPECT_EQ(folded(Fold::gtin, "4006381333931"), "04006381333931");
  EXPECT_EQ(folded(Fold::gtin, "4006381-33393 1"), "04006381333931");
  EXPECT_EQ(folded(Fold::gtin, "none"), "none");
  EXPECT_EQ(folded(Fold::gtin, "123456789012345"), "123456789012345");
}

TEST(UnicodeTest, gtin_takes_no_digits_out_of_what_is_no_gtin) {
  for (const char* text : {"B0000SX2UC", "4.00638E+12", "4,00638E+12", "4006381333931.0", "12/a",
                           "123 \xCF\x80", "4006381333931\xFF"})
    EXPECT_EQ(folded(Fold::gtin, text), text);
  EXPECT_EQ(folded(Fold::gtin, "=\"4006381333931\""), "04006381333931");
  EXPECT_EQ(folded(Fold::gtin,
                   "4006381\xE2\x80\x91"
                   "333931"),
            "04006381333931");
}

TEST(UnicodeTest, what_is_folded_folds_to_itself) {
  for (const char* text :
       {"ＡＢＣ", "ΣΊΣΥΦΟΣ", "E\xCC\x81", "ﷺ", "ẞ", "İ", "a\xE2\x80\x8B\xCC\x81"}) {
    for (const Fold fold : {Fold::letter_case, Fold::nfc, Fold::compatible, Fold::gtin}) {
      const std::string once = folded(fold, text);
      EXPECT_EQ(folded(fold, once), once) << text << ' ' << name(fold);
    }
  }
}

// utf8proc's own way, whose time grows with the square of the marks in a row.
std::string mapped_by_utf8proc(std::string_view text) {
  utf8proc_uint8_t* out = nullptr;
  const auto n = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                              static_cast<utf8proc_ssize_t>(text.size()), &out,
                              static_cast<utf8proc_option_t>(UTF8PROC_COMPOSE | UTF8PROC_STABLE));
  const std::unique_ptr<utf8proc_uint8_t, void (*)(void*)> owner(out, std::free);
  return n < 0 ? std::string(text) : std::string(reinterpret_cast<const char*>(out), n);
}

TEST(UnicodeTest, nfc_is_that_of_utf8proc) {
  constexpr const char* kCharacters[] = {"e",      "a",      "\u00e9", "\u0301", "\u0323", "\u0327",
                                         "\u0344", "\u0f73", "\u0f71", "\u05b0", "\u1100", "\u1161",
                                         "\u11a8", "\uac00", "\u0958", "\ufdfa", "\u1e69", "\xff"};
  std::minstd_rand random(1);
  for (int i = 0; i < 20000; ++i) {
    std::string text;
    for (unsigned n = random() % 12; n > 0; --n) text += kCharacters[random() % 18];
    EXPECT_EQ(folded(Fold::nfc, text), mapped_by_utf8proc(text)) << text;
  }
}

TEST(UnicodeTest, a_long_row_of_marks_takes_no_minutes) {
  std::string above = "a", mixed = "a";
  for (int i = 0; i < 300'000; ++i) above += "\u0301";
  for (int i = 0; i < 300'000; ++i) above += "\u0323";
  for (int i = 0; i < 300'000; ++i) mixed += "\u0f73";
  for (const Fold fold : {Fold::letter_case, Fold::nfc, Fold::compatible}) {
    EXPECT_TRUE(folded(fold, above).starts_with("\u1ea1\u0323\u0323"));
    EXPECT_TRUE(folded(fold, mixed).starts_with("a\u0f71\u0f71"));
  }
}

TEST(UnicodeTest, legible_escapes_what_the_eye_cannot_tell) {
  EXPECT_EQ(legible("thé 1"), "thé 1");
  EXPECT_EQ(legible("the\xCC\x81"), "the\\u0301");
  EXPECT_EQ(legible(" a\tb\xC2\xA0"), "\\u0020a\\u0009b\\u00A0");
  EXPECT_EQ(legible("\xEF\xBB\xBF"
                    "a\xE2\x80\x8D\xF3\xA0\x81\x81"),
            "\\uFEFFa\\u200D\\u{E0041}");
}

TEST(NearestTest, few_letters_apart_whatever_the_case) {
  const std::vector<std::string_view> names = {"price", "price_cost", "external_id", "name"};
  EXPECT_EQ(nearest("pirce", names), "price");
  EXPECT_EQ(nearest("PRICE", names), "price");
  EXPECT_EQ(nearest("externalId", names), "external_id");
  EXPECT_EQ(nearest("colour", names), "");
  EXPECT_EQ(nearest("", names), "");
}

}  // namespace
}  // namespace product_upsert
