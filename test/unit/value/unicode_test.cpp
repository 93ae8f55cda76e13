#include "core/value/unicode.hpp"

#include <gtest/gtest.h>

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
