// The command line of twc.

#include "Options.h"

#include <algorithm>
#include <iterator>
#include <string_view>

namespace tilewright::twc {

const char *const helpText = R"(usage: twc FILE --emit=FORM [options]      compiles a kernel
       twc inspect FILE.twa [--json]       prints an artifact
       twc run FILE --arg SPEC... [options] compiles and runs a kernel
FILE is a C++ source with a namespace-scope tw::Kernel (FILE.cpp), a module of the tile dialect (FILE.mlir), or an
artifact (FILE.twa).
  --kernel NAME            the kernel to take, if the file has several
  --set MEMBER=VALUE       sets a member of the kernel (FILE.cpp only)
  --keep-members           do not choose a block shape; members keep the values they have in FILE.cpp
  --schedule FILE.json     fixes fields of the schedule: stages, warps, mma_atom, swizzle, raster_group,
                           raster_order, reversed, persistent, dynamic, cluster, multicast, split_k,
                           deterministic, members
  --target NAME            sm_80 (default), sm_89, sm_90a
  --emit=FORM              tile sched llvm ptx cubin artifact report schedule
  -o PATH                  where to write (default: standard output)
  --json                   report, inspect and run print one JSON object
of twc run:
  --arg SPEC               an argument: FILE.npy, 3, 7i64, 0.5f32, or TYPE[DIMSxDIMS]{STRIDE,..}:FILL@SEED
                           with FILL one of zeros ones iota ints normal nan
  --device NAME            cuda, cuda:N, emulator (default: cuda if there is a driver, else emulator)
  --seed N                 schedule of the emulator; 0 is the fixed order of warps
  --repeat N               cuda: measure N launches; emulator: run under N schedules, seeds N0, N0+1, ...
  --variant N              use variant N of the launch rule
  --out I=FILE.npy         write argument I afterwards
  --expect I=FILE.npy      argument I must hold this afterwards
  --expect-digest I=HEX    the same, as the SHA-256 of its elements
  --tolerance ABS[,REL]    allowed error of --expect (default 0: equal)
exit codes: 0 ok, 1 the program is at fault, 2 usage, 3 our bug, 4 unsupported
)";

namespace {

const std::string tool = "twc";

constexpr std::pair<std::string_view, Form> forms[] = {
    {"tile", Form::Tile},   {"sched", Form::Sched},       {"llvm", Form::Llvm},     {"ptx", Form::Ptx},
    {"cubin", Form::Cubin}, {"artifact", Form::Artifact}, {"report", Form::Report}, {"schedule", Form::Schedule},
};

rt::Fault unsupported(const std::string &what, const std::string &fix) {
  return rt::make_fault(rt::FaultClass::unsupported, "twc.unsupported", {tool, what, {}, fix});
}

rt::Result<Form> parseForm(const std::string &text) {
  std::string known;
  for (const auto &[name, form] : forms) {
    if (name == text) return form;
    known += (known.empty() ? "" : ", ") + std::string(name);
  }
  for (const char *later : {"level2", "sass", "header"})
    if (text == later) return unsupported("--emit=" + text + " is not in this version", "use one of: " + known);
  return rt::usage_fault(tool, "unknown form '" + text + "'", "use one of: " + known);
}

rt::Status takeMember(Options &options, const std::string &text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size())
    return rt::usage_fault(tool, "--set takes MEMBER=VALUE, not '" + text + "'", "write it as in --set bm=64");
  options.members.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  return {};
}

bool isRunOption(const std::string &flag) {
  return flag == "--device" || flag == "--seed" ||
         std::find(std::begin(rt::run_option_names), std::end(rt::run_option_names), flag) !=
             std::end(rt::run_option_names);
}

rt::Status takeRunOption(Options &options, const std::string &flag, const std::string &value) {
  if (options.command != Options::Command::Run) return rt::usage_fault(tool, flag + " goes with twc run only");
  if (flag == "--device") {
    int index = 0;
    if (value == "cpu") return unsupported("device cpu is not in this version", "use --device emulator or cuda");
    if (value != "cuda" && value != "emulator" &&
        (value.rfind("cuda:", 0) != 0 || !rt::parse_number(std::string_view(value).substr(5), index) || index < 0))
      return rt::usage_fault(tool, "unknown device '" + value + "'", "use cuda, cuda:N or emulator");
    options.device = value;
    return {};
  }
  if (flag == "--seed") {
    if (!rt::parse_number(std::string_view(value), options.seed))
      return rt::usage_fault(tool, "--seed takes a whole number from 0, not '" + value + "'");
    return {};
  }
  if (flag == "--repeat") options.run.request.time = true;
  return rt::take_run_option(options.run, tool, flag, value);
}

/// What does not go together.
rt::Status check(const Options &options, bool hasForm) {
  using Command = Options::Command;
  if (options.file.empty()) return rt::usage_fault(tool, "no file is given");
  if (options.command == Command::Compile && !hasForm)
    return rt::usage_fault(tool, "nothing to emit", "say what, as in --emit=ptx; see twc --help");
  if (options.command != Command::Compile && hasForm)
    return rt::usage_fault(tool, "--emit does not go with inspect and run");
  if (options.command == Command::Run && !options.output.empty())
    return rt::usage_fault(tool, "-o does not go with run", "write results with --out INDEX=FILE.npy");
  if (options.json && options.command == Command::Compile && options.form != Form::Report &&
      options.form != Form::Schedule)
    return rt::usage_fault(tool, "--json goes with --emit=report, inspect and run only");
  return {};
}

} // namespace

rt::Result<Options> parseOptions(const std::vector<std::string> &words) {
  using Command = Options::Command;
  rt::CommandSyntax syntax{tool,
                           {"--help", "-h", "--json", "--lineinfo", "--keep-members"},
                           {"--kernel", "--set", "--schedule", "--target", "--emit", "-o", "--device", "--seed"}};
  syntax.valued.insert(syntax.valued.end(), std::begin(rt::run_option_names), std::end(rt::run_option_names));

  Options options;
  options.words = words;
  std::vector<std::string> rest = words;
  if (!rest.empty() && (rest[0] == "inspect" || rest[0] == "run")) {
    options.command = rest[0] == "run" ? Command::Run : Command::Inspect;
    rest.erase(rest.begin());
  }
  const rt::Result<std::vector<rt::CommandWord>> split = rt::split_command_line(rest, syntax);
  if (!split) return split.fault();
  bool hasForm = false;
  for (const auto &[flag, value] : *split) {
    if (flag == "--help" || flag == "-h") {
      options.command = Command::Help;
      return options;
    }
    rt::Status status;
    if (flag.empty()) {
      if (!options.file.empty())
        return rt::usage_fault(tool, "two files are given: '" + options.file + "' and '" + value + "'",
                               "compile them one by one");
      options.file = value;
    } else if (flag == "--json") {
      options.json = true;
    } else if (flag == "--keep-members") {
      options.keepMembers = true;
    } else if (flag == "--lineinfo") {
      return unsupported("--lineinfo is not in this version", "leave it out");
    } else if (flag == "--kernel") {
      options.kernel = value;
    } else if (flag == "--schedule") {
      options.scheduleFile = value;
    } else if (flag == "--target") {
      options.target = value;
    } else if (flag == "-o") {
      options.output = value;
    } else if (flag == "--set") {
      status = takeMember(options, value);
    } else if (flag == "--emit") {
      rt::Result<Form> form = parseForm(value);
      if (!form) return form.fault();
      options.form = *form;
      hasForm = true;
    } else if (isRunOption(flag)) {
      status = takeRunOption(options, flag, value);
    }
    if (!status) return status.fault();
  }
  if (rt::Status status = check(options, hasForm); !status) return status.fault();
  return options;
}

} // namespace tilewright::twc
