// Whole files in and out.
#include "tilewright/runtime/file.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tw::rt {
namespace {

Fault read_fault(const std::string &path, std::string why) {
  return make_fault(FaultClass::user, "file.read",
                    {path, "the file cannot be read", std::move(why), "check the path and its permissions"});
}

Fault write_fault(const std::string &path, const char *step, int error) {
  return make_fault(FaultClass::user, "file.write",
                    {path, "the file cannot be written", std::string(step) + ": " + std::strerror(error),
                     "check that the folder exists, is writable and has space"});
}

struct Descriptor {
  int fd;
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
};

// Write errors can surface as late as in close, so its result counts.
int write_all(int fd, std::span<const std::byte> bytes, const char *&step) {
  step = "write";
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno;
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  step = "fsync";
  // Pipes and some file systems know no fsync; that is no failure of the write.
  if (::fsync(fd) != 0 && errno != EINVAL && errno != ENOTSUP) return errno;
  return 0;
}

} // namespace

Result<std::vector<std::byte>> read_file(const std::string &path) {
  Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.fd < 0) return read_fault(path, std::strerror(errno));
  struct stat info;
  if (::fstat(file.fd, &info) != 0) return read_fault(path, std::strerror(errno));
  if (!S_ISREG(info.st_mode)) return read_fault(path, "it is no regular file");
  std::vector<std::byte> bytes(static_cast<std::size_t>(info.st_size));
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t count = ::read(file.fd, bytes.data() + filled, bytes.size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return read_fault(path, std::strerror(errno));
    if (count == 0) break; // the file shrank meanwhile
    filled += static_cast<std::size_t>(count);
  }
  bytes.resize(filled);
  return bytes;
}

Status write_file(const std::string &path, std::span<const std::byte> bytes) {
  // A rename would replace a device such as /dev/null by a file.
  struct stat info;
  if (::stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode)) {
    Descriptor file{::open(path.c_str(), O_WRONLY | O_CLOEXEC)};
    if (file.fd < 0) return write_fault(path, "open", errno);
    const char *step = "";
    const int error = write_all(file.fd, bytes, step);
    return error ? Status(write_fault(path, step, error)) : Status();
  }
  std::string temporary = path + ".XXXXXX";
  const int fd = ::mkostemp(temporary.data(), O_CLOEXEC);
  if (fd < 0) return write_fault(path, "creating a temporary file", errno);
  const char *step = "";
  int error = write_all(fd, bytes, step);
  // mkostemp makes files private; the result should have the permissions that a plainly created file has.
  const mode_t mask = ::umask(0);
  ::umask(mask);
  if (!error && ::fchmod(fd, 0666 & ~mask) != 0) error = errno, step = "fchmod";
  if (::close(fd) != 0 && !error) error = errno, step = "close";
  if (!error && ::rename(temporary.c_str(), path.c_str()) != 0) error = errno, step = "rename";
  if (error) {
    ::unlink(temporary.c_str());
    return write_fault(path, step, error);
  }
  // The rename itself survives a power loss only once the folder is synced; a folder that cannot be synced is no fault.
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  Descriptor directory{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (directory.fd >= 0) (void)::fsync(directory.fd);
  return {};
}

} // namespace tw::rt
