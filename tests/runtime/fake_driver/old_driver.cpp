// A CUDA driver that is too old: it has the names of errors and no more.
extern "C" __attribute__((visibility("default"))) int cuGetErrorName(int, const char **) { return 1; }
extern "C" __attribute__((visibility("default"))) int cuGetErrorString(int, const char **) { return 1; }
