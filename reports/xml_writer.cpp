#include "reports/xml_writer.h"

#include <ostream>

#include "harness/base/assert.h"
#include "harness/base/text.h"

namespace stormproof {
namespace {

/// U+FFFE and U+FFFF are valid UTF-8 but no XML characters.
bool is_noncharacter(std::string_view bytes, std::size_t i) {
  return bytes.substr(i, 3) == "\xEF\xBF\xBE" || bytes.substr(i, 3) == "\xEF\xBF\xBF";
}

}  // namespace

std::string xml_escape(std::string_view bytes) {
  const std::string clean = printable(bytes);
  std::string out;
  out.reserve(clean.size());
  for (std::size_t i = 0; i < clean.size(); ++i) {
    switch (clean[i]) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&apos;"; break;
      default:
        if (is_noncharacter(clean, i)) {
          out += "\xEF\xBF\xBD";  // U+FFFD
          i += 2;
        } else {
          out += clean[i];
        }
    }
  }
  return out;
}

XmlWriter::XmlWriter(std::ostream& out) : out_(out) { out_ << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"; }

XmlWriter::~XmlWriter() {
  while (!open_.empty()) close();
}

void XmlWriter::start(std::string_view name, const Attributes& attributes) {
  out_ << std::string(open_.size() * 2, ' ') << '<' << name;
  for (const auto& [key, value] : attributes) out_ << ' ' << key << "=\"" << xml_escape(value) << '"';
}

void XmlWriter::open(std::string_view name, const Attributes& attributes) {
  start(name, attributes);
  out_ << ">\n";
  open_.emplace_back(name);
}

void XmlWriter::close() {
  STORMPROOF_ASSERT(!open_.empty(), "close() without an open element");
  const std::string name = std::move(open_.back());
  open_.pop_back();
  out_ << std::string(open_.size() * 2, ' ') << "</" << name << ">\n";
}

void XmlWriter::text_element(std::string_view name, const Attributes& attributes,
                             const std::vector<std::string>& lines) {
  start(name, attributes);
  out_ << '>';
  for (std::size_t i = 0; i < lines.size(); ++i) out_ << (i == 0 ? "" : "\n") << xml_escape(lines[i]);
  out_ << "</" << name << ">\n";
}

void XmlWriter::empty_element(std::string_view name, const Attributes& attributes) {
  start(name, attributes);
  out_ << "/>\n";
}

}  // namespace stormproof
