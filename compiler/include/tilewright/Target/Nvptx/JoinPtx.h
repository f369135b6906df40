// One PTX module out of several that were generated apart.
#ifndef TILEWRIGHT_TARGET_NVPTX_JOINPTX_H
#define TILEWRIGHT_TARGET_NVPTX_JOINPTX_H

#include <string>
#include <vector>

namespace tilewright::nvptx {

/// Joins texts of the NVPTX back end for one target, in order. Each has its functions to itself; declarations
/// (`.extern`) that several of them hold are written once. The result has the highest `.version` among them, and the
/// numbers of later texts' `.file` and `.loc` directives go on after those of earlier ones.
std::string joinPtx(std::vector<std::string> parts);

} // namespace tilewright::nvptx

#endif // TILEWRIGHT_TARGET_NVPTX_JOINPTX_H
