#include "signpost/commands/zone.h"

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <system_error>
#include <utility>

#include "base/status.h"
#include "dns/name.h"
#include "signpost/change_output.h"
#include "signpost/config_reader.h"
#include "signpost/config_stream.h"
#include "signpost/pages.h"
#include "signpost/progress.h"
#include "signpost/v1/control.pb.h"
#include "signpost/zone_file.h"

namespace signpost::cli {
namespace {

constexpr std::size_t kSetsAtOnce = 4096;

// Reads the files one after the other while they are sent, so that a folder need not fit in memory.
class Importer {
 public:
  Importer(Session& session, std::vector<std::string> files, const ZoneImportArguments& arguments)
      : session_(session),
        files_(std::move(files)),
        origin_(arguments.origin),
        view_(arguments.view),
        progress_(session) {}

  absl::StatusOr<std::optional<v1::Config>> next() {
    for (;;) {
      v1::Config config;
      if (file_ && file_->add_next(kSetsAtOnce, *config.add_zones())) {
        config.mutable_zones(0)->set_name(zone_name_);
        return config;
      }
      if (next_ == files_.size()) break;
      RETURN_IF_ERROR(open(files_[next_++]));
    }
    file_.reset();
    progress_.update(totals() + " read; waiting until they are served");
    return std::nullopt;
  }

  // "3 zones, 1200 records".
  std::string totals() const {
    return count_text(paths_.size(), "zone") + ", " + count_text(records_, "record");
  }

 private:
  absl::Status open(const std::string& path) {
    file_.reset();
    ASSIGN_OR_RETURN(file_, read_zone_file(path, origin_));
    zone_name_ = file_->zone().text();
    if (!view_.empty()) zone_name_ += "@" + view_;
    ASSIGN_OR_RETURN(const dns::Name apex, dns::Name::parse_with_view(zone_name_));
    const auto [first, added] = paths_.emplace(apex, path);
    if (!added)
      return invalid_argument(path, ": the zone ", apex.text(), " is also in ", first->second);
    session_.warn(file_->warnings());
    records_ += file_->record_count();
    progress_.update(totals() + " read");
    return absl::OkStatus();
  }

  Session& session_;
  std::vector<std::string> files_;
  std::string origin_;
  std::string view_;
  std::size_t next_ = 0;
  std::optional<ZoneRecords> file_;  // that is being sent
  std::string zone_name_;            // of it
  std::uint64_t records_ = 0;
  std::map<dns::Name, std::string> paths_;
  Progress progress_;
};

absl::StatusOr<std::vector<std::string>> master_files(const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    std::error_code error;
    if (!std::filesystem::is_directory(path, error)) {
      files.push_back(path);
      continue;
    }
    ASSIGN_OR_RETURN(const std::vector<std::string> found, files_in(path));
    if (found.empty()) return invalid_argument(path, ": no file in this folder");
    files.insert(files.end(), found.begin(), found.end());
  }
  return files;
}

v1::ApplyOptions options_of(const ZoneImportArguments& arguments) {
  v1::ApplyOptions options;
  options.set_manage_by_api(true);
  options.set_adopt(arguments.adopt);
  options.set_force(arguments.force);
  options.set_expected_generation(arguments.expected_generation);
  options.set_comment(arguments.comment);
  return options;
}

}  // namespace

absl::StatusOr<int> zone_import(Session& session, const ZoneImportArguments& arguments) {
  ASSIGN_OR_RETURN(std::vector<std::string> files, master_files(arguments.paths));
  if (!arguments.origin.empty() && files.size() > 1)
    return invalid_argument("--origin is for one file, and there are ", files.size());
  Importer importer(session, std::move(files), arguments);
  const Client::Parts parts = parts_of(options_of(arguments), [&] { return importer.next(); });
  if (arguments.dry_run) {
    ASSIGN_OR_RETURN(const v1::PlanResponse plan, session.client.plan(parts));
    print_plan(session, arguments.format, plan, plan.changes_size());
    return plan_code(plan);
  }
  const auto begin = std::chrono::steady_clock::now();
  ASSIGN_OR_RETURN(const v1::ApplyResponse response, session.client.apply(parts));
  if (arguments.format == Format::kTable) session.out << importer.totals() << " read\n";
  print_applied(session, arguments.format, response, std::chrono::steady_clock::now() - begin);
  return kDone;
}

absl::StatusOr<int> zone_check(Session& session, const ZoneCheckArguments& arguments) {
  ASSIGN_OR_RETURN(const std::vector<std::string> files, master_files(arguments.paths));
  if (!arguments.origin.empty() && files.size() > 1)
    return invalid_argument("--origin is for one file, and there are ", files.size());
  std::size_t records = 0;
  std::size_t errors = 0;
  std::size_t warnings = 0;
  for (const std::string& path : files) {
    ASSIGN_OR_RETURN(const dns::MasterFileReport report, check_zone_file(path, arguments.origin));
    for (const std::string& line : report.lines) session.out << line << "\n";
    records += report.records;
    errors += report.errors;
    warnings += report.lines.size() - report.errors;
  }
  session.out << count_text(files.size(), "file") << ", " << count_text(records, "record") << ": "
              << count_text(errors, "error") << ", " << count_text(warnings, "warning") << "\n";
  return errors == 0 ? kDone : kFailed;
}

absl::StatusOr<int> zone_export(Session& session, const std::string& zone) {
  ASSIGN_OR_RETURN(const dns::Name apex, dns::Name::parse_with_view(zone));
  v1::ListRecordSetsRequest request;
  request.set_zone(zone);
  std::vector<v1::RecordSet> record_sets;
  RETURN_IF_ERROR(for_each_page(session.client, &Client::list_record_sets, std::move(request),
                                [&](const v1::ListRecordSetsResponse& page) {
                                  record_sets.insert(record_sets.end(), page.record_sets().begin(),
                                                     page.record_sets().end());
                                  return true;
                                }));
  ASSIGN_OR_RETURN(const MasterFileText file,
                   to_master_file(apex.in(dns::NameSpace()), record_sets));
  session.out << file.text;
  if (file.left_out > 0)
    session.warn(std::vector<std::string>{
        count_text(file.left_out, "record set") +
        " with a routing policy can't be in a master file and became comments; `signpost export " +
        zone + "` writes all"});
  return kDone;
}

}  // namespace signpost::cli
