#include "tilewright/Layout/Builders.h"
