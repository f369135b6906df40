// The mutations.
#include "mutate.hpp"

#include <algorithm>
#include <set>

#include "text.hpp"

namespace tw::emu::fuzz {
namespace {

using Kind = Piece::Kind;

template <class T> const T &pick(const std::vector<T> &list, Random &random) {
  return list[below(random, list.size())];
}

/// Numbers at the edges of types, limits of the machine, and those that make sums wrap around.
std::string edgeNumber(Random &random) {
  static const std::vector<std::string> edges = {"0",
                                                 "1",
                                                 "2",
                                                 "3",
                                                 "4",
                                                 "7",
                                                 "8",
                                                 "15",
                                                 "16",
                                                 "31",
                                                 "32",
                                                 "33",
                                                 "63",
                                                 "64",
                                                 "127",
                                                 "128",
                                                 "255",
                                                 "256",
                                                 "1023",
                                                 "1024",
                                                 "1025",
                                                 "4095",
                                                 "4096",
                                                 "65535",
                                                 "65536",
                                                 "232448",
                                                 "1048575",
                                                 "1048576",
                                                 "8388608",
                                                 "268435455",
                                                 "268435456",
                                                 "2147483647",
                                                 "2147483648",
                                                 "4294967295",
                                                 "4294967296",
                                                 "-1",
                                                 "-8",
                                                 "0x80000000",
                                                 "0xffffffff",
                                                 "0x7fffffffffffffff",
                                                 "0x8000000000000000",
                                                 "-2147483648",
                                                 "18446744073709551615",
                                                 "18446744073709551616",
                                                 "0f7FC00000",
                                                 "0f7F800000",
                                                 "0f80000000",
                                                 "0d7FF8000000000000",
                                                 "1.5",
                                                 "0x",
                                                 "0f7"};
  return pick(edges, random);
}

/// Positions of pieces of one kind.
std::vector<size_t> places(const std::vector<Piece> &pieces, Kind kind) {
  std::vector<size_t> list;
  for (size_t i = 0; i < pieces.size(); ++i)
    if (pieces[i].kind == kind) list.push_back(i);
  return list;
}

/// A number near the one that was there, or an edge.
std::string otherNumber(const std::string &number, Random &random) {
  uint64_t value = std::strtoull(number.c_str(), nullptr, 0);
  switch (below(random, 8)) {
  case 0: return std::to_string(value + 1);
  case 1: return std::to_string(value - 1);
  case 2: return std::to_string(value * 2);
  case 3: return std::to_string(value / 2);
  case 4: return std::to_string(random() % 64);
  case 5: return std::to_string(random());
  default: return edgeNumber(random);
  }
}

std::string joinAll(const std::vector<std::string> &parts) {
  std::string text;
  for (const std::string &part : parts) text += part;
  return text;
}

} // namespace

size_t below(Random &random, size_t bound) { return bound ? random() % bound : 0; }

Mutator::Mutator(const std::vector<std::string> &corpus) {
  std::set<std::string> allDotted, allNames, allLines, allStatements;
  for (const std::string &text : corpus) {
    for (const Piece &piece : split(text)) {
      if (piece.kind == Kind::Dotted) allDotted.insert(piece.text);
      if (piece.kind == Kind::Name) allNames.insert(piece.text);
    }
    for (std::string &line : lines(text)) allLines.insert(std::move(line));
    for (std::string &statement : statements(text)) allStatements.insert(std::move(statement));
  }
  dotted.assign(allDotted.begin(), allDotted.end());
  names.assign(allNames.begin(), allNames.end());
  otherLines.assign(allLines.begin(), allLines.end());
  otherStatements.assign(allStatements.begin(), allStatements.end());
}

std::string Mutator::mutant(std::string text, Random &random) const {
  for (size_t changes = 1 + below(random, 4); changes > 0; --changes) {
    size_t kind = below(random, 10);
    text = kind < 5 ? changeToken(text, random) : kind < 6 ? changeLine(text, random) : changeStatement(text, random);
  }
  return text;
}

std::string Mutator::changeToken(const std::string &text, Random &random) const {
  std::vector<Piece> pieces = split(text);
  if (pieces.empty()) return edgeNumber(random);
  static constexpr Kind kinds[] = {Kind::Number, Kind::Number, Kind::Register, Kind::Register,
                                   Kind::Dotted, Kind::Name,   Kind::Other};
  Kind kind = kinds[below(random, std::size(kinds))];
  std::vector<size_t> where = places(pieces, kind);
  if (where.empty()) return text;
  size_t at = pick(where, random);
  std::string &piece = pieces[at].text;
  if (below(random, 16) == 0) {
    switch (below(random, 4)) {
    case 0: piece.clear(); break;
    case 1: piece += piece; break;
    case 2: piece.insert(below(random, piece.size() + 1), 1, static_cast<char>(random() % 256)); break;
    default: piece = pieces[below(random, pieces.size())].text;
    }
    return join(pieces);
  }
  size_t second = pick(where, random);
  switch (kind) {
  case Kind::Number: piece = otherNumber(piece, random); break;
  case Kind::Register: piece = pieces[second].text; break;
  case Kind::Dotted: piece = below(random, 2) ? pieces[second].text : pick(dotted, random); break;
  case Kind::Name: piece = below(random, 2) ? pieces[second].text : pick(names, random); break;
  default: std::swap(piece, pieces[second].text);
  }
  return join(pieces);
}

std::string Mutator::changeLine(const std::string &text, Random &random) const {
  std::vector<std::string> parts = lines(text);
  if (parts.empty()) return pick(otherLines, random);
  size_t at = below(random, parts.size()), to = below(random, parts.size());
  switch (below(random, 6)) {
  case 0: parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(at)); break;
  case 1: parts.insert(parts.begin() + static_cast<std::ptrdiff_t>(to), std::string(parts[at])); break;
  case 2: std::swap(parts[at], parts[to]); break;
  case 3: parts.insert(parts.begin() + static_cast<std::ptrdiff_t>(at), pick(otherLines, random)); break;
  case 4: parts[at].insert(below(random, parts[at].size() + 1), 1, static_cast<char>(random() % 256)); break;
  default:
    if (below(random, 8) == 0) parts.resize(at);
  }
  return joinAll(parts);
}

std::string Mutator::changeStatement(const std::string &text, Random &random) const {
  std::vector<std::string> parts = statements(text);
  auto position = [&](size_t i) { return parts.begin() + static_cast<std::ptrdiff_t>(i); };
  size_t at = below(random, parts.size()), to = below(random, parts.size());
  static const std::vector<std::string> made = {"\nbar.sync 0;",
                                                "\nret;",
                                                "\nexit;",
                                                "\ntrap;",
                                                "\nbrkpt;",
                                                "\n{ .reg .b64 %fuzz; .local .align 16 .b8 spill[64]; }",
                                                "\nbarrier.sync 1, 64;",
                                                "\nbar.warp.sync 1;",
                                                "\nfence.proxy.async;",
                                                "\ncp.async.wait_all;",
                                                "\nmembar.gl;",
                                                "\n.shared .align 128 .b8 more[4096];",
                                                "\nbarrier.cluster.arrive;",
                                                "\nbarrier.cluster.wait;",
                                                "\nwgmma.wait_group.sync.aligned 0;"};
  switch (below(random, 10)) {
  case 0:
  case 1: parts.erase(position(at)); break;
  case 2: parts.insert(position(at), std::string(parts[at])); break;
  case 3: {
    std::string moved = parts[at];
    parts.erase(position(at));
    parts.insert(position(std::min(to, parts.size())), std::move(moved));
    break;
  }
  case 4: std::swap(parts[at], parts[to]); break;
  case 5: parts.insert(position(at), pick(otherStatements, random)); break;
  case 6: parts.insert(position(at), pick(made, random)); break;
  case 7: // A guard, or its opposite.
    if (size_t guard = parts[at].find('@'); guard != std::string::npos)
      parts[at].insert(guard + 1, 1, '!');
    else
      parts[at].insert(std::min(parts[at].find_first_not_of(" \t\n\r"), parts[at].size()), "@%p1 ");
    break;
  case 8: // A number of a declaration: sizes, counts and alignments are few among the numbers of a text.
    for (size_t i = 0; i < parts.size(); ++i) {
      std::string &part = parts[(at + i) % parts.size()];
      std::vector<Piece> pieces = split(part);
      bool declares = std::any_of(pieces.begin(), pieces.end(), [](const Piece &p) {
        return p.text == ".reg" || p.text == ".shared" || p.text == ".local" || p.text == ".global" ||
               p.text == ".const" || p.text == ".param" || p.text == ".align";
      });
      std::vector<size_t> where = places(pieces, Kind::Number);
      if (!declares || where.empty() || part.find("ld.") != part.npos || part.find("st.") != part.npos) continue;
      std::string &number = pieces[pick(where, random)].text;
      number = otherNumber(number, random);
      part = join(pieces);
      break;
    }
    break;
  default:
    if (below(random, 4) == 0) parts.insert(position(at), 1 + below(random, 2000), std::string(parts[at]));
  }
  return joinAll(parts);
}

} // namespace tw::emu::fuzz
