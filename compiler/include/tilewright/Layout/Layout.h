// The whole layout algebra in one include.
#ifndef TILEWRIGHT_LAYOUT_LAYOUT_H
#define TILEWRIGHT_LAYOUT_LAYOUT_H

#include "tilewright/Layout/Builders.h"
#include "tilewright/Layout/Conversion.h"

#endif
