/// Well-formed XML of elements, attributes and text, whatever bytes come in: text is made printable and escaped.
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stormproof {

/// For attribute values and text: valid UTF-8, no control characters, the five special characters as entities.
std::string xml_escape(std::string_view bytes);

/// Writes as it goes; elements still open when it is destroyed are closed. The stream outlives it.
class XmlWriter {
 public:
  using Attributes = std::vector<std::pair<std::string_view, std::string>>;

  explicit XmlWriter(std::ostream& out);
  ~XmlWriter();
  XmlWriter(const XmlWriter&) = delete;
  XmlWriter& operator=(const XmlWriter&) = delete;

  void open(std::string_view name, const Attributes& attributes = {});
  void close();
  /// An element that holds text only, one line for each of `lines`.
  void text_element(std::string_view name, const Attributes& attributes, const std::vector<std::string>& lines);
  void empty_element(std::string_view name, const Attributes& attributes);

 private:
  void start(std::string_view name, const Attributes& attributes);
  std::ostream& out_;
  std::vector<std::string> open_;
};

}  // namespace stormproof
