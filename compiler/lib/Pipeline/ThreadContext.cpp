// The MLIR context of a thread, and modules parsed into it.

#include "ThreadContext.h"

#include "Pipeline.h"

#include "mlir/Parser/Parser.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/ThreadPool.h"

#include <algorithm>
#include <future>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

using namespace mlir;

namespace {

/// Starts a thread for each task, or runs it where it is waited for if the system has none left. A pool whose threads
/// stay would leave a process that forks with a child that waits for threads it does not have.
class Threads : public llvm::ThreadPoolInterface {
public:
  ~Threads() override { wait(); }
  void wait() override {
    std::map<llvm::ThreadPoolTaskGroup *, Tasks> all;
    {
      std::lock_guard lock(mutex);
      all.swap(running);
    }
    for (auto &[group, tasks] : all) finish(tasks);
  }
  void wait(llvm::ThreadPoolTaskGroup &group) override {
    Tasks tasks;
    {
      std::lock_guard lock(mutex);
      if (auto found = running.find(&group); found != running.end()) tasks = std::move(found->second);
      running.erase(&group);
    }
    finish(tasks);
  }
  unsigned getMaxConcurrency() const override { return std::max(1u, std::thread::hardware_concurrency()); }

private:
  using Tasks = std::vector<std::future<void>>;

  void asyncEnqueue(llvm::unique_function<void()> task, llvm::ThreadPoolTaskGroup *group) override {
    std::lock_guard lock(mutex);
    running[group].push_back(std::async(std::move(task)));
  }

  static void finish(Tasks &tasks) {
    for (std::future<void> &task : tasks) task.get();
  }

  std::mutex mutex;
  std::map<llvm::ThreadPoolTaskGroup *, Tasks> running;
};

} // namespace

MLIRContext &tilewright::threadContext() {
  // Never destroyed: a thread that still compiles while the process ends must find it.
  static Threads *threads = new Threads;
  thread_local MLIRContext context = [] {
    DialectRegistry registry;
    registerPipelineDialects(registry);
    return MLIRContext(registry, MLIRContext::Threading::DISABLED);
  }();
  context.loadAllAvailableDialects();
  if (!context.isMultithreadingEnabled()) context.setThreadPool(*threads);
  return context;
}

OwningOpRef<ModuleOp> tilewright::parseModule(MLIRContext &context, std::string_view text, std::string_view fileName) {
  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(llvm::MemoryBuffer::getMemBufferCopy(text, fileName), llvm::SMLoc());
  return parseSourceFile<ModuleOp>(sources, ParserConfig(&context));
}
