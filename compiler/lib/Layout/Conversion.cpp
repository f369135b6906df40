#include "tilewright/Layout/Conversion.h"
