#include "sample_layouts.h"
