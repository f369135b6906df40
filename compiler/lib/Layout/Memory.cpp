#include "tilewright/Layout/Memory.h"
