// Opens the page in headless Chromium, from a file, and looks at what its script made of it. Without Chromium on the
// machine the tests are skipped; CI installs it (`./dev setup`).
#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>

#include <fstream>
#include <regex>

#include "harness/base/assert.h"
#include "reports/catalog.h"
#include "tests/reports/sample_campaign.h"
#include "tests/support/golden.h"
#include "tests/support/temp_dir.h"

extern char** environ;

namespace stormproof {
namespace {

bool has_chromium() {
  for (const char* path : {"/usr/bin/chromium", "/usr/local/bin/chromium"}) {
    if (std::filesystem::exists(path)) return true;
  }
  return false;
}

struct Visit {
  int exit_code = -1;
  std::string dom;      ///< after the script ran
  std::string console;  ///< the browser's own log, messages of the page among it
  std::string net_log;  ///< every request it made
};

/// Runs an argv to its end, streams into files. `timeout` bounds it and takes the browser's children along.
int run_to_end(std::vector<std::string> argv, const std::string& out, const std::string& err) {
  std::vector<char*> pointers;
  for (std::string& argument : argv) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_addopen(&actions, 2, err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  pid_t pid = 0;
  const int trouble = posix_spawnp(&pid, pointers[0], &actions, nullptr, pointers.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  STORMPROOF_ASSERT(trouble == 0, "cannot start the browser");
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

class HtmlInBrowser : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!has_chromium()) GTEST_SKIP() << "no chromium here; `apt-get install chromium` or ./dev setup brings it";
  }

  void write_page(const CampaignSummary& campaign) {
    std::ofstream out(directory_ / "report.html", std::ios::binary);
    ASSERT_TRUE(html_kind.write(campaign, out).ok());
  }

  Visit visit(const std::string& hash, int width, const std::vector<std::string>& more = {}) {
    const auto file = [&](const char* name) { return (directory_ / name).string(); };
    std::vector<std::string> argv = {"timeout",
                                     "-k",
                                     "5",
                                     "90",
                                     "chromium",
                                     "--headless",
                                     "--no-sandbox",
                                     "--disable-gpu",
                                     "--disable-quic",
                                     "--no-first-run",
                                     "--disable-background-networking",
                                     "--disable-component-update",
                                     "--disable-sync",
                                     "--host-resolver-rules=MAP * ~NOTFOUND",
                                     "--disable-dev-shm-usage",
                                     "--enable-logging=stderr",
                                     "--user-data-dir=" + file("profile"),
                                     "--log-net-log=" + file("net.json"),
                                     "--window-size=" + std::to_string(width) + ",900",
                                     "--virtual-time-budget=5000",
                                     "--dump-dom"};
    argv.insert(argv.end(), more.begin(), more.end());
    argv.push_back("file://" + file("report.html") + hash);
    Visit result;
    result.exit_code = run_to_end(std::move(argv), file("dom.html"), file("browser.log"));
    result.dom = read_file(directory_ / "dom.html");
    result.console = read_file(directory_ / "browser.log");
    result.net_log = read_file(directory_ / "net.json");
    return result;
  }

  static void expect_quiet(const Visit& visit) {
    ASSERT_EQ(visit.exit_code, 0) << visit.console;
    EXPECT_EQ(visit.console.find("CONSOLE"), std::string::npos) << visit.console;
    EXPECT_EQ(visit.dom.find("id=\"script-error\""), std::string::npos);
    EXPECT_NE(visit.dom.find("data-ready=\"true\""), std::string::npos) << "the script did not reach its end";
    EXPECT_FALSE(visit.net_log.empty());
    EXPECT_EQ(page_requests(visit.net_log), "");
  }

  /// What the page asked the network for. The browser's own requests (updates, the time) have no origin and, like any
  /// other, find no host.
  static std::string page_requests(const std::string& net_log) {
    const std::regex request("\"initiator\":\"([^\"]*)\"[^\n]*\"url\":\"([^\"]*)\"");
    std::string asked;
    for (std::sregex_iterator at(net_log.begin(), net_log.end(), request), end; at != end; ++at) {
      if ((*at)[1] != "not an origin") asked += (*at)[2].str() + " ";
    }
    return asked;
  }

  static std::size_t count(const std::string& text, const std::string& what) {
    std::size_t number = 0;
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++number;
    return number;
  }

  TempDir directory_;
};

TEST_F(HtmlInBrowser, ShowsMatrixTimelineAndViolation) {
  const CampaignSummary campaign = library_campaign(directory_.path(), 400);
  write_page(campaign);
  const Visit page = visit("#run=client-killed/level=naive", 1280);
  expect_quiet(page);
  EXPECT_EQ(count(page.dom, "class=\"cell "), campaign.runs.size());
  EXPECT_NE(page.dom.find("client-killed level=naive: fail, as expected, lost "), std::string::npos);
  EXPECT_NE(page.dom.find("unexpected</span>"), std::string::npos);
  EXPECT_NE(page.dom.find(">client/0</text>"), std::string::npos) << "no lane of a process";
  EXPECT_NE(page.dom.find(">link feed</text>"), std::string::npos) << "no lane of a link";
  EXPECT_NE(page.dom.find("class=\"band\""), std::string::npos) << "no fault as a band";
  EXPECT_NE(page.dom.find("class=\"density\""), std::string::npos) << "no effects";
  EXPECT_NE(page.dom.find("class=\"curve\""), std::string::npos) << "no rate curve";
  EXPECT_NE(page.dom.find("class=\"violation\""), std::string::npos) << "no violation on the timeline";
  EXPECT_NE(page.dom.find("<td class=\"mono\">r-000"), std::string::npos) << "no violation in the table";
  EXPECT_NE(page.dom.find("class=\"hit\""), std::string::npos) << "no log line that names a violated message";
  EXPECT_NE(page.dom.find("<code>stormproof replay out/client-killed/level=naive</code>"), std::string::npos);
}

TEST_F(HtmlInBrowser, ShowsLatencyOfPushedMessagesAndWhyARunIsUnknown) {
  write_page(library_campaign(directory_.path(), 400));
  const Visit page = visit("#run=link-slow/level=resumable", 1280, {"--blink-settings=preferredColorScheme=0"});
  expect_quiet(page);
  EXPECT_NE(page.dom.find("class=\"curve p99\""), std::string::npos) << "no latency curve";
  EXPECT_NE(page.dom.find("The verdict is unknown because"), std::string::npos);
  EXPECT_NE(page.dom.find("fired but never acted"), std::string::npos);
}

TEST_F(HtmlInBrowser, HostileTextStaysTextAndMissingHistoriesAreSaid) {
  CampaignSummary campaign = sample_campaign();
  campaign.directory = directory_.path();
  write_page(campaign);
  const Visit page = visit("#run=no-fault/level=naive", 1280);
  expect_quiet(page);
  EXPECT_EQ(count(page.dom, "<script"), 2U) << "text of a target became a script";
  EXPECT_NE(page.dom.find("&lt;/script&gt;&lt;script&gt;alert(1)"), std::string::npos);
  EXPECT_NE(page.dom.find("History: "), std::string::npos);
}

TEST_F(HtmlInBrowser, ShowsTheScoreCellByCell) {
  CampaignSummary campaign = sample_campaign();
  campaign.directory = directory_.path();
  campaign.score = {{"received-unstored", "kill", "exactly_once", ScoreCell::State::fail, 2},
                    {"settled", "kill", "exactly_once", ScoreCell::State::pass, 3},
                    {"overlap", "kill", "exactly_once", ScoreCell::State::not_exercised, 0}};
  write_page(campaign);
  const Visit page = visit("", 400);
  expect_quiet(page);
  EXPECT_NE(page.dom.find("What is proven"), std::string::npos);
  EXPECT_EQ(count(page.dom, "class=\"mark tone-"), 3U);
  EXPECT_NE(
      page.dom.find("exactly_once, kill in received-unstored (acknowledged or under way, not stored): fail, 2 runs"),
      std::string::npos);
  EXPECT_NE(page.dom.find("exactly_once, kill in overlap (another fault was in force): not exercised\""),
            std::string::npos);
}

/// A frame around the page that does what a person does and writes down what comes of it.
TEST_F(HtmlInBrowser, AnswersToMouseAndKeyboard) {
  write_page(library_campaign(directory_.path(), 2000));
  std::filesystem::rename(directory_ / "report.html", directory_ / "inner.html");
  std::ofstream(directory_ / "report.html") << R"(<!doctype html>
<iframe id=f style="width:1200px;height:900px" src="inner.html"></iframe><p id=said></p><script>
f.onload = () => {
  const w = f.contentWindow, d = f.contentDocument, found = [];
  const check = (name, fine) => found.push(`${name}=${Boolean(fine)}`);
  const fire = (at, type, more) => at.dispatchEvent(new w[type.startsWith('key') ? 'KeyboardEvent' : type.startsWith('pointer') ? 'PointerEvent' : 'MouseEvent'](type, {bubbles: true, ...more}));
  const cell = d.querySelector('[data-key="client-killed/level=naive"]');
  cell.focus();
  check('peek', !d.getElementById('peek').hidden && d.getElementById('peek').textContent.includes('stormproof replay'));
  fire(d.body, 'keydown', {key: 'Escape'});
  check('escape', d.getElementById('peek').hidden);
  cell.click();
  check('hash', w.location.hash === '#run=client-killed/level=naive');
  check('selected', d.getElementById('detail-title').textContent.includes('client-killed') && cell.getAttribute('aria-pressed') === 'true');
  const chart = d.querySelector('.chart svg'), box = chart.getBoundingClientRect();
  fire(chart, 'pointermove', {clientX: box.left + box.width / 2, clientY: box.top + 60});
  check('readout', d.querySelector('.readout').textContent.includes('effects/s'));
  chart.focus();
  const before = d.querySelector('.readout').textContent;
  fire(chart, 'keydown', {key: 'ArrowRight'});
  check('arrows', d.querySelector('.readout').textContent !== before);
  [...d.querySelectorAll('.charthead .btn')].find(b => b.textContent === 'First violation').click();
  check('zoom', d.querySelector('.charthead [aria-pressed=true]').textContent === 'First violation' && d.querySelector('.violation'));
  fire(d.querySelector('.violation'), 'click');
  check('picked', d.querySelector('tr.lit') && d.querySelector('.violation.lit'));
  const rows = () => d.querySelectorAll('#violations tbody tr').length, all = rows();
  const filter = d.querySelector('#violations input');
  filter.value = d.querySelectorAll('#violations tbody td')[1].textContent;
  fire(filter, 'input');
  check('filter', all > 1 && rows() === 1);
  [...d.querySelectorAll('.nav .btn')].find(b => b.textContent.startsWith('Next')).click();
  check('next', w.location.hash === '#run=client-killed/level=tolerant');
  said.textContent = found.join(' ');
};
</script>)";
  const Visit page = visit("", 1300, {"--allow-file-access-from-files"});
  ASSERT_EQ(page.exit_code, 0) << page.console;
  EXPECT_EQ(page.console.find("CONSOLE"), std::string::npos) << page.console;
  EXPECT_NE(
      page.dom.find("<p id=\"said\">peek=true escape=true hash=true selected=true readout=true arrows=true zoom=true "
                    "picked=true filter=true next=true</p>"),
      std::string::npos)
      << page.dom.substr(page.dom.find("id=\"said\""), 300);
}

TEST_F(HtmlInBrowser, APageThatAskedTheNetworkWouldBeNoticed) {
  std::ofstream(directory_ / "report.html") << "<!doctype html><img src='http://example.invalid/x.png'>";
  const Visit page = visit("", 800);
  EXPECT_EQ(page_requests(page.net_log), "http://example.invalid/x.png ") << page.console;
}

TEST_F(HtmlInBrowser, NothingIsWiderThanAPhone) {
  write_page(library_campaign(directory_.path(), 400));
  // A window of the browser cannot be that narrow, a frame can.
  std::filesystem::rename(directory_ / "report.html", directory_ / "inner.html");
  std::ofstream(directory_ / "report.html")
      << "<!doctype html><iframe id=f style='width:360px;height:800px;border:0' src='inner.html'></iframe><p id=said>"
         "</p><script>f.onload=()=>{const d=f.contentDocument.documentElement;said.textContent="
         "`frame=${f.contentWindow.innerWidth} overflow=${d.scrollWidth-d.clientWidth} ready=${d.dataset.ready} "
         "cells=${d.querySelectorAll('.cell').length}`}</script>";
  const Visit page = visit("", 800, {"--allow-file-access-from-files"});
  ASSERT_EQ(page.exit_code, 0) << page.console;
  EXPECT_NE(page.dom.find("frame=360 overflow=0 ready=true cells=65"), std::string::npos)
      << page.dom.substr(page.dom.find("id=\"said\""), 200);
}

}  // namespace
}  // namespace stormproof
