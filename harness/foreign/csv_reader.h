/// CSV with a header (RFC 4180: quotes, doubled quotes, line ends within quotes), separated by commas, semicolons or
/// tabs.
#pragma once

#include "harness/foreign/row_mapper.h"

namespace stormproof {

/// Splits one record. False when a quote is not closed. Fields borrow from `line`, or from `out` where quotes were
/// doubled.
bool split_csv(std::string_view line, char separator, std::vector<std::string_view>& fields, Yield& out);
/// ',' ';' or tab: the one that stands most often in the header outside of quotes.
char csv_separator(std::string_view header);

class CsvReader final : public LineSource {
 public:
  CsvReader(ByteWindow in, std::string name, FieldMap map)
      : LineSource(std::move(in), std::move(name)), mapper_(std::move(map)) {}

 protected:
  std::string parse(std::string_view line, Yield& out) override;
  bool closes(std::string_view line) override;
  void forget_record() override { quoted_ = false; }

 private:
  std::string header(const std::vector<std::string_view>& names);

  RowMapper mapper_;
  char separator_ = '\0';
  bool quoted_ = false;      // the record so far ends within quotes
  std::size_t columns_ = 0;  // 0: the header is still to come
  std::array<std::size_t, kFields> column_of_{};
  std::vector<std::string_view> fields_;
};

}  // namespace stormproof
