#include "signpost/completion.h"

#include <string_view>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"

namespace signpost::cli {
namespace {

constexpr std::string_view kFiles = ":files\n";

bool is_option_group(const CLI::App& app) { return app.get_name().empty(); }

// The options and arguments of a command, those of its groups with it; not the hidden ones.
std::vector<const CLI::Option*> options_of(const CLI::App& command) {
  std::vector<const CLI::Option*> options =
      command.get_options([](const CLI::Option* option) { return !option->get_group().empty(); });
  for (const CLI::App* group :
       command.get_subcommands([](const CLI::App* each) { return is_option_group(*each); })) {
    const std::vector<const CLI::Option*> grouped = options_of(*group);
    options.insert(options.end(), grouped.begin(), grouped.end());
  }
  return options;
}

// The arguments of a command that are not options, in their order.
std::vector<const CLI::Option*> arguments_of(const CLI::App& command) {
  std::vector<const CLI::Option*> arguments;
  for (const CLI::Option* option : options_of(command))
    if (option->get_positional()) arguments.push_back(option);
  return arguments;
}

// The place that the words up to here lead to.
class Place {
 public:
  explicit Place(const CLI::App& app) : command_(&app) {}

  void pass(const std::string& word) {
    if (value_of_ != nullptr) {
      value_of_ = nullptr;
    } else if (absl::StartsWith(word, "-")) {
      // `--option=value` has its value with it.
      const CLI::Option* option = option_named(word);
      if (option != nullptr && option->get_items_expected_max() > 0) value_of_ = option;
    } else if (const CLI::App* next = subcommand_named(word)) {
      command_ = next;
      arguments_passed_ = 0;
    } else {
      ++arguments_passed_;
    }
  }

  void complete(const std::string& typed, std::ostream& out) const {
    if (value_of_ != nullptr) return complete_value(*value_of_, typed, out);
    if (absl::StartsWith(typed, "-")) return complete_option(typed, out);
    for (const CLI::App* each : command_->get_subcommands([](const CLI::App*) { return true; }))
      if (!is_option_group(*each)) offer(each->get_name(), each->get_description(), typed, out);
    const std::vector<const CLI::Option*> arguments = arguments_of(*command_);
    if (arguments.empty()) return;
    // The last argument may be repeatable.
    if (arguments_passed_ < arguments.size()) {
      complete_value(*arguments[arguments_passed_], typed, out);
    } else if (arguments.back()->get_items_expected_max() > 1) {
      complete_value(*arguments.back(), typed, out);
    }
  }

 private:
  static void offer(const std::string& word, const std::string& help, const std::string& typed,
                    std::ostream& out) {
    if (absl::StartsWith(word, typed)) out << word << '\t' << help << '\n';
  }

  static void complete_value(const CLI::Option& option, const std::string& typed,
                             std::ostream& out) {
    const std::string type = option.get_type_name();
    if (absl::StrContains(type, "FILE") || absl::StrContains(type, "DIR")) {
      out << kFiles;
    } else if (absl::StrContains(type, '|')) {
      for (const std::string& word : std::vector<std::string>(absl::StrSplit(type, "|")))
        offer(word, option.get_description(), typed, out);
    }
  }

  void complete_option(const std::string& typed, std::ostream& out) const {
    for (const CLI::App* command = command_; command != nullptr; command = command->get_parent()) {
      for (const CLI::Option* option : options_of(*command)) {
        // Those of every command are offered once.
        if (command != command_ && option == command->get_help_ptr()) continue;
        for (const std::string& name : option->get_lnames())
          offer("--" + name, option->get_description(), typed, out);
        for (const std::string& name : option->get_snames())
          offer("-" + name, option->get_description(), typed, out);
      }
    }
  }

  const CLI::Option* option_named(const std::string& name) const {
    for (const CLI::App* command = command_; command != nullptr; command = command->get_parent())
      if (const CLI::Option* option = command->get_option_no_throw(name)) return option;
    return nullptr;
  }

  const CLI::App* subcommand_named(const std::string& name) const {
    const std::vector<const CLI::App*> named =
        command_->get_subcommands([&](const CLI::App* each) { return each->get_name() == name; });
    return named.empty() || name.empty() ? nullptr : named.front();
  }

  const CLI::App* command_;
  const CLI::Option* value_of_ = nullptr;
  std::size_t arguments_passed_ = 0;
};

}  // namespace

void complete(const CLI::App& app, const std::vector<std::string>& words, std::ostream& out) {
  if (words.empty()) return;
  Place place(app);
  for (std::size_t i = 0; i + 1 < words.size(); ++i) place.pass(words[i]);
  place.complete(words.back(), out);
}

}  // namespace signpost::cli
