#include "tilewright/Layout/AccessPlan.h"
