// Prints the table of faults, or writes it to the document in which it is kept.
#include <cstdio>
#include <fstream>
#include <string>

#include "pitfalls/table.hpp"

int main(int argc, char **argv) {
  if (argc == 1) {
    std::fputs(tw::emu::pitfalls::document().c_str(), stdout);
    return 0;
  }
  if (argc != 3 || std::string(argv[1]) != "--write") {
    std::fputs("usage: emulator_pitfalls [--write FILE]\nruns each pair of a broken and a fixed kernel and makes the "
               "table of what is reported\n",
               stderr);
    return 2;
  }
  std::ofstream(argv[2]) << tw::emu::pitfalls::document();
  return 0;
}
