#include "tilewright/Layout/Distributed.h"
