#include <gtest/gtest.h>
// gtest first: rapidcheck's header needs it
#include <rapidcheck/gtest.h>

#include <sstream>

#include "harness/base/text.h"
#include "reports/catalog.h"
#include "reports/xml_writer.h"
#include "tests/reports/sample_campaign.h"

namespace stormproof {
namespace {

/// A strict reader of the XML that XmlWriter may write. Returns what is wrong, "" when it is well-formed.
class XmlCheck {
 public:
  explicit XmlCheck(const std::string& xml) : rest_(xml) {}

  std::string run() {
    if (valid_utf8(rest_) != rest_) return "not UTF-8";
    for (const char c : rest_) {
      if (static_cast<unsigned char>(c) < 0x20 && c != '\n') return "a control character";
    }
    if (!take("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")) return "no declaration";
    while (!rest_.empty() && trouble_.empty()) step();
    if (!trouble_.empty()) return trouble_;
    if (!open_.empty()) return "an element is left open";
    return roots_ == 1 ? "" : "not one root";
  }

 private:
  bool take(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }
  std::string name() {
    const std::size_t end = std::min(rest_.find_first_of(" >/="), rest_.size());
    const std::string word(rest_.substr(0, end));
    rest_.remove_prefix(end);
    if (word.empty()) trouble_ = "a name is missing";
    return word;
  }
  void entities(std::string_view text) {
    for (std::size_t at = text.find('&'); at != std::string_view::npos; at = text.find('&', at + 1)) {
      const auto known = {"&amp;", "&lt;", "&gt;", "&quot;", "&apos;"};
      if (std::none_of(known.begin(), known.end(), [&](const char* e) { return text.substr(at).starts_with(e); })) {
        trouble_ = "a bare ampersand";
      }
    }
  }
  void step() {
    if (take("</")) {
      if (open_.empty() || name() != open_.back()) trouble_ = "a wrong end tag";
      if (!open_.empty()) open_.pop_back();
      if (!take(">")) trouble_ = "an end tag without end";
    } else if (take("<")) {
      start_tag();
    } else {
      const std::size_t end = std::min(rest_.find('<'), rest_.size());
      entities(rest_.substr(0, end));
      if (open_.empty() && rest_.substr(0, end).find_first_not_of('\n') != std::string_view::npos) {
        trouble_ = "text outside the root";
      }
      if (rest_.substr(0, end).find("]]>") != std::string_view::npos) trouble_ = "]]> in text";
      rest_.remove_prefix(end);
    }
  }
  void start_tag() {
    if (open_.empty()) ++roots_;
    const std::string element = name();
    while (take(" ")) {
      name();
      if (!take("=\"")) trouble_ = "an attribute without value";
      const std::size_t end = rest_.find('"');
      if (end == std::string_view::npos) {
        trouble_ = "an attribute without end";
        return;
      }
      entities(rest_.substr(0, end));
      if (rest_.substr(0, end).find('<') != std::string_view::npos) trouble_ = "< in an attribute";
      rest_.remove_prefix(end + 1);
    }
    if (take("/>")) return;
    if (!take(">")) trouble_ = "a start tag without end";
    open_.push_back(element);
  }

  std::string_view rest_;
  std::vector<std::string> open_;
  std::string trouble_;
  int roots_ = 0;
};

RC_GTEST_PROP(Junit, IsWellFormedWhateverTargetsSay, (const std::string& a, const std::string& b)) {
  CampaignSummary campaign = sample_campaign();
  for (RunSummary& run : campaign.runs) {
    run.scenario = a;
    run.cell = {{b, a}};
    run.trouble = run.hint = run.reproduce = b;
    for (InvariantResult& invariant : run.invariants) {
      invariant.name = a;
      for (Anomaly& anomaly : invariant.anomalies) anomaly.id = anomaly.detail = anomaly.kind = b;
    }
  }
  std::ostringstream out;
  RC_ASSERT(junit_kind.write(campaign, out).ok());
  RC_ASSERT(XmlCheck(out.str()).run() == "");
}

TEST(Junit, IsWellFormedForTheSample) {
  std::ostringstream out;
  ASSERT_TRUE(junit_kind.write(sample_campaign(), out).ok());
  EXPECT_EQ(XmlCheck(out.str()).run(), "");
}

TEST(XmlEscape, LeavesNothingThatXmlForbids) {
  EXPECT_EQ(xml_escape("a<b>&\"'"), "a&lt;b&gt;&amp;&quot;&apos;");
  EXPECT_EQ(xml_escape(std::string_view("\x00\x1b[0m\n", 6)), "\\x00\\x1b[0m\\x0a");
  EXPECT_EQ(xml_escape("\xEF\xBF\xBF"), "\xEF\xBF\xBD");
  EXPECT_EQ(xml_escape("\xff"), "\\xff");
}

TEST(XmlCheck, NoticesWhatItShould) {
  const std::string head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  EXPECT_EQ(XmlCheck(head + "<a><b/></a>\n").run(), "");
  EXPECT_NE(XmlCheck(head + "<a><b></a></b>").run(), "");
  EXPECT_NE(XmlCheck(head + "<a>&</a>").run(), "");
  EXPECT_NE(XmlCheck(head + "<a b=\"<\"/>").run(), "");
  EXPECT_NE(XmlCheck(head + "<a>").run(), "");
}

}  // namespace
}  // namespace stormproof
