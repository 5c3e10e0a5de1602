#include "control/table_forecast.h"

#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/status.h"
#include "datapath/table_need.h"
#include "policy/id_registry.h"
#include "policy/table_compiler.h"

namespace signpost::control {
namespace {

void add_need(const model::AnswerTable& table, v1::TableForecast& out) {
  const datapath::TableNeed need = datapath::need_of(table);
  out.set_nodes(need.nodes);
  out.set_cells(need.cells);
  out.set_partitions(need.partitions);
  out.set_partition_cells(need.partition_cells);
  out.set_rings(need.rings);
  out.set_counters(need.counters);
  out.set_answers(need.answers);
  out.set_passed_answers(need.passed);
  // Number 0 of both is nobody's (policy::IdRegistry).
  out.set_rings_capacity(datapath::Capacity{}.rings - 1);
  out.set_counters_capacity(datapath::Capacity{}.counters - 1);
}

void add_capacity(FastPath& fast_path, v1::TableForecast& out) {
  const FastPathReport report = fast_path.report();
  out.set_nodes_capacity(report.nodes_capacity);
  out.set_cells_capacity(report.cells_capacity);
}

// What would be refused even by empty maps.
std::string refusal_by_size(const v1::TableForecast& forecast) {
  const auto refused = [](std::uint64_t needed, std::uint64_t capacity, const char* what,
                          const char* flag) {
    return absl::StrCat("the table needs ", needed, " ", what, ", and ", flag, " allows ", capacity,
                        ": raise ", flag);
  };
  if (forecast.nodes() > forecast.nodes_capacity())
    return refused(forecast.nodes(), forecast.nodes_capacity(), "nodes", "--max-nodes");
  // Cell 0 is nobody's (datapath::CellAllocator).
  if (forecast.cells() >= forecast.cells_capacity())
    return refused(forecast.cells(), forecast.cells_capacity(), "cells", "--max-cells");
  return {};
}

// The whole table, beside the controller. One at a time, as each takes memory for a table.
model::AnswerTablePtr compile_apart(const Running& running, const model::Config& after,
                                    model::LocalityMapPtr localities) {
  static std::mutex one_at_a_time;
  std::lock_guard lock(one_at_a_time);
  policy::IdRegistry no_ids(1, 1);
  policy::TableCompiler compiler(no_ids);
  if (localities == nullptr) localities = running.table->localities;
  compiler.accept(compiler.compile_localities(model::Config(), running.seen, localities));
  return compiler.compile_all(after, running.seen).table;
}

}  // namespace

absl::StatusOr<v1::TableForecast> forecast_table(Controller& controller, FastPath* fast_path,
                                                 const RunningPtr& running,
                                                 const model::Config& after,
                                                 const model::ChangeBatch& batch,
                                                 const model::LocalityMapPtr& localities) {
  v1::TableForecast out;
  if (batch.changes.size() > kForecastByController) {
    add_need(*compile_apart(*running, after, localities), out);
    if (fast_path == nullptr) return out;
    add_capacity(*fast_path, out);
    out.set_refusal(refusal_by_size(out));
    return out;
  }
  ASSIGN_OR_RETURN(const Controller::Preview preview, controller.preview(after, batch, localities));
  add_need(*preview.after.table, out);
  if (fast_path == nullptr) return out;
  add_capacity(*fast_path, out);
  out.set_refusal(refusal_by_size(out));
  // While a change is written its new cells lie beside the old ones, so this may fail first.
  const absl::Status room = fast_path->check_room(*preview.after.table, preview.after.change);
  if (out.refusal().empty()) out.set_refusal(std::string(room.message()));
  return out;
}

std::vector<std::string> warnings_of(const v1::TableForecast& forecast) {
  std::vector<std::string> warnings;
  if (!forecast.refusal().empty())
    warnings.push_back(absl::StrCat("apply will be refused: ", forecast.refusal()));
  if (forecast.rings() > forecast.rings_capacity()) {
    warnings.push_back(absl::StrCat(forecast.rings() - forecast.rings_capacity(), " of ",
                                    forecast.rings(),
                                    " rings will share one cursor: their shares hold on average, "
                                    "and not in turn"));
  }
  if (forecast.counters() > forecast.counters_capacity()) {
    warnings.push_back(absl::StrCat("the answers of ",
                                    forecast.counters() - forecast.counters_capacity(), " of ",
                                    forecast.counters(), " choices will not be counted"));
  }
  return warnings;
}

}  // namespace signpost::control
