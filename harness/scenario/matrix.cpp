#include "harness/scenario/matrix.h"

#include <fmt/core.h>

#include <algorithm>

#include "harness/base/text.h"
#include "harness/scenario/placeholders.h"

namespace stormproof {

namespace {

constexpr std::string_view kPrefix = "params.";

std::vector<std::string> names_of(const std::map<std::string, std::string>& params) {
  std::vector<std::string> names;
  for (const auto& [name, value] : params) names.push_back(name);
  return names;
}

void read_params(const RawValue& table, MatrixPlan& plan, DiagnosticSink& sink) {
  if (!is_table(sink, table, "[params]")) return;
  for (const RawEntry& entry : table.entries) {
    if (!is_name(entry.key)) {
      sink.report(entry.where, fmt::format("'{}' is not a name for a param", entry.key),
                  "letters, digits, '-' and '_'");
    }
    plan.where[entry.key] = entry.value.where;
    const auto text = as_scalar(sink, entry.value, TableReader::quoted(entry.key));
    plan.params[entry.key] = text.value_or("");
    if (text && text->find("{params.") != std::string::npos) {
      sink.report(entry.value.where, "a param cannot refer to another param");
    }
  }
}

void read_matrix(const RawValue& table, MatrixPlan& plan, DiagnosticSink& sink) {
  if (!is_table(sink, table, "[matrix]")) return;
  if (table.entries.empty()) {
    sink.report(table.where, "[matrix] is empty: it has no cell to run", "name a param and its values, or remove it");
  }
  for (const RawEntry& entry : table.entries) {
    if (plan.params.find(entry.key) == plan.params.end()) {
      sink.report(entry.where, fmt::format("the matrix key '{}' is not a param", entry.key),
                  plan.params.empty() ? fmt::format("define it: [params] {} = …", entry.key)
                                      : suggest(entry.key, names_of(plan.params)));
    }
    if (entry.key == "verdict" || entry.key == "anomalies") {
      sink.report(entry.where, fmt::format("'{}' cannot be a matrix key: [[expect]] uses the word", entry.key));
    }
    if (entry.value.kind != RawValue::Kind::array) {
      wrong_type(sink, entry.value, TableReader::quoted(entry.key), "a list of values");
      continue;
    }
    std::vector<std::string> values;
    for (const RawValue& item : entry.value.items) {
      const auto text = as_scalar(sink, item, "each value of " + TableReader::quoted(entry.key));
      if (!text) continue;
      if (std::find(values.begin(), values.end(), *text) != values.end()) {
        sink.report(item.where, fmt::format("'{}' is listed twice", *text));
      } else {
        values.push_back(*text);
      }
    }
    if (entry.value.items.empty()) {
      sink.report(entry.value.where,
                  fmt::format("the matrix key '{}' has no values: there is no cell to run", entry.key));
    }
    plan.written.emplace_back(entry.key, std::move(values));
  }
}

void apply_set(const ReadOptions& options, MatrixPlan& plan, DiagnosticSink& sink) {
  plan.matrix = plan.written;
  for (const auto& [key, value] : options.set) {
    if (printable(value) != value) {
      sink.report({}, fmt::format("--set {}={}: the value is not plain text in UTF-8", key, value));
      continue;
    }
    const auto param = plan.params.find(key);
    if (param == plan.params.end()) {
      sink.report({}, fmt::format("--set {}={}: there is no param '{}'", key, value, key),
                  plan.params.empty() ? "the scenario has no [params]" : suggest(key, names_of(plan.params)));
      continue;
    }
    param->second = value;
    for (auto& [name, values] : plan.matrix) {
      if (name == key) values = {value};
    }
  }
}

std::vector<Cell> all_cells(const Matrix& matrix, SourceRange where, DiagnosticSink& sink) {
  std::size_t total = 1;
  for (const auto& [key, values] : matrix) {
    total *= values.size();
    if (total > kCellsMax) {
      sink.report(where, fmt::format("the matrix has more than {} cells", kCellsMax), "split the scenario");
      return {};
    }
  }
  std::vector<Cell> cells{{}};
  for (const auto& [key, values] : matrix) {
    std::vector<Cell> longer;
    for (const Cell& cell : cells) {
      for (const std::string& value : values) {
        longer.push_back(cell);
        longer.back().emplace_back(key, value);
      }
    }
    cells = std::move(longer);
  }
  return cells;
}

/// Keeps the cells that --only asks for.
void apply_only(const ReadOptions& options, MatrixPlan& plan, DiagnosticSink& sink) {
  std::map<std::string, std::vector<std::string>> wanted;
  for (const auto& [key, value] : options.only) {
    const auto axis =
        std::find_if(plan.matrix.begin(), plan.matrix.end(), [&name = key](const auto& a) { return a.first == name; });
    if (axis == plan.matrix.end()) {
      std::vector<std::string> keys;
      for (const auto& known : plan.matrix) keys.push_back(known.first);
      sink.report({}, fmt::format("--only {}={}: '{}' is not a key of [matrix]", key, value, key),
                  keys.empty() ? "the scenario has no [matrix]" : suggest(key, keys));
    } else if (std::find(axis->second.begin(), axis->second.end(), value) == axis->second.end()) {
      sink.report({}, fmt::format("--only {}={} matches no cell", key, value), suggest(value, axis->second));
    } else {
      wanted[key].push_back(value);
    }
  }
  std::erase_if(plan.cells, [&](const Cell& cell) {
    return std::any_of(cell.begin(), cell.end(), [&](const auto& pair) {
      const auto filter = wanted.find(pair.first);
      return filter != wanted.end() &&
             std::find(filter->second.begin(), filter->second.end(), pair.second) == filter->second.end();
    });
  });
}

void expand_in(RawValue& value, const std::map<std::string, std::string>& params,
               const std::map<std::string, std::string>& values, DiagnosticSink& sink) {
  for (RawEntry& entry : value.entries) expand_in(entry.value, params, values, sink);
  for (RawValue& item : value.items) expand_in(item, params, values, sink);
  if (value.kind != RawValue::Kind::text || value.text.find('{') == std::string::npos) return;
  const std::vector<PlaceholderUse> uses = find_placeholders(value.text);
  for (const PlaceholderUse& use : uses) {
    if (!use.name.starts_with(kPrefix) || values.find(use.name) != values.end()) continue;
    const std::string name = use.name.substr(kPrefix.size());
    sink.report(place_within(value, use), fmt::format("unknown param '{}' in '{{{}}}'", name, use.name),
                params.empty() ? fmt::format("define it: [params] {} = …", name) : suggest(name, names_of(params)));
  }
  value.flexible = uses.size() == 1 && uses[0].length == value.text.size() && uses[0].name.starts_with(kPrefix);
  value.text = expand_known(value.text, values);
}

}  // namespace

MatrixPlan plan_matrix(const RawValue& root, const ReadOptions& options, DiagnosticSink& sink) {
  MatrixPlan plan;
  if (const RawEntry* params = root.find("params")) read_params(params->value, plan, sink);
  const RawEntry* matrix = root.find("matrix");
  if (matrix != nullptr) read_matrix(matrix->value, plan, sink);
  apply_set(options, plan, sink);
  plan.cells = all_cells(plan.matrix, matrix == nullptr ? SourceRange{} : matrix->value.where, sink);
  apply_only(options, plan, sink);
  return plan;
}

RawValue expand_params(const RawValue& root, const std::map<std::string, std::string>& params, const std::string& here,
                       DiagnosticSink& sink) {
  std::map<std::string, std::string> values;
  for (const auto& [name, value] : params) values.emplace(std::string(kPrefix) + name, value);
  values.emplace("here", here);
  RawValue expanded = root;
  for (RawEntry& entry : expanded.entries) {
    if (entry.key == "params" || entry.key == "matrix" || entry.key == "expect") continue;
    expand_in(entry.value, params, values, sink);
  }
  return expanded;
}

const std::vector<std::string>& anomaly_kinds() {
  static const std::vector<std::string> kKinds = {
      "aborted_read", "corrupt",    "diverged", "duplicate",       "gap",          "inconsistent_offsets",
      "late",         "leak",       "lost",     "multiplied",      "nonmonotonic", "out_of_bounds",
      "overrun",      "partial",    "phantom",  "reordered",       "replay",       "skip",
      "slow",         "stale_read", "stalled",  "stray_duplicate", "unclean_exit", "unseen",
      "vanished"};
  return kKinds;
}

namespace {

/// The values one key of an [[expect]] names: one or a list, each of them a value of the matrix.
std::vector<std::string> expected_values(const RawValue& value, const std::string& key,
                                         const std::vector<std::string>& axis, DiagnosticSink& sink) {
  std::vector<std::string> values;
  std::vector<const RawValue*> items;
  if (value.kind == RawValue::Kind::array) {
    for (const RawValue& item : value.items) items.push_back(&item);
    if (items.empty()) sink.report(value.where, fmt::format("[[expect]] matches no cell: '{}' has no values", key));
  } else {
    items.push_back(&value);
  }
  for (const RawValue* item : items) {
    const auto text = as_scalar(sink, *item, TableReader::quoted(key));
    if (!text) continue;
    if (std::find(axis.begin(), axis.end(), *text) == axis.end()) {
      sink.report(item->where, fmt::format("[[expect]] matches no cell: the matrix has no {} = '{}'", key, *text),
                  suggest(*text, axis));
      continue;
    }
    values.push_back(*text);
  }
  return values;
}

void parse_anomalies(const RawValue& value, ExpectSpec& expect, DiagnosticSink& sink) {
  const auto texts = as_texts(sink, value, "'anomalies'");
  expect.any_anomalies = false;
  if (!texts) return;
  for (const RawValue& item : *texts) {
    const std::vector<std::string>& known = anomaly_kinds();
    if (std::find(known.begin(), known.end(), item.text) == known.end()) {
      sink.report(item.where, fmt::format("unknown anomaly '{}'", item.text), suggest(item.text, known));
    }
    expect.anomalies.push_back(item.text);
  }
  if (expect.verdict == "pass" && !expect.anomalies.empty()) {
    sink.report(value.where, "a run that passes has no anomalies");
  }
  if (expect.verdict == "fail" && value.items.empty()) {
    sink.report(value.where, "a run that fails has an anomaly", "leave 'anomalies' out to accept any");
  }
}

void parse_expect(const RawValue& value, const Matrix& matrix, DiagnosticSink& sink, std::vector<ExpectSpec>& out) {
  TableReader reader(sink, value, "[[expect]]");
  if (!reader.valid()) return;
  ExpectSpec expect;
  expect.where = value.where;
  if (const RawValue* verdict = reader.require("verdict")) {
    as_choice(sink, *verdict, "'verdict'", {"pass", "fail", "unknown"});
    expect.verdict = verdict->text;
  }
  if (const RawValue* anomalies = reader.find("anomalies")) parse_anomalies(*anomalies, expect, sink);
  std::vector<ExpectSpec> specs{expect};
  for (const auto& [key, axis] : matrix) {
    const RawValue* named = reader.find(key);
    if (named == nullptr) continue;
    std::vector<ExpectSpec> longer;
    for (const std::string& word : expected_values(*named, key, axis, sink)) {
      for (ExpectSpec spec : specs) {
        spec.match.emplace_back(key, word);
        longer.push_back(std::move(spec));
      }
    }
    if (longer.size() > kCellsMax) return;  // more than there are cells; already reported
    specs = std::move(longer);
  }
  reader.finish();
  out.insert(out.end(), specs.begin(), specs.end());
}

}  // namespace

std::vector<ExpectSpec> parse_expects(const RawValue& expects, const Matrix& matrix, DiagnosticSink& sink) {
  std::vector<ExpectSpec> out;
  if (expects.kind != RawValue::Kind::array) {
    wrong_type(sink, expects, "'expect'", "a list of tables", "write [[expect]], in double brackets");
    return out;
  }
  for (const RawValue& item : expects.items) parse_expect(item, matrix, sink, out);
  return out;
}

}  // namespace stormproof
